"""Edits of a tree, as functions from files to files, so that histories can be told in a line.

An edit that finds nothing to do is an error in the history, and says so at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gitlink:
    """A submodule's place in a tree: the commit that it is at."""

    commit: str


Content = str | bytes | Gitlink
Files = Mapping[str, Content]
Edit = Callable[[Files], Files]


def edited(files: Files, edits: tuple[Edit, ...]) -> Files:
    """What the edits make of the files, one after the other."""
    for edit in edits:
        files = edit(files)
    return files


def write(path: str, content: Content) -> Edit:
    """The file as a whole, new or not."""
    return lambda files: {**files, path: content}


def delete(path: str) -> Edit:
    def act(files: Files) -> Files:
        assert path in files, f"there is no {path}"
        return {name: content for name, content in files.items() if name != path}

    return act


def rename(old: str, new: str) -> Edit:
    """The file under another name, as it is."""
    return lambda files: write(new, files[old])(delete(old)(files))


def change(path: str, by: Callable[[str], str]) -> Edit:
    """The file's text put through a function."""

    def act(files: Files) -> Files:
        before = text_of(files, path)
        after = by(before)
        assert after != before, f"nothing to change in {path}"
        return {**files, path: after}

    return act


def swap(path: str, old: str, new: str) -> Edit:
    """The one occurrence of a piece replaced."""

    def act(text: str) -> str:
        assert text.count(old) == 1, f"{path} holds {text.count(old)} times:\n{old}"
        return text.replace(old, new)

    return change(path, act)


def cut(path: str, *pieces: str) -> Edit:
    """Pieces taken out, each with the blank line after or before it."""

    def act(text: str) -> str:
        for piece in pieces:
            assert text.count(piece) == 1, f"{path} holds {text.count(piece)} times:\n{piece}"
            after = piece + "\n"
            text = text.replace(after if after in text else "\n" + piece, "")
        return text

    return change(path, act)


def add(path: str, *pieces: str, after: str) -> Edit:
    """Pieces put behind another one, blank lines between them."""
    return swap(path, after, "\n".join([after, *pieces]))


def text_of(files: Files, path: str) -> str:
    content = files[path]
    assert isinstance(content, str), f"{path} is no text"
    return content
