"""The line below a run: what came of it, and what can be done next."""

from textual.content import Content
from textual.widgets import Static

from agentcli.agents.clip import one_line
from agentcli.plain import counted, plain
from agentcli.runs.look import with_yours
from agentcli.tui.sight import Sight
from agentcli.tui.words import ink


class Outcome(Static):
    """Verdict, reason, next key. Hidden while there is nothing to say."""

    def show(self, sight: Sight) -> None:
        """Bring it up to date."""
        parts = _parts(sight)
        self.display = bool(parts)
        self.update(
            Content(" ")
            + Content(" · ").join(Content.styled(text, ink(color)) for text, color in parts)
        )


def _parts(sight: Sight) -> list[tuple[str, str]]:
    view = sight.record.view
    parts: list[tuple[str, str]] = []
    if view.verified is not None:
        passed = view.verified.check.passed
        parts.append(("✓ tests pass", "success") if passed else ("✗ tests fail", "error"))
        pristine = view.verified.pristine
        if pristine is not None:
            parts.append((with_yours(pristine), "success" if pristine.passed else "error"))
    if view.verdict_commit is not None:
        parts.append(("not tested since the restore", "warning"))
    if view.ended is not None and view.ended.reason:
        parts.append((plain(one_line(view.ended.reason, 200)), "foreground"))
    if sight.status == "killed":
        parts.append(("It was killed. r goes on with it where it stood.", "warning"))
    if view.applied is not None:
        parts.append(("applied: u takes it back", "success"))
    elif view.ended is not None and view.landed is not None:
        changed = counted(len(view.landed.changes), "file")
        parts.append((f"{changed} changed: a applies", "primary"))
    return parts
