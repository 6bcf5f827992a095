"""Fenced blocks in Markdown, as models write them."""

import re
from dataclasses import dataclass

_OPEN = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*?)[ \t]*\r?$")
_MARKDOWN = re.compile(r"\.(?:md|mdx|markdown|rst|txt)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """One fenced block. `before` is the prose since the block before it."""

    info: str
    body: str  # each line ends with a line break
    before: str
    closed: bool


def scan(text: str) -> tuple[list[Block], str]:
    """All blocks in order, and the prose after the last one.

    A fence is closed by one at least as long. Where the block is a Markdown file, fences
    of the same length inside it are paired too, because models forget to lengthen the outer one.
    """
    blocks: list[Block] = []
    between: list[str] = []
    lines = text.split("\n")  # not splitlines: a form feed is no line break
    at = 0
    while at < len(lines):
        opened = _OPEN.match(lines[at])
        if opened is None:
            between.append(lines[at])
            at += 1
            continue
        end = _closing(lines, at + 1, opened["fence"], bool(_MARKDOWN.search(opened["info"])))
        stop = len(lines) if end is None else end
        body = "".join(f"{line}\n" for line in lines[at + 1 : stop])
        blocks.append(Block(opened["info"].strip(), body, "\n".join(between), end is not None))
        between = []
        at = stop + 1
    return blocks, "\n".join(between)


def prose(text: str) -> str:
    """What a reply says beside its blocks."""
    blocks, after = scan(text)
    said = (part.strip() for part in (*(block.before for block in blocks), after))
    return "\n".join(part for part in said if part)


def _closing(lines: list[str], start: int, fence: str, nested: bool) -> int | None:
    depth = 1
    for number in range(start, len(lines)):
        found = _OPEN.match(lines[number])
        if found is None or found["fence"][0] != fence[0] or len(found["fence"]) < len(fence):
            continue
        if not found["info"]:
            depth -= 1
            if depth == 0:
                return number
        elif nested:
            depth += 1
    return None
