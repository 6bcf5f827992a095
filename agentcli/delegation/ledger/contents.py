"""What a file holds, for the ledger: statements, lines, or one blob."""

import re
from pathlib import PurePosixPath

from agentcli.codemap.languages import language_of
from agentcli.codemap.tags import is_source
from agentcli.delegation.ledger.statements import Content, Piece, statements
from agentcli.filenames import is_foreign, is_lock_file
from agentcli.workspace.trees import Entry

_OURS = b"<<<<<<< "
_HEAD = 1024  # bytes in which a generated file says so, in a comment
_GENERATED_MARK = re.compile(rb"^\s*(//|#|/?\*|--|;|<!--).*(@generated\b|DO NOT EDIT\b)", re.M)

_COMMENT_STARTS = {
    "#": "sh bash zsh fish yaml yml toml cfg conf properties mk cmake pl pm r jl ex exs tf nix "
    "dockerfile makefile gitignore",
    "//": "kt kts swift scala cs dart proto groovy gradle zig php fs scss less sol",
    "--": "sql lua hs elm ada",
    ";": "ini el clj lisp asm",
    "%": "tex erl hrl",
}
_COMMENT_BY_SUFFIX = {
    suffix: start for start, suffixes in _COMMENT_STARTS.items() for suffix in suffixes.split()
}

NOTHING = Content()


def counts(path: str) -> bool:
    """Whether changes under this name are anybody's work: no generated, vendored, lock files."""
    return not (is_foreign(path) or is_lock_file(path))


def without_conflict_marks(data: bytes) -> tuple[bytes, frozenset[int]]:
    """A merged file with both sides of its conflicts, and which of its lines are those.

    The common ancestor's text (diff3 style) goes with the marks. Files without conflicts come
    back as they are.
    """
    if b"\n>>>>>>> " not in data or not (data.startswith(_OURS) or b"\n" + _OURS in data):
        return data, frozenset()
    kept: list[bytes] = []
    within = set()
    side = b""
    for line in data.splitlines(keepends=True):
        mark = line[:7]
        if line.startswith(_OURS) or (side and mark in (b"|||||||", b"=======", b">>>>>>>")):
            side = b"" if mark == b">>>>>>>" else mark
        elif side != b"|||||||":
            if side:
                within.add(len(kept))
            kept.append(line)
    return b"".join(kept), frozenset(within)


def content_of(path: str, entry: Entry, data: bytes) -> Content:
    """The pieces of a file: see `statements`; without a grammar its lines; else the blob."""
    if not entry.is_file or b"\0" in data[:8192]:
        return Content([Piece(f"{entry.mode} {entry.blob}")])
    if _GENERATED_MARK.search(data[:_HEAD]):
        return NOTHING
    language = language_of(path)
    return statements(language, data) if language and is_source(data) else _lines(path, data)


def _lines(path: str, data: bytes) -> Content:
    name = PurePosixPath(path.lower())
    comment = _COMMENT_BY_SUFFIX.get(name.suffix[1:] or name.name)
    pieces, comments = [], []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n")):
        squeezed = "".join(line.split())
        if comment and squeezed.startswith(comment):
            comments.append(squeezed)
        elif squeezed:
            pieces.append(Piece(squeezed, "", number, hash(line)))
    return Content(pieces, comments)
