"""A small project with a failing test, and the recording of a real model that mends it."""
