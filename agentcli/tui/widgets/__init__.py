"""One file a widget: each is given what to show, and knows nothing of the others."""
