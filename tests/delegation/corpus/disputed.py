"""Where the detector does not (yet) find what the definitions say, and why they say it.

Each of these histories is expected to fail, strictly: when one passes, its line has to go.
"""

from fnmatch import fnmatchcase

DISPUTED: dict[str, str] = {}  # a pattern of variants' names → the reason


def dispute(variant: str) -> str | None:
    """Why the detector is not believed about this history; None where they agree."""
    return next((why for pattern, why in DISPUTED.items() if fnmatchcase(variant, pattern)), None)
