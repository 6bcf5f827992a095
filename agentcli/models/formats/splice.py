"""Only the changed functions, as fenced code: the most that small models manage reliably."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agentcli.journal.events import Brief, Call, ModelReplied
from agentcli.models.base import ToolSpec
from agentcli.models.formats.base import TextFormat, malformed, refuse_unusable
from agentcli.models.formats.blocks import READERS
from agentcli.models.formats.fences import Block, scan
from agentcli.models.formats.parts import is_held_against, parts_in
from agentcli.models.formats.paths import (
    is_code,
    nearest,
    only_candidate,
    path_in_comment,
    path_in_info,
    path_in_prose,
)
from agentcli.models.formats.schema import all_checked
from agentcli.models.formats.tolerant import Raw, calls_in_json, calls_in_text
from agentcli.prompting import render

_SUMMARY_LENGTH = 600
_PLACEHOLDER = re.compile(
    # a comment mark or dots, then "rest of the code unchanged", "existing methods here …"
    r"^[ \t]*(?:(?:#|//|--|/\*|<!--)[ \t]*(?:\.{3}|…)?|\.{3}|…)[ \t]*\(?(?:the )?"
    r"(?:(?:rest|remainder|remaining)\b[^\n]{0,40}\b(?:unchanged|same|code|file|here|methods?"
    r"|functions?)\b"
    r"|(?:existing|other|previous|same|unchanged|your|original)\b[^\n]{0,30}\b(?:code|methods?"
    r"|functions?|implementation|as before|here)\b[^\n]{0,20}(?:\.{3}|…|here|unchanged))"
    # or nothing but dots in a comment
    r"|^[ \t]*(?:#|//|/\*|<!--)[ \t]*(?:\.{3}|…)",
    re.IGNORECASE | re.MULTILINE,
)
_DEFINITION = re.compile(
    r"^[ \t]*(?:(?:pub|public|private|protected|static|export|default|async|abstract|final)\s+)*"
    r"(?:def|class|function|func|fn|struct|enum|trait|impl|interface|type|module|const|let|var)\s",
    re.MULTILINE,
)
_C_LIKE = re.compile(r"^[\w:<>*&,\s]+\([^;{]*\)[^;{]*\{", re.MULTILINE)


@dataclass(frozen=True)
class SpliceFormat(TextFormat):
    """Code blocks headed by their path become `splice` calls, the prose becomes the summary.

    `paths` are the files that the model was shown; a block without a path means the only one.
    Lines `path: what to change` for several files and no code become `delegate` calls.
    """

    paths: tuple[str, ...] = ()
    whole: Brief | None = None
    name: str = "splice"

    def parse(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> tuple[Call, ...]:
        """The changes in order and, unless the model delegates, `finish`. Raises MalformedReply."""
        refuse_unusable(reply)
        offered = {tool.name for tool in tools}
        blocks, tail = scan(reply.text)
        prose = "\n".join([*(block.before for block in blocks), tail])
        parts = [part for block in blocks for part in self._files_in(block)]
        raws = self._without_tests(self._changes(parts, offered, prose))
        if not raws:
            known = ("write", "edit", "splice", "delegate", "finish")
            raws = [raw for raw in calls_in_text(reply.text) if raw[0] in known]
        if not raws and not blocks and "delegate" in offered:
            raws = self._parts(reply.text)
        if not raws:
            raise malformed("no_code", paths=self._to_change())
        if not any(name in ("finish", "delegate") for name, _ in raws):
            raws.append(("finish", {"status": "done", "summary": _summary(prose)}))
        return all_checked(raws, tools, reply.step)

    def usage(self, tools: Sequence[ToolSpec]) -> str:
        """What a good reply looks like, with one worked example."""
        return render("formats/splice.j2", names=[tool.name for tool in tools])

    def knowing(self, paths: Iterable[str]) -> "SpliceFormat":
        """The same format with these files shown."""
        return replace(self, paths=tuple(paths))

    def within(self, whole: Brief) -> "SpliceFormat":
        """The same format, for dividing this brief."""
        return replace(self, whole=whole)

    def _to_change(self) -> Sequence[str]:
        """The files to name in a correction: named a test, a small model writes that, too."""
        paths = [path for path in self.paths if not is_held_against(path, self.whole)]
        return paths or self.paths

    def _parts(self, text: str) -> list[Raw]:
        """A delegation for each file, done in order, and then the check of the whole."""
        parts = parts_in(text, self.paths)
        if len(parts) < 2:  # one part of a task is no division of it
            return []
        raws: list[Raw] = [("delegate", part.brief(self.whole, self.paths)) for part in parts]
        return [*raws, ("finish", {"status": "done", "summary": _summary(text)})]

    def _changes(self, blocks: Sequence[Block], offered: set[str], prose: str) -> list[Raw]:
        raws: list[Raw] = []
        homeless: list[Block] = []
        for block in blocks:
            word, _, head = block.info.partition(" ")
            if word in ("write", "finish") or (word == "delegate" and "delegate" in offered):
                _refuse_broken(block)
                self._refuse_emptying(word, head, block)
                raws.append((word, READERS[word](head, block.body)))
            elif word == "json" and (calls := calls_in_json(block.body)):
                raws.extend(calls)
            elif (located := self._located(block)) is not None:
                _refuse_broken(block)
                raws.append(located)
            elif is_code(block.info) or not block.info:
                homeless.append(block)
        # Code without a path beside code with one is an example of use, not a change.
        if raws or not homeless:
            return raws
        return [self._only_file(block, prose) for block in _worth_taking(homeless)]

    def _without_tests(self, raws: Sequence[Raw]) -> list[Raw]:
        """Small models write the tests anew, too, so that they fit what was written."""

        def is_test(raw: Raw) -> bool:
            path = str(raw[1].get("path", ""))
            return path in self.paths and is_held_against(path, self.whole)

        return [raw for raw in raws if not is_test(raw)]

    def _refuse_emptying(self, word: str, head: str, block: Block) -> None:
        """Nobody empties a file on purpose like this; small models recite `write PATH`."""
        if word == "write" and not block.body.strip() and nearest(head, self.paths) in self.paths:
            raise malformed("emptied", "write block without content", path=head)

    def _files_in(self, block: Block) -> list[Block]:
        """One block for each file: small models go on with another file after a comment."""
        if not is_code(block.info):
            return [block]
        parts: list[list[str]] = [[]]
        for line in block.body.splitlines(keepends=True):
            commented = path_in_comment(line)
            if commented is not None and nearest(commented[0], self.paths) in self.paths:
                parts.append([])
            parts[-1].append(line)
        bodies = ["".join(part) for part in parts if "".join(part).strip()]
        return [replace(block, body=body) for body in bodies] or [block]

    def _located(self, block: Block) -> Raw | None:
        path, code = path_in_info(block.info), block.body
        if path is None and (commented := path_in_comment(block.body)) is not None:
            path, code = commented
        if path is None and (is_code(block.info) or not block.info):
            path = path_in_prose(block.before)
        if path is None:
            return None
        return "splice", {"path": nearest(path, self.paths), "code": code}

    def _only_file(self, block: Block, prose: str) -> Raw:
        _refuse_broken(block)
        path = only_candidate(block.info, self.paths, prose)
        if path is None:
            raise malformed("which_file", "code without a path", paths=self._to_change())
        return "splice", {"path": path, "code": block.body}


def _worth_taking(blocks: Sequence[Block]) -> Sequence[Block]:
    """Of several blocks those that define something; a single block as it is."""
    if len(blocks) == 1:
        return blocks
    defining = [b for b in blocks if _DEFINITION.search(b.body) or _C_LIKE.search(b.body)]
    return defining or blocks[-1:]


def _refuse_broken(block: Block) -> None:
    if not block.closed:
        raise malformed("unclosed", "unclosed fence", info=block.info)
    if not block.info.startswith(("delegate", "finish")) and (
        found := _PLACEHOLDER.search(block.body)
    ):
        raise malformed("placeholder", placeholder=found[0].strip())


def _summary(prose: str) -> str:
    said = [line for line in prose.splitlines() if path_in_prose(line) != line.strip(" `*:#")]
    text = " ".join(" ".join(said).split())
    return text[:_SUMMARY_LENGTH] or "Changed as asked."
