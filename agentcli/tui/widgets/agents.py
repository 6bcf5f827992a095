"""The board of agents: who works, at which step, what it took, what it did last.

Children stand below their parents, so the frames of a recursive agent read as a stack and the
coders of a swarm as a list under their planner.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.journal.folds import AgentView, RunView
from agentcli.plain import counted, plain
from agentcli.tui.sight import Sight
from agentcli.tui.words import amount, ink, mark, tone

_TITLES = {"recursive": "Frames", "solo": "Agent", "swarm": "Planner and coders"}


class Agents(OptionList):
    """Three lines an agent. The highlighted one is the one whose stream is shown."""

    BORDER_TITLE = "Agents"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "app.focus('stream')", "Stream", show=False)
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: dict[str, Content] = {}

    @property
    def selected(self) -> str | None:
        if self.highlighted is None:
            return None
        return self.get_option_at_index(self.highlighted).id

    def show(self, sight: Sight) -> None:
        """Bring the lines up to date; only those that changed are drawn again."""
        view = sight.record.view
        if view.started is not None:
            self.border_title = _TITLES.get(view.started.mode, "Agents")
        now = {
            agent.id: _lines(agent, level, sight.record.last_act(agent.id), sight.is_live)
            for agent, level in _tree(view)
        }
        if list(now) == list(self._shown):
            for agent_id, prompt in now.items():
                if not prompt.is_same(self._shown[agent_id]):
                    self.replace_option_prompt(agent_id, prompt)
        else:
            selected = self.selected
            self.clear_options()
            self.add_options([Option(prompt, id=agent_id) for agent_id, prompt in now.items()])
            if now:
                self.highlighted = list(now).index(selected) if selected in now else 0
        self._shown = now


def _tree(view: RunView) -> Iterator[tuple[AgentView, int]]:
    """Each agent below its parent, with its level."""

    def below(agent: AgentView, level: int) -> Iterator[tuple[AgentView, int]]:
        yield agent, level
        for child in agent.children:
            yield from below(view.agents[child], level + 1)

    for agent in view.agents.values():
        if agent.parent_id not in view.agents:
            yield from below(agent, 0)


def _lines(agent: AgentView, level: int, act: str, live: bool) -> Content:
    spent = agent.spending
    status = agent.status
    if not live and status in ("working", "waiting"):
        status = "stopped"  # the run ended, or was killed, before the agent did
    state = "rolled back" if agent.rolled_back else status
    cost = spent.cost_text if spent.cost else ""
    took = [counted(spent.steps, "step"), f"{amount(spent.usage.total)} tok", cost]
    indent = "  " * level
    return Content.assemble(
        (f"{indent[2:]}{'└ ' if level else ''}", "dim"),
        (f"{mark(status)} ", ink(tone(status))),
        (f"{agent.id} {plain(agent.role)}", "bold"),
        (f" {state}", ink(tone(state))),
        "\n",
        (f"{indent}  {' · '.join(filter(None, took))}", "dim"),
        "\n",
        (f"{indent}  {act or '–'}", "dim"),
    )
