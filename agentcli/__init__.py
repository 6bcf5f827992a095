"""A terminal coding agent that measures, from git, whether delegation helps or harms."""

__version__ = "0.1.0"
