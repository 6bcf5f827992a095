"""A small project with failing tests, and recordings of a real model that mends it."""
