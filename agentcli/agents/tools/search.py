"""`search` (ripgrep) and `map` (the codemap)."""

import asyncio
from collections.abc import Mapping, Sequence

from agentcli.agents.tools.base import ToolOutput, WorkContext, WorkTool, schema
from agentcli.codemap.map import Codemap
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render

_WIDTH = 300  # characters of one hit
_HITS = 100
_MAP_TOKENS = 2000


class Search(WorkTool):
    """Lines that match a regular expression."""

    spec = ToolSpec(
        "search",
        render("tools/search.j2"),
        schema(
            ("pattern",),
            pattern={"type": "string"},
            path={"type": "string"},
            glob={"type": "string"},
        ),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        sandbox = await context.workspace.sandbox()
        hits, total = await sandbox.search(
            call.arguments["pattern"],
            call.arguments.get("path") or ".",
            glob=call.arguments.get("glob"),
            limit=_HITS,
        )
        lines = [f"{hit.path}:{hit.line}: {hit.text.strip()[:_WIDTH]}" for hit in hits]
        if total > len(hits):
            lines.append(f"[{total} hits in all; narrow the pattern, path or glob]")
        return ToolOutput("\n".join(lines) or "[no hits]")


class Map(WorkTool):
    """The most relevant definitions of the repository, as of the last checkpoint."""

    spec = ToolSpec(
        "map",
        render("tools/map.j2"),
        schema(
            focus={"type": "array", "items": {"type": "string"}},
            tokens={"type": "integer"},
        ),
    )

    def __init__(self, codemap: Codemap) -> None:
        self._codemap = codemap

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        text = await render_map(
            self._codemap,
            context,
            focus=tuple(call.arguments.get("focus") or ()),
            tokens=min(int(call.arguments.get("tokens") or _MAP_TOKENS), 8000),
        )
        return ToolOutput(text or "[no code in a language that the map knows]")


async def render_map(
    codemap: Codemap, context: WorkContext, *, focus: tuple[str, ...] = (), tokens: int
) -> str:
    """The codemap of the workspace's tree, fitted to a number of tokens."""
    store = context.workspace.store

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return await asyncio.to_thread(store.read_blobs, blobs)

    return await codemap.render(
        await asyncio.to_thread(store.files, context.workspace.tree),
        read,
        budget_tokens=tokens,
        count_tokens=context.count_tokens,
        focus=focus,
        mentions=context.task,
    )
