"""What can be typed after a slash in the prompt."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """`setting` is what its argument sets, if it sets one; `values` names what may be said."""

    name: str
    about: str
    setting: str = ""
    values: str = ""

    @property
    def takes(self) -> bool:
        """Whether it takes an argument."""
        return bool(self.setting or self.values)


COMMANDS = (
    Command("mode", "how agents are composed", "mode", "modes"),
    Command("policy", "what a planner may do to its coders", "policy", "policies"),
    Command("model", "the model of all roles", "model"),
    Command("planner", "the model of planning roles", "planner_model"),
    Command("coder", "the model of coding roles", "coder_model"),
    Command("test", "the command that decides whether the task is done", "test"),
    Command("tokens", "budget: input and output tokens", "max_tokens"),
    Command("cost", "budget: US dollars", "max_cost"),
    Command("steps", "budget: model calls", "max_steps"),
    Command("time", "budget: seconds", "max_time"),
    Command("open", "a run, by its id or `last`", "", "runs"),
    Command("runs", "all runs"),
    Command("theme", "the colours", "", "themes"),
    Command("help", "every key"),
    Command("quit", "leave; runs at work stop and keep what stands"),
)


def find(line: str) -> tuple[Command, str] | None:
    """The command that a line is, with its argument; None when it is none."""
    name, _, argument = line.removeprefix("/").partition(" ")
    found = next((command for command in COMMANDS if command.name == name), None)
    return (found, argument.strip()) if line.startswith("/") and found else None
