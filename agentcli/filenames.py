"""What a file's name tells."""

import re

_TEST_FILE = re.compile(
    r"(^|/)(tests?|__tests__|spec)/|(^|/)test_[^/]+$|_(test|spec)\.\w+$|\.(test|spec)\.\w+$"
    r"|(^|/)conftest\.py$|(^|/)\w+Tests?\.java$"
)


def is_test_file(path: str) -> bool:
    """Whether a path looks like a test, by the habits of the common languages."""
    return _TEST_FILE.search(path) is not None


_FOREIGN = {"vendor", "node_modules", "third_party", "site-packages", "dist", ".venv", "venv"}
_GENERATED = re.compile(r"\.min\.m?js$|[._]pb2?(_grpc)?\.\w+$|\.pb\.(go|cc|h)$|\.generated\.\w+$")
_LOCK_FILE = re.compile(
    r"(^|/)([\w.-]+\.lock|[\w.-]+-lock\.(json|ya?ml)|go\.sum|npm-shrinkwrap\.json|bun\.lockb)$"
)


def is_foreign(path: str) -> bool:
    """Whether nobody here wrote it by hand: vendored code, build output, generated files."""
    return bool(_FOREIGN.intersection(path.split("/")[:-1]) or _GENERATED.search(path))


def is_lock_file(path: str) -> bool:
    """Whether a package manager wrote it."""
    return _LOCK_FILE.search(path) is not None
