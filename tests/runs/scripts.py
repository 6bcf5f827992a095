"""What scripted models say. An answer depends on the conversation alone, never on the order."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.scripted_server import Answer, Fault, Turn

Script = Callable[[dict[str, Any]], Answer]


def bash(command: str, timeout: float | None = None, **more: Any) -> Turn:
    limit = {} if timeout is None else {"timeout": timeout}
    return Turn("I run it.", [("bash", {"command": command, **limit})], **more)


def write(path: str, content: str, **more: Any) -> Turn:
    return Turn("I write it.", [("write", {"path": path, "content": content})], **more)


def delegate(goal: str, **brief: Any) -> Turn:
    return Turn("I hand it over.", [("delegate", {"goal": goal, **brief})])


def finish(summary: str = "It is done.", status: str = "done", **more: Any) -> Turn:
    return Turn("I am done.", [("finish", {"status": status, "summary": summary})], **more)


def act(tool: str, **arguments: Any) -> Turn:
    """Any other call, of a planner's tools for example."""
    return Turn(f"I {tool}.", [(tool, arguments)])


def brief(name: str, goal: str, *paths: str, **more: Any) -> dict[str, Any]:
    """One brief of a plan."""
    return {"name": name, "goal": goal, "paths": list(paths), **more}


_LINE = re.compile(r"^- (\w+)(?: \(([\d.]+)\))?: (\w+)", re.MULTILINE)
Reaction = Callable[[str, str], Turn | None]  # a brief's name, its state → what to do about it


def leads(plan: Turn, react: Reaction) -> Callable[[dict[str, Any]], Answer]:
    """A planner that goes by its last report: reacts to a state, else waits, at last finishes."""

    def answer(request: dict[str, Any]) -> Answer:
        told = [str(m["content"]) for m in request["messages"] if m["role"] == "tool"]
        if not told:
            return plan
        lines = next(found for text in reversed(told) if (found := _LINE.findall(text)))
        for name, _, state in lines:
            if (turn := react(name, state)) is not None:
                return turn
        over = {"integrated", "discarded", "superseded", "lost", "rolled_back", "blocked"}
        return finish() if all(state in over for _, _, state in lines) else act("wait")

    return answer


def accepts(name: str, state: str) -> Turn | None:
    """A planner that takes whatever is submitted."""
    return act("accept", of=name) if state == "submitted" else None


def by_goal(agents: Mapping[str, Sequence[Answer] | Script]) -> Script:
    """Each agent is known by its goal, and its turn by the number of replies it reads back."""

    def answer(request: dict[str, Any]) -> Answer:
        messages = request["messages"]
        task = next(str(m["content"]) for m in messages if m["role"] == "user")
        goal = next((goal for goal in agents if goal in task), None)
        number = sum(m["role"] == "assistant" for m in messages)
        turns = agents[goal] if goal is not None else ()
        if callable(turns):
            return turns(request)
        if number >= len(turns):
            return Fault(status=400, message=f"no turn {number} for {goal or task[:80]}")
        return turns[number]

    return answer
