"""What follows from a study's outcomes, and how sure it is. One question a file, all pure.

docs/statistics.md says for readers what each figure means and where its formula comes from.
"""
