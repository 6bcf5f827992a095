"""The terminal application: a view over the journal. It starts runs and never works in them."""
