"""A patch, its lines coloured by what happened to them and its code by its language."""

from collections.abc import Iterator

from rich.syntax import Syntax
from rich.text import Text
from textual.widgets import RichLog

from agentcli.plain import plain

_MAX_LINES = 5000  # of a patch that are drawn; `agentcli diff` has the rest
_SIGNS = {"+": ("green", "on #12261a"), "-": ("red", "on #2d1619")}
_THEME = "ansi_dark"


class Diff(RichLog):
    """Scrolls in both directions. Shows one clear line where there is nothing to show."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, wrap=False, auto_scroll=False, min_width=20)
        self._patch: str | None = None

    def show(self, patch: str) -> None:
        """Show this patch instead of the one before."""
        if patch == self._patch:
            return
        self._patch = patch
        self.clear()
        for line in painted(patch) if patch else [Text("Nothing has changed yet.", style="dim")]:
            self.write(line)

    def say(self, line: str) -> None:
        """Say why there is no patch."""
        self._patch = None
        self.clear()
        self.write(Text(plain(line), style="dim"))


def painted(patch: str) -> Iterator[Text]:
    """The patch's lines with colours: a rule for each file, then its hunks."""
    lexer: Syntax | None = None
    lines = plain(patch).splitlines()
    for line in lines[:_MAX_LINES]:
        if line.startswith("diff --git"):
            path = line.rpartition(" b/")[2]
            lexer = Syntax("", Syntax.guess_lexer(path), theme=_THEME)
            yield Text(f"── {path} ", style="bold")
        elif line.startswith(("index ", "--- ", "+++ ")):
            continue
        elif line.startswith("@@"):
            yield Text(line, style="cyan")
        else:
            yield _code(line, lexer)
    if len(lines) > _MAX_LINES:
        left = len(lines) - _MAX_LINES
        yield Text(f"… {left:,} more lines: `agentcli diff` shows them", style="dim")


def _code(line: str, lexer: Syntax | None) -> Text:
    sign, code = line[:1], line[1:]
    text = lexer.highlight(code) if lexer is not None else Text(code)
    text.rstrip()
    color, ground = _SIGNS.get(sign, ("dim", ""))
    whole = Text.assemble((sign, color), text)
    if ground:
        whole.stylize_before(ground)
    return whole
