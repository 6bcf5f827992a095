"""What a file's name tells."""

import re

_TEST_FILE = re.compile(
    r"(^|/)(tests?|__tests__|spec)/|(^|/)test_[^/]+$|_(test|spec)\.\w+$|\.(test|spec)\.\w+$"
    r"|(^|/)conftest\.py$|(^|/)\w+Tests?\.java$"
)


def is_test_file(path: str) -> bool:
    """Whether a path looks like a test, by the habits of the common languages."""
    return _TEST_FILE.search(path) is not None
