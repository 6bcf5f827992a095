"""Which file a block of code is meant for."""

import re
from collections.abc import Sequence

from agentcli.filenames import is_test_file

_PATH = r"(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9]{0,7}"
_WORD = re.compile(rf"^[`\"'*(]*(?:\./)?({_PATH})[`\"'*):,]*$")
_COMMENT = re.compile(
    rf"^\s*(?:#|//|--|;|/\*|<!--)+\s*(?:file(?:name|path)?|path)?\s*:?\s*`?(?:\./)?({_PATH})`?"
    r"\s*(?:\*/|-->)?\s*$",
    re.IGNORECASE,
)
# The line before a block that ends in a path: alone, as a heading, or after a few words.
_HEADING = re.compile(rf"^(?:.{{0,60}}[\s*`\"'(])?(?:\./)?({_PATH})[`\"'*)]*\s*:?\s*[`\"'*]*$")
_LANGUAGES = {
    "python": (".py", ".pyi"), "py": (".py", ".pyi"), "javascript": (".js", ".jsx", ".mjs"),
    "js": (".js", ".jsx", ".mjs"), "typescript": (".ts", ".tsx"), "ts": (".ts", ".tsx"),
    "tsx": (".tsx",), "jsx": (".jsx",), "go": (".go",), "golang": (".go",), "rust": (".rs",),
    "rs": (".rs",), "java": (".java",), "c": (".c", ".h"), "cpp": (".cpp", ".cc", ".hpp", ".h"),
    "c++": (".cpp", ".cc", ".hpp", ".h"), "ruby": (".rb",), "rb": (".rb",),
}  # fmt: skip


def path_in_info(info: str) -> str | None:
    """The path in a fence's info string: `python src/a.py`, `src/a.py`, `py:a.py`, `path=a.py`."""
    for word in re.split(r"[\s:={}]+", info):
        if found := _WORD.match(word):
            return found[1]
    return None


def path_in_prose(before: str) -> str | None:
    """The path that the last line of prose before a block names, alone or as a heading."""
    lines = [line for line in before.splitlines() if line.strip()]
    found = _HEADING.match(lines[-1]) if lines else None
    return found[1] if found else None


def path_in_comment(body: str) -> tuple[str, str] | None:
    """The path in the first line when that is a comment which holds nothing else, and the rest."""
    first, _, rest = body.partition("\n")
    found = _COMMENT.match(first)
    return (found[1], rest) if found else None


def is_code(info: str) -> bool:
    """Whether a fence's info string names a language that the codemap knows."""
    return info.split()[0].lower() in _LANGUAGES if info.split() else False


def nearest(path: str, known: Sequence[str]) -> str:
    """The known path that `path` abbreviates or lengthens, if there is exactly one; else `path`."""
    path = path.removeprefix("./")
    if path in known:
        return path
    near = [k for k in known if k.endswith("/" + path) or path.endswith("/" + k)]
    return near[0] if len(near) == 1 else path


def only_candidate(info: str, known: Sequence[str], prose: str) -> str | None:
    """The one known file that a block of this language can be meant for.

    When several fit: the only one that the prose names, else the only one that is no test.
    """
    words = info.split()
    endings = _LANGUAGES.get(words[0].lower()) if words else None
    fitting = [path for path in known if endings is None or path.endswith(endings)]
    named = [path for path in fitting if path in prose]
    no_tests = [path for path in fitting if not is_test_file(path)]
    return next((some[0] for some in (fitting, named, no_tests) if len(some) == 1), None)
