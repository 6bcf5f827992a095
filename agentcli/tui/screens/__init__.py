"""One file a screen: it composes widgets, and says what the keys do."""
