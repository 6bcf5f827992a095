"""Runs and studies in other projects' formats."""
