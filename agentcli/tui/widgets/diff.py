"""A patch in one column or in two, its code coloured by its language.

Only the lines on the screen are drawn, so a patch of any size opens at once.
"""

from typing import ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from agentcli.plain import plain
from agentcli.tui.patch import Cell, Hunk, Line, Row, parse, split, unified

_GUTTER = 6  # cells of a line number and its sign
_SIGNS = {"added": "+", "removed": "-", "same": " "}
_EMPTY = "Nothing has changed yet."


class Diff(ScrollView, can_focus=True):
    """Scrolls in both directions. Says in one line why where there is nothing to show."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--added",
        "diff--removed",
        "diff--file",
        "diff--hunk",
        "diff--number",
    }

    def __init__(self, id: str | None = None, *, columns: bool = False) -> None:
        super().__init__(id=id)
        self._patch: str | None = None
        self._columns = columns
        self._rows: list[Row] = []
        self._lit: dict[int, list[Content]] = {}  # a hunk's identity → its coloured lines

    @property
    def columns(self) -> bool:
        """Whether before and after stand beside each other."""
        return self._columns

    @columns.setter
    def columns(self, wanted: bool) -> None:
        self._columns = wanted
        if self._patch is not None:  # else it says why there is none
            self._lay_out()

    def show(self, patch: str) -> None:
        """Show this patch instead of the one before."""
        if patch != self._patch:
            self._patch = patch
            self._lit.clear()
            self._lay_out()
            self.scroll_home(animate=False)

    def say(self, line: str) -> None:
        """Say why there is no patch."""
        self._patch = None
        self._set_rows([(Cell(Line("note", plain(line))), None)])

    def render_line(self, y: int) -> Strip:
        x, top = self.scroll_offset
        width = self.scrollable_content_region.width
        if y + top >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        left, right = self._rows[y + top]
        if not self._columns or (left is not None and left.hunk is None):
            return self._side(left, x, width)
        half = (width - 1) // 2
        rule = self._strip(Content("│"), self.get_visual_style("diff--number"))
        strips = [self._side(left, x, half), rule, self._side(right, x, width - half - 1)]
        return Strip.join(strips)

    def _lay_out(self) -> None:
        files = parse(self._patch or "")
        rows = list(split(files) if self._columns else unified(files))
        self._set_rows(rows or [(Cell(Line("note", _EMPTY)), None)])

    def _set_rows(self, rows: list[Row]) -> None:
        self._rows = rows
        texts = [len(cell.line.text) for row in rows for cell in row if cell is not None]
        self.virtual_size = Size(max(texts) + _GUTTER + 1, len(rows))
        self.refresh(layout=True)

    def _side(self, cell: Cell | None, x: int, width: int) -> Strip:
        """One side of a row: gutter, then code from column `x` on, in exactly this width."""
        if cell is None:
            return Strip.blank(width, self.rich_style)
        line, kind = cell.line, cell.line.kind
        if cell.hunk is None:
            name = {"file": "diff--file", "hunk": "diff--hunk"}.get(kind, "diff--number")
            text = {"file": f"── {line.text} ", "hunk": f"⋯ {line.text}"}.get(kind, line.text)
            style = self.get_visual_style(name)
            return self._strip(Content(text), style).adjust_cell_length(width, style.rich_style)
        ground = f"diff--{kind}" if kind in ("added", "removed") else None
        style = self.get_visual_style(*([ground] if ground else []))
        number = f"{line.number or '':>4} {_SIGNS.get(kind, ' ')}"
        muted = self.get_visual_style("diff--number", *([ground] if ground else []))
        code = self._strip(self._code(cell.hunk)[cell.index], style)
        room = max(0, width - _GUTTER)
        shown = code.crop(x, x + room).adjust_cell_length(room, style.rich_style)
        return Strip([Segment(number[:width], muted.rich_style), *shown])

    def _strip(self, content: Content, style: Style) -> Strip:
        width = max(1, content.cell_length)
        return Visual.to_strips(self, content, width, 1, style)[0]

    def _code(self, hunk: Hunk) -> list[Content]:
        """The hunk's lines in colours."""
        if id(hunk) not in self._lit:
            from textual.highlight import highlight  # a third of a second of lexers

            lines = highlight(hunk.code, path=hunk.path).split("\n", allow_blank=True)
            missing = len(hunk.lines) - len(lines)
            self._lit[id(hunk)] = [*lines, *(Content("") for _ in range(missing))]
        return self._lit[id(hunk)]
