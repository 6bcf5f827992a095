"""A study's report: data made once from its outcomes, and a renderer for each reader."""
