"""Fenced blocks whose info string names the tool: text that any instruction-tuned model writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentcli.journal.events import Call, ModelReplied
from agentcli.models.base import ToolSpec
from agentcli.models.formats.base import TextFormat, malformed, refuse_unusable
from agentcli.models.formats.blocks import READERS
from agentcli.models.formats.fences import Block, scan
from agentcli.models.formats.paths import is_code, path_in_comment, path_in_info, path_in_prose
from agentcli.models.formats.schema import all_checked
from agentcli.models.formats.tolerant import Raw, calls_in_json, calls_in_text
from agentcli.prompting import render

_SHELLS = frozenset({"sh", "shell", "zsh", "console", "terminal", "shell-session"})

_ECHO = 2  # one call that equals an example may be meant, two are a recital


@dataclass(frozen=True)
class FencedFormat(TextFormat):
    """```bash, ```write PATH, ```edit PATH …; several blocks per reply, done in order."""

    name: str = "fenced"

    def parse(self, reply: ModelReplied, tools: Sequence[ToolSpec]) -> tuple[Call, ...]:
        """The blocks that are calls; else calls in another shape. Raises MalformedReply."""
        refuse_unusable(reply)
        blocks, _ = scan(reply.text)
        raws = [raw for block in blocks for raw in _read(block)]
        self._refuse_echo(raws, tools)
        raws = raws or calls_in_text(reply.text)
        raws = raws or [(call.name, dict(call.arguments)) for call in reply.calls]
        if not raws:
            raise malformed("no_call_fenced", "no tool call", tools=tools)
        return all_checked(raws, tools, reply.step)

    def usage(self, tools: Sequence[ToolSpec]) -> str:
        """The blocks of the tools on offer, with an example."""
        return render("formats/fenced.j2", names=[tool.name for tool in tools])

    def _refuse_echo(self, raws: Sequence[Raw], tools: Sequence[ToolSpec]) -> None:
        """Small models recite the instructions, and the examples in them must not be done."""
        if len(raws) < _ECHO:
            return
        examples = [raw for block in scan(self.usage(tools))[0] for raw in _read(block)]
        if sum(raw in examples for raw in raws) >= _ECHO:
            raise malformed("echo", "recited instructions")

    def knowing(self, paths: Iterable[str]) -> "FencedFormat":
        """Files make no difference here."""
        return self


def _read(block: Block) -> list[Raw]:
    word, _, head = block.info.partition(" ")
    word = word.lower()
    name = "bash" if word in _SHELLS else word
    if name in READERS:
        if not block.closed:
            raise malformed("unclosed", "unclosed fence", info=block.info)
        return [(name, READERS[name](head.strip(), block.body))]
    if word in ("", "json", "tool_call", "tool", "tool_code"):
        return calls_in_json(block.body)
    return _code_for_file(block)


def _code_for_file(block: Block) -> list[Raw]:
    """A block of code that says which file it is: meant to be written there."""
    if not is_code(block.info) and path_in_info(block.info) is None:
        return []
    path, body = path_in_info(block.info), block.body
    if path is None and (commented := path_in_comment(block.body)) is not None:
        path, body = commented
    path = path or path_in_prose(block.before)
    if path is None:
        return []
    if not block.closed:
        raise malformed("unclosed", "unclosed fence", info=block.info)
    return [("write", {"path": path, "content": body})]
