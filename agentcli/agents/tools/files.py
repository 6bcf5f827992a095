"""`read` and `write`: whole files, through the toolbox."""

from agentcli.agents.tools.base import ToolOutput, WorkContext, WorkTool, schema
from agentcli.codemap.syntax import broke
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.sandbox.base import Sandbox, SandboxError

_LINES = 2000  # shown at once
_LINE_WIDTH = 2000  # characters of one line


class Read(WorkTool):
    """A file with line numbers, or a directory's names."""

    spec = ToolSpec(
        "read",
        render("tools/read.j2"),
        schema(
            ("path",),
            path={"type": "string"},
            start={"type": "integer", "description": "first line, from 1"},
            end={"type": "integer", "description": "last line"},
        ),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        path = call.arguments["path"]
        sandbox = await context.workspace.sandbox()
        listing = await _listing(sandbox, path)
        if listing is not None:
            return ToolOutput(listing)
        data = (await sandbox.read(path)).data
        if b"\0" in data[:8000]:
            return ToolOutput(f"{path} is a binary file of {len(data):,} bytes.", ok=False)
        lines = data.decode("utf-8", "replace").splitlines()
        start = max(1, int(call.arguments.get("start") or 1))
        end = min(len(lines), int(call.arguments.get("end") or start + _LINES - 1))
        shown = "\n".join(
            f"{number:>5}\t{lines[number - 1][:_LINE_WIDTH]}" for number in range(start, end + 1)
        )
        more = f"\n[{len(lines)} lines in all]" if (start, end) != (1, len(lines)) else ""
        return ToolOutput((shown + more) or "[empty file]", size=len(data))


class Write(WorkTool):
    """Make or replace a file. An existing file keeps its mode and its line endings."""

    spec = ToolSpec(
        "write",
        render("tools/write.j2"),
        schema(("path", "content"), path={"type": "string"}, content={"type": "string"}),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        path, content = call.arguments["path"], call.arguments["content"]
        sandbox = await context.workspace.sandbox()
        before = await read_or_none(sandbox, path)
        if before is not None and b"\r\n" in before and "\r\n" not in content:
            content = content.replace("\n", "\r\n")
        data = encoded(content)
        if data == before:
            return ToolOutput(f"{path} already has exactly this content.", ok=False)
        await sandbox.write(path, data)
        done = "Replaced" if before is not None else "Made"
        return ToolOutput(
            f"{done} {path}, {content.count(chr(10))} lines." + syntax_note(path, before, data),
            wrote=True,
        )


async def read_or_none(sandbox: Sandbox, path: str) -> bytes | None:
    """A file's bytes, or None when there is no such file. Other failures raise SandboxError."""
    try:
        return (await sandbox.read(path)).data
    except SandboxError as error:
        if "no such file" in str(error).lower():
            return None
        raise


def encoded(text: str) -> bytes:
    """UTF-8; undecodable bytes that were read come back as they were, half an emoji becomes "?"."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def syntax_note(path: str, before: bytes | None, after: bytes) -> str:
    """A warning when a file parsed before and doesn't now."""
    fault = broke(path, before or b"", after)
    if fault is None:
        return ""
    return (
        f"\nWARNING: {path} does not parse any more, line {fault.line}: {fault.text.strip()[:120]}"
        "\nMend it before you go on."
    )


async def _listing(sandbox: Sandbox, path: str) -> str | None:
    try:
        entries = await sandbox.list(path)
    except SandboxError:
        return None  # not a directory: it is read as a file, which reports what is wrong
    names = [entry.path + ("/" if entry.kind == "dir" else "") for entry in entries]
    return "\n".join(names) or "[empty directory]"
