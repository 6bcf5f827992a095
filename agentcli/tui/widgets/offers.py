"""The list below the prompt from which an offer is taken."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agentcli.plain import plain
from agentcli.tui.offers import Offer


class Offers(OptionList, can_focus=False):
    """Hidden while there is nothing to offer. The prompt keeps the keyboard."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offers: Sequence[Offer] = ()
        self.display = False

    @property
    def chosen(self) -> Offer | None:
        """The offer under the cursor; None while the list is hidden."""
        if not self.display or self.highlighted is None:
            return None
        return self._offers[self.highlighted]

    def show(self, offers: Sequence[Offer]) -> None:
        """Offer these."""
        if offers == self._offers and self.display == bool(offers):
            return
        self._offers = offers
        self.clear_options()
        self.add_options([Option(_line(offer)) for offer in offers])
        self.display = bool(offers)
        if offers:
            self.highlighted = 0


def _line(offer: Offer) -> Content:
    text = plain(" ".join(offer.text.split()))
    return Content.assemble(f"{text:<12}" if offer.about else text, (f"  {offer.about}", "dim"))
