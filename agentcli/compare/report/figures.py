"""The report's pictures, as SVG by matplotlib: static, small, and readable without a script.

Lines and words take the page's colour, so that one picture serves light and dark. Every picture
has a sentence that says what it shows; the figures in it stand in the report's tables too.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentcli.compare.report.data import ArmReport, Report
from agentcli.compare.statistics.data import Interval, Rate
from agentcli.errors import UsageFault

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK = "#010203"  # stands for the page's own colour until the picture is in the page
# Told apart also by the colour-blind (Okabe & Ito 2008), and on light and dark.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MARKERS = "osD^vP"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # words stay words: found, read aloud, copied
    "svg.hashsalt": "agentcli",  # the same report is the same file
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Picture:
    """An SVG element, and what it shows."""

    title: str
    about: str
    svg: str


def pictures(report: Report) -> list[Picture]:
    """All that have something to show. Raises UsageFault where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError as error:
        raise UsageFault(
            "The report's pictures need matplotlib, which is not installed.",
            "pip install 'agentcli[report]'",
        ) from error
    with matplotlib.rc_context(_STYLE):
        return list(_pictures(report))


def _pictures(report: Report) -> Iterator[Picture]:
    arms = [arm for arm in report.arms if arm.tokens.typical]
    if arms:
        yield _picture(
            "Solve rate against tokens",
            "Each arm's solve rate and typical tokens, with 95 % intervals. The stairs are the "
            "share of its trials that were solved within so many tokens.",
            lambda axes: _tokens(axes, report, arms),
        )
    if report.comparisons:
        yield _picture(
            "Gaps between arms",
            "How many points more of the tasks the first arm solved than the second, with 95 % "
            "intervals; hollow where infrastructure's failures are left out.",
            lambda axes: _gaps(axes, report),
            height=0.9 + 0.35 * len(report.comparisons),
        )
    priced = [arm for arm in report.arms if arm.cost.typical]
    if priced:
        yield _picture(
            "Cost",
            "US dollars of each arm's typical trial, with 95 % intervals.",
            lambda axes: _costs(axes, report, priced),
            height=0.9 + 0.3 * len(priced),
        )
    led = [arm for arm in report.arms if arm.overriding.delegations]
    if led:
        yield _picture(
            "Overrides and their effect",
            "The share of delegations that was overridden, and of the scored overrides those "
            "that helped and harmed, by arm and policy, with 95 % intervals.",
            lambda axes: _overrides(axes, led),
            height=1.2 + 0.6 * len(led),
        )
    if any(arm.overriding.curve.steps for arm in led):
        yield _picture(
            "Tokens before interruption",
            "The share of children that are not yet interrupted after so many output tokens "
            "(Kaplan–Meier), with 95 % bands.",
            lambda axes: _survival(axes, report, led),
        )


def _tokens(axes: "Axes", report: Report, arms: Sequence[ArmReport]) -> None:
    seen = [one.tokens for one in report.outcomes if one.tokens]
    axes.set(xscale="log", xlim=(min(seen) / 1.3, max(seen) * 1.3))
    for arm in arms:
        look = _look(report.arms.index(arm))
        used = sorted(
            one.tokens
            for one in report.outcomes
            if one.arm == arm.facts.name and one.score == "solved"
        )
        reached = [(n + 1) / arm.trials for n in range(len(used))]
        axes.step(used, reached, where="post", color=look["color"], linewidth=0.8, alpha=0.6)
        _mark(
            axes,
            arm.tokens.typical,
            arm.solved.value,
            xerr=_ends(arm.tokens.typical, arm.tokens.interval),
            yerr=_ends(arm.solved.value, arm.solved.interval),
            label=arm.facts.name,
            **look,
        )
    axes.set(xlabel="tokens of a trial", ylabel="solved", ylim=(0, 1.03))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.legend(loc="best")


def _gaps(axes: "Axes", report: Report) -> None:
    shown = list(reversed(report.comparisons))
    for place, one in enumerate(shown):
        for found, shift, face in (
            (one.solved, 0.0, _COLORS[0]),
            (one.solved_per_protocol, -0.22, "none"),
        ):
            if found.value is None:
                continue
            ends = _ends(found.value, found.interval, 100)
            look = {**_look(0), "markerfacecolor": face}
            _mark(axes, found.value * 100, place + shift, xerr=ends, **look)
    axes.axvline(0, color=_INK, linewidth=0.6)
    axes.set_yticks(range(len(shown)), [f"{one.a} − {one.b}" for one in shown])
    axes.set(xlabel="points of solve rate", ylim=(-0.6, len(shown) - 0.4))


