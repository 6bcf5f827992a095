"""The tree of agents: who works, at which step, what it took, what it did last."""

from collections.abc import Iterator

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.journal.folds import AgentView, RunView
from agentcli.plain import plain
from agentcli.tui.words import amount, mark, tone


class Agents(OptionList):
    """Two lines an agent. The highlighted one is the one whose stream is shown."""

    BORDER_TITLE = "Agents"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: dict[str, Content] = {}

    @property
    def selected(self) -> str | None:
        if self.highlighted is None:
            return None
        return self.get_option_at_index(self.highlighted).id

    def show(self, view: RunView, live: bool) -> None:
        """Bring the lines up to date; only those that changed are drawn again."""
        now = {agent.id: _prompt(agent, level, live) for agent, level in _tree(view)}
        if list(now) == list(self._shown):
            for agent_id, prompt in now.items():
                if prompt.markup != self._shown[agent_id].markup:
                    self.replace_option_prompt(agent_id, prompt)
        else:
            selected = self.selected
            self.clear_options()
            self.add_options([Option(prompt, id=agent_id) for agent_id, prompt in now.items()])
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


def _prompt(agent: AgentView, level: int, live: bool) -> Content:
    spent = agent.spending
    indent = "  " * level
    branch = "└ " if level else ""
    status = agent.status
    if not live and status in ("working", "waiting"):
        status = "stopped"  # the run ended, or was killed, before the agent did
    state = "rolled back" if agent.rolled_back else status
    cost = spent.cost_text.replace("price unknown", "").replace("no cost", "")
    took = [f"{spent.steps} steps", f"{amount(spent.usage.total)} tok", cost, agent.last_action]
    return Content.assemble(
        (indent[2:] + branch, "$text-muted"),
        (f"{mark(status)} ", f"${tone(status)}"),
        (f"{agent.id} {plain(agent.role)} ", "bold"),
        (state, f"${tone(status)}"),
        "\n",
        (f"{indent}  {plain(' · '.join(filter(None, took)))}", "$text-muted"),
    )
