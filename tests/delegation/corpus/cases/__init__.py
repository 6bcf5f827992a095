"""The corpus, by what becomes of the child's work."""
