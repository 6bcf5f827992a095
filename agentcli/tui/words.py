"""How states, times and amounts are written and coloured, the same on every screen."""

from datetime import datetime

_TONES = {
    **dict.fromkeys(("verified", "finished", "done", "integrated", "merged"), "success"),
    **dict.fromkeys(("not_verified", "failed", "infra", "killed", "lost", "in conflict"), "error"),
    **dict.fromkeys(("at work", "starting", "working"), "primary"),
    **dict.fromkeys(("waits", "waiting", "submitted", "accepted"), "secondary"),
}
# Colours of which a theme has a shade that can be read on its background.
_READABLE = frozenset(("primary", "secondary", "success", "warning", "error", "accent"))
_MARKS = {
    **dict.fromkeys(("working", "at work"), "●"),
    **dict.fromkeys(("waiting", "waits", "submitted", "accepted"), "◌"),
    **dict.fromkeys(("done", "integrated", "merged"), "✓"),
    **dict.fromkeys(("failed", "lost", "in conflict"), "✗"),
}


def tone(status: str) -> str:
    """The theme's colour for a status; what was cut off is a warning."""
    return _TONES.get(status, "warning")


def ink(color: str) -> str:
    """A style for text in this colour of the theme; `muted` also where there are no colours."""
    if color == "muted":
        return "dim"
    return f"$text-{color}" if color in _READABLE else f"${color}"


def mark(status: str) -> str:
    """One sign for an agent's state, so that colour is never needed."""
    return _MARKS.get(status, "■")


def when(at: float) -> str:
    """A moment in the person's time zone; the day only when it isn't today."""
    moment = datetime.fromtimestamp(at)
    today = moment.date() == datetime.now().date()
    return moment.strftime("%H:%M" if today else "%b %d %H:%M")


def amount(tokens: float) -> str:
    """Tokens, short: 950, 12.3k, 4.1M."""
    if tokens < 10_000:
        return f"{tokens:,.0f}"
    return f"{tokens / 1000:.1f}k" if tokens < 1_000_000 else f"{tokens / 1_000_000:.2f}M"


def clock(seconds: float) -> str:
    """A duration: 8 s, 3:05, 1:02:03."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    tail = f"{whole % 60:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
