"""`edit` (search/replace) and `splice` (whole functions, placed by syntax)."""

from agentcli.agents.tools.base import ToolOutput, WorkContext, WorkTool, schema
from agentcli.agents.tools.files import encoded, read_or_none, syntax_note
from agentcli.agents.tools.matching import Edit, EditMismatch, apply_edit
from agentcli.codemap.splice import SpliceError, splice
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.sandbox.base import Sandbox, SandboxError

_EDIT = {
    "type": "object",
    "properties": {"search": {"type": "string"}, "replace": {"type": "string"}},
    "required": ["search", "replace"],
}


class EditFile(WorkTool):
    """Several replacements in one file. Those that fit are done, the others explained."""

    spec = ToolSpec(
        "edit",
        render("tools/edit.j2"),
        schema(
            ("path", "edits"),
            path={"type": "string"},
            edits={"type": "array", "items": _EDIT, "minItems": 1},
        ),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        path = call.arguments["path"]
        sandbox = await context.workspace.sandbox()
        before = await _text(sandbox, path)
        after, failures = before, []
        edits = [Edit(one["search"], one["replace"]) for one in call.arguments["edits"]]
        for number, edit in enumerate(edits, 1):
            try:
                after = apply_edit(after, edit)
            except EditMismatch as mismatch:
                failures.append(f"Edit {number} was NOT applied. {mismatch}")
        done = len(edits) - len(failures)
        if done == 0:
            return ToolOutput("\n\n".join(failures), ok=False)
        data = encoded(after)
        await sandbox.write(path, data)
        said = f"{path}: {done} of {len(edits)} edits applied."
        note = syntax_note(path, encoded(before), data)
        return ToolOutput("\n\n".join([said + note, *failures]), ok=not failures, wrote=True)


class SpliceFile(WorkTool):
    """Put changed functions, methods or classes into a file in place of the old ones."""

    spec = ToolSpec(
        "splice",
        render("tools/splice.j2"),
        schema(("path", "code"), path={"type": "string"}, code={"type": "string"}),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        path = call.arguments["path"]
        sandbox = await context.workspace.sandbox()
        before = await read_or_none(sandbox, path) or b""
        try:
            spliced = splice(path, before, call.arguments["code"])
        except SpliceError as error:
            return ToolOutput(f"{path}: {error}", ok=False)
        await sandbox.write(path, spliced.data)
        names = (("replaced", spliced.replaced), ("added", spliced.added))
        said = [f"{verb}: {', '.join(those)}" for verb, those in names if those]
        return ToolOutput(f"{path} written. " + "; ".join(said), wrote=True)


async def _text(sandbox: Sandbox, path: str) -> str:
    data = (await sandbox.read(path)).data
    if b"\0" in data[:8000]:
        raise SandboxError(f"{path} is a binary file; `edit` works on text.")
    return data.decode("utf-8", "surrogateescape")  # other encodings survive byte for byte