def _costs(axes: "Axes", report: Report, arms: Sequence[ArmReport]) -> None:
    shown = list(reversed(arms))
    for place, arm in enumerate(shown):
        ends = _ends(arm.cost.typical, arm.cost.interval)
        _mark(axes, arm.cost.typical, place, xerr=ends, **_look(report.arms.index(arm)))
    axes.set_yticks(range(len(shown)), [arm.facts.name for arm in shown])
    axes.set(xlabel="US dollars of a trial", ylim=(-0.6, len(shown) - 0.4))
    axes.set_xlim(left=0)


def _overrides(axes: "Axes", arms: Sequence[ArmReport]) -> None:
    shown = list(reversed(arms))
    kinds: tuple[tuple[str, int, Callable[[ArmReport], Rate]], ...] = (
        ("overridden", 0, lambda arm: arm.overriding.overridden),
        ("helpful", 2, lambda arm: arm.overriding.helpful),
        ("harmful", 1, lambda arm: arm.overriding.harmful),
    )
    for shift, (name, number, rate) in zip((0.2, 0.0, -0.2), kinds, strict=True):
        seen = [(place, rate(arm)) for place, arm in enumerate(shown) if rate(arm).n]
        for place, found in seen:
            label = name if place == seen[0][0] else None
            ends = _ends(found.value, found.interval)
            _mark(axes, found.value, place + shift, xerr=ends, label=label, **_look(number))
    axes.set_yticks(range(len(shown)), [_with_policy(arm) for arm in shown])
    axes.set(xlabel="share", xlim=(-0.02, 1.02), ylim=(-0.6, len(shown) - 0.4))
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.25), ncols=3)


def _survival(axes: "Axes", report: Report, arms: Sequence[ArmReport]) -> None:
    for arm in arms:
        color = _look(report.arms.index(arm))["color"]
        steps = arm.overriding.curve.steps
        if not steps:
            continue
        at = [0.0, *(step.tokens for step in steps)]
        axes.step(
            at,
            [1.0, *(s.surviving for s in steps)],
            where="post",
            color=color,
            label=arm.facts.name,
        )
        bands = [(s.tokens, *s.interval) for s in steps if s.interval]
        if bands:
            tokens, low, high = zip(*bands, strict=True)
            axes.fill_between(tokens, low, high, step="post", color=color, alpha=0.15, linewidth=0)
    axes.set(xlabel="output tokens of the child", ylabel="not yet interrupted", ylim=(0, 1.03))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.legend(loc="best")


def _picture(
    title: str, about: str, draw: Callable[["Axes"], None], height: float = 3.4
) -> Picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, height), layout="constrained")
    draw(figure.add_subplot())
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Picture(title, about, _for_a_page(file.getvalue(), title, about))


def _for_a_page(text: str, title: str, about: str) -> str:
    """The SVG element alone, in the page's colours, with ids that no other picture has."""
    from markupsafe import escape

    prefix = re.sub(r"\W+", "-", title.lower())
    svg = text[text.index("<svg") :].replace(_INK, "var(--ink)")
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = svg.replace("url(#", f"url(#{prefix}-").replace('href="#', f'href="#{prefix}-')
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, _, rest = svg.partition(">")
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    return f'{head} role="img"><title>{escape(title)}</title><desc>{escape(about)}</desc>{rest}'


def _mark(axes: "Axes", x: float | None, y: float | None, **look: Any) -> None:
    """A point with its intervals."""
    if x is not None and y is not None:
        axes.errorbar([x], [y], capsize=3, **look)


def _look(number: int) -> dict[str, Any]:
    return {
        "fmt": _MARKERS[number % len(_MARKERS)],
        "color": _COLORS[number % len(_COLORS)],
    }


def _ends(value: float | None, interval: Interval | None, scale: float = 1) -> Any:
    """How far the interval reaches to both sides, as matplotlib asks for it."""
    if value is None or interval is None:
        return None
    low, high = interval
    return [[max(0.0, value - low) * scale], [max(0.0, high - value) * scale]]


def _with_policy(arm: ArmReport) -> str:
    facts = arm.facts
    return f"{facts.name} ({facts.policy})" if facts.policy else facts.name
