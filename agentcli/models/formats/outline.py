"""A planner's part for small models: a line for each file, then one word for each proposal.

Such models can't keep a protocol of calls, but they can write `path: what to do`, and ACCEPT or
REJECT. Waiting is added for them: they answer when there is something to decide.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agentcli.journal.events import Brief, Call, ModelReplied
from agentcli.models.base import ToolSpec
from agentcli.models.formats.base import TextFormat, malformed, refuse_unusable
from agentcli.models.formats.fences import scan
from agentcli.models.formats.parts import is_part, parts_in
from agentcli.models.formats.schema import all_checked
from agentcli.models.formats.splice import SpliceFormat
from agentcli.models.formats.tolerant import Raw
from agentcli.prompting import render

_VERDICT = re.compile(r"\b(accept|reject|revise|wait|finish)(?:ed|s)?\b", re.IGNORECASE)
_OPENING = 120  # characters in which a verdict is looked for
_FIRST = 2  # characters of markup that may stand before a verdict which is the first word
_WAIT: Raw = ("wait", {"show": True})


@dataclass(frozen=True)
class OutlineFormat(TextFormat):
    """`path: goal` lines become `assign`, a verdict word becomes its call, code a `splice`."""

    paths: tuple[str, ...] = ()
    whole: Brief | None = None
    name: str = "outline"

    def parse(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> tuple[Call, ...]:
        """The calls that the reply means. Raises MalformedReply."""
        refuse_unusable(reply)
        offered = {tool.name for tool in tools}
        raws = self._verdict(reply.text) or self._plan(reply)
        if not raws and "splice" in offered:
            raws = self._changes(reply, tools)
        if not raws:
            raise malformed("no_outline", "neither a plan nor a verdict")
        return all_checked(raws, tools, reply.step)

    def usage(self, tools: Sequence[ToolSpec]) -> str:
        """The lines and words, with an example."""
        return render("formats/outline.j2", names=[tool.name for tool in tools])

    def knowing(self, paths: Iterable[str]) -> "OutlineFormat":
        """The same format with these files shown."""
        return replace(self, paths=tuple(paths))

    def within(self, whole: Brief) -> "OutlineFormat":
        """The same format, for dividing this brief."""
        return replace(self, whole=whole)

    def _verdict(self, text: str) -> list[Raw]:
        found = _VERDICT.search(text[:_OPENING])
        if found is None or (found.start() > _FIRST and any(map(is_part, text.splitlines()))):
            return []
        word, why = found[1].lower(), " ".join(text[found.end() :].split()).strip(" :.,-")
        match word:
            case "accept":
                return [("accept", {}), _WAIT]
            case "reject":
                return [("reject", {"reason": why or "not as asked"}), _WAIT]
            case "revise":
                return [("message", {"text": why or "It is not as asked yet."}), _WAIT]
            case "wait":
                return [_WAIT]
            case _:
                return [("finish", {"status": "done", "summary": why or "Finished."})]

    def _plan(self, reply: ModelReplied) -> list[Raw]:
        items = [
            {"name": _name(part.path, reply.step), **part.brief(self.whole, self.paths)}
            for part in parts_in(reply.text, self.paths)
        ]
        # The reason is only asked for when there is a plan already: then more has to be done.
        reason = {"reason": "more is to be done"} if reply.step > 1 else {}
        return [("assign", {"briefs": items, **reason}), _WAIT] if items else []

    def _changes(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> list[Raw]:
        """Code under its path: the planner writes it itself."""
        if not scan(reply.text)[0]:
            return []
        calls = SpliceFormat(self.paths).parse(reply, tools)
        own = [(call.name, dict(call.arguments)) for call in calls if call.name != "finish"]
        return [*own, _WAIT] if own else []


def _name(path: str, step: int) -> str:
    """A brief's name: its file, and the step when an earlier plan may have named that, too."""
    return path if step == 1 else f"{path} (step {step})"
