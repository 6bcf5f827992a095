"""Every key there is, screen by screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

_KEYS = {
    "Everywhere": (
        ("tab, shift+tab", "go to the next, the previous part of the screen"),
        ("f1, ?", "this page (f1 also while you type)"),
        ("ctrl+p", "command palette: themes and more"),
        ("escape", "back"),
        ("ctrl+q", "quit; runs at work stop and keep what stands"),
    ),
    "Start": (
        ("enter", "start the task"),
        ("ctrl+j", "new line in the task; pasted text keeps its lines"),
        ("ctrl+r, up", "earlier tasks that hold what is typed; up in the empty prompt"),
        ("@", "name a file: up, down, tab or enter take it, escape closes the list"),
        ("/", "a command: /mode, /model, /tokens, /open, /theme and more"),
        ("!", "a shell command of your own, in this directory"),
        ("ctrl+o, ctrl+l", "next mode, next policy"),
        ("tab", "to mode, policy, test command, models and budget"),
        ("down, escape", "to the recent runs, back to the prompt"),
        ("ctrl+t", "start the task in two modes at once: the chosen one, and swarm or recursive"),
        ("f2", "all runs"),
    ),
    "A question": (
        ("y, n", "yes, this once; no (also escape)"),
        ("s, r", "yes, in this session; yes, always, by a rule in your settings file"),
    ),
    "A run": (
        ("up, down", "move; the end of the stream is followed"),
        ("enter, space", "open or close a line of the stream"),
        ("s, d", "stream, diff"),
        ("o", "the override inspector"),
        ("v", "diff in one column or in two"),
        ("w", "diff of the whole run or of the selected agent"),
        ("p", "plan, budget and messages, where they don't fit beside"),
        ("m", "write to the selected agent; heard before its next step"),
        ("i", "the same at once: the reply that it waits for is broken off"),
        ("k", "stop the selected agent and those below it"),
        ("x, ctrl+c", "stop the run; what stands is landed and kept"),
        ("r", "resume it, also after a kill"),
        ("a", "apply the result to your working tree"),
        ("u", "undo that, to the byte"),
    ),
    "Overrides": (
        ("up, down", "from one interruption or override to the next"),
        ("k", "keep the parent's version: on to the next"),
        ("R", "restore the child's version, after a question"),
        ("e", "measure effects: run the tests on both versions"),
        ("v", "both versions in one column or in two"),
        ("a", "apply the run's result to your working tree"),
        ("y, n", "allow or deny an override that waits for you"),
    ),
    "Comparison": (
        ("up, down", "step by step; the other runs follow"),
        ("tab", "to the next run; its files are compared with the first run's"),
        ("t", "in step by time, or by count of steps"),
        ("n", "the runs as they stand now"),
        ("d, v", "show the difference; in one column or in two"),
        ("f", "fork the run from the marked step on"),
        ("enter", "open the run"),
    ),
    "Runs": (
        ("enter", "open"),
        ("r", "go on with a run that was stopped or killed"),
        ("f", "fork: take it another way from a step on, as a new run"),
        ("p", "replay its recorded replies in a sandbox, as a new run"),
        ("a, u", "apply the result to your working tree; undo that"),
        ("space, c", "mark runs; compare the marked ones"),
        ("/", "filter; enter goes to the list, escape clears it"),
        ("D, delete", "delete, after a question (y, n)"),
        ("ctrl+r", "read the list again"),
    ),
}


class HelpScreen(Screen[None]):
    """The page of keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "dismiss_page", "Back", key_display="esc")
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(_page())
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def action_dismiss_page(self) -> None:
        self.dismiss()


def _page() -> Content:
    lines: list[Content] = []
    for title, keys in _KEYS.items():
        lines += [Content.styled(title, "bold $primary")]
        for key, about in keys:
            lines.append(Content.assemble((f"  {key:<16}", "bold"), about))
        lines.append(Content(""))
    return Content("\n").join(lines)
