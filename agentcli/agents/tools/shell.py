"""`bash`: run a command in the sandbox."""

from agentcli.agents.tools.base import ToolOutput, WorkContext, WorkTool, schema
from agentcli.journal.events import Call
from agentcli.models.base import ToolSpec
from agentcli.prompting import render
from agentcli.sandbox.base import CommandResult

MAX_TIMEOUT = 1800.0  # seconds; a model may ask for more than the default, within reason


class Bash(WorkTool):
    """Each command is a new shell in the workspace's root, with closed input."""

    spec = ToolSpec(
        "bash",
        render("tools/bash.j2"),
        schema(
            ("command",),
            command={"type": "string"},
            timeout={"type": "number", "description": "seconds"},
        ),
    )

    async def work(self, call: Call, context: WorkContext) -> ToolOutput:
        timeout = float(call.arguments.get("timeout") or context.command_timeout)
        sandbox = await context.workspace.sandbox()
        result = await sandbox.run(call.arguments["command"], timeout=min(timeout, MAX_TIMEOUT))
        return ToolOutput(
            _report(result),
            ok=result.exit_code == 0,
            wrote=result.changed,
            exit_code=result.exit_code,
            size=result.stdout_size + result.stderr_size,
        )


def _report(result: CommandResult) -> str:
    parts = [result.stdout.rstrip("\n")] if result.stdout.strip() else []
    if result.stderr.strip():
        parts.append(f"[stderr]\n{result.stderr.rstrip()}" if parts else result.stderr.rstrip())
    if result.timed_out:
        parts.append(f"[stopped: it took longer than {result.seconds:.0f} s]")
    elif result.exit_code != 0:
        parts.append(f"[exit code {result.exit_code}]")
    parts += [f"[{note}]" for note in result.notes]
    return "\n".join(parts) or "[no output, exit code 0]"
