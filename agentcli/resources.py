"""Where the files outside the package live: `sandbox/` and `prompts/`.

The wheel ships them as package data (`_data/`); a source checkout has them beside the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """The directory `sandbox` or `prompts`, wherever this installation keeps it."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name
