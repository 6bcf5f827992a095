"""The prompt with what it offers: commands, files, earlier tasks."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import TextArea

from agentcli.tui.offers import Sources, earlier, offers_for
from agentcli.tui.widgets.offers import Offers
from agentcli.tui.widgets.prompt import Prompt


class Ask(Vertical):
    """`sources` may come later than the widget: until then nothing is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter", "newline", "New line", key_display="^j"),
    ]

    def __init__(self, placeholder: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder
        self._recalls = False
        self.sources = Sources()

    def compose(self) -> ComposeResult:
        yield Prompt(self._placeholder, id="prompt")
        yield Offers(id="offers")

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def action_newline(self) -> None:
        self.prompt.insert("\n")

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        message.stop()
        self._offer()

    def on_prompt_recalling(self) -> None:
        self._recalls = True
        self._offer()

    def on_prompt_choosing(self, message: Prompt.Choosing) -> None:
        offers = self.query_one(Offers)
        match message.key:
            case "up":
                offers.action_cursor_up()
            case "down":
                offers.action_cursor_down()
            case "escape":
                self._close()
            case key:
                self._take(key)

    def _take(self, key: str) -> None:
        """Take the chosen offer. Enter on what is typed in full already sends it."""
        prompt, chosen = self.prompt, self.query_one(Offers).chosen
        self._close()
        if chosen is None:
            return
        if key == "enter" and prompt.typed[chosen.start :] == chosen.text:
            self.post_message(Prompt.Sent(prompt.text.strip()))
            return
        start = 0 if self._recalls else chosen.start
        prompt.complete(chosen.text, start)

    def _offer(self) -> None:
        typed = self.prompt.typed
        find = earlier if self._recalls else offers_for
        found = find(typed, self.sources)
        self._recalls = self._recalls and bool(found)
        self.query_one(Offers).show(found)
        self.prompt.chooses = bool(found)

    def _close(self) -> None:
        self._recalls = False
        self.query_one(Offers).show([])
        self.prompt.chooses = False
