"""What needs a person's yes: a way out of the sandbox, and writing to the working tree.

Everything else happens inside the sandbox, where nothing asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentcli.plain import counted, plain

if TYPE_CHECKING:
    from textual.app import App

    from agentcli.settings import Matter

_NAMED = 8  # files that a question names


@dataclass(frozen=True)
class Wish:
    """Something to be approved: the question, and the reason for it, for a person."""

    matter: "Matter"
    question: str
    reason: str


def ways_out(settings: Mapping[str, Any], origins: Mapping[str, str]) -> list[Wish]:
    """What a run with these settings would do outside its sandbox; `origins` as for settings.

    On the host there is no wall, so the network is part of that one question.
    """
    if settings["sandbox"] == "host":
        means = "Agents' commands can then read, change and send whatever you can."
        reason = f"sandbox = host, from {origins['sandbox']}. {means}"
        return [Wish("host", "Run on this machine, without a sandbox?", reason)]
    if settings["network"]:
        reason = f"network = yes, from {origins['network']}. Commands can then send what they read."
        return [Wish("network", "Open the network to agents' commands?", reason)]
    if hosts := settings["network_allow"]:
        reason = f"network_allow, from {origins['network_allow']}. Commands can then send there."
        return [Wish("network", plain(f"Let commands reach {', '.join(hosts)}?"), reason)]
    return []


def application(run_id: str, paths: Sequence[str]) -> list[Wish]:
    """Writing what a run changed to the working tree; nothing to ask when it changed nothing."""
    if not paths:
        return []
    named = ", ".join(paths[:_NAMED]) + (" …" if len(paths) > _NAMED else "")
    reason = plain(f"Run {run_id} changed {counted(len(paths), 'file')}: {named}. u undoes it.")
    return [Wish("apply", "Apply to your working tree?", reason)]


class Approvals:
    """What the person has allowed, and the dialog for what is not."""

    def __init__(self, app: "App[None]") -> None:
        self._app = app
        self._granted: set[str] = set()  # questions that were answered for this session

    async def given(self, wishes: Sequence[Wish]) -> bool:
        """Whether all may be done. Asks where no rule and no earlier answer says so; call it in
        a worker. Raises UsageFault when the rules can't be read or written."""
        for wish in wishes:
            if not await self._given(wish):
                return False
        return True

    async def _given(self, wish: Wish) -> bool:
        from agentcli.settings import load_settings
        from agentcli.tui.rules import add_rule
        from agentcli.tui.screens.approve import Approve

        rules = load_settings(None, {}).settings.allow
        if wish.matter in rules or wish.question in self._granted:
            return True
        answer = await self._app.push_screen_wait(Approve(wish))
        if answer == "always":
            add_rule(wish.matter)
        if answer in ("session", "always"):
            self._granted.add(wish.question)
        return answer != "no"
