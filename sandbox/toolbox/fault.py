"""What the toolbox may answer instead of a result."""


class ToolboxError(Exception):
    """What was asked can't be done (no such file ...): text for the model, not a breakdown."""
