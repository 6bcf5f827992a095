"""Does the ledger measure what happened? Planners with known behaviour, over HTTP, in real runs.

    python benchmarks/calibration.py [--part rates|tokens|effect|all] [--delegations 200]

Every run is a real one: a scripted OpenAI-compatible server, git, the host back-end, the mode
`swarm`. What the scripted planner does is drawn from known shares, so each measured rate has a
truth to be held against: it must lie in the measured 95 % interval, and the counts must be equal.

- rates: overrides with probability 0, 0.2, 0.5, 0.8 and 1, in four kinds, some of them only after
  the planner's fifth look;
- tokens: coders interrupted after a known number of output tokens, or not at all;
- effect: a planner that overrides what is bad more often than what is good, and whose own version
  is good with a known probability, behind a lottery: the lottery must find the planted effect,
  which a plain comparison does not.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agentcli.delegation.ledger.lottery import lottery_effect  # noqa: E402
from agentcli.delegation.ledger.rates import Share, rates  # noqa: E402
from agentcli.journal.ledger_folds import LedgerView, fold_ledger  # noqa: E402
from agentcli.journal.store import Journal  # noqa: E402
from agentcli.runs.start import Order, start  # noqa: E402
from agentcli.settings import Settings  # noqa: E402
from tests.runs.scripts import act, bash, brief, by_goal, finish, write  # noqa: E402
from tests.support.scripted_server import ScriptedServer, Turn  # noqa: E402

TASK = "furnish all the rooms of the house"
KINDS = ("discard", "revert", "rewrite", "amend")
BATCH = 20  # delegations of one run, where they don't touch one another
TOKENS = 20  # of each scripted reply


@dataclass(frozen=True)
class Row:
    """One line of the table: what was planted, what was measured."""

    name: str
    truth: float
    planted: int  # as drawn
    measured: Share
    fits: bool


def main() -> None:
    """Measure and print a Markdown table; exit code 1 when a rate is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["rates", "tokens", "effect", "all"], default="all")
    parser.add_argument("--delegations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    parts: dict[str, Callable[[int, int], list[Row]]] = {
        "rates": measure_rates,
        "tokens": measure_tokens,
        "effect": measure_effects,
    }
    chosen = list(parts) if given.part == "all" else [given.part]
    began = time.monotonic()
    table = [row for name in chosen for row in parts[name](given.delegations, given.seed)]
    print(
        "| planted | truth | drawn | measured | 95 % interval | fits |\n|---|---|---|---|---|---|"
    )
    for row in table:
        fits = "yes" if row.fits else "NO"
        print(f"| {row.name} | {row.truth:.2f} | {row.planted} | {_said(row.measured)} | {fits} |")
    print(f"\n{time.monotonic() - began:.0f} s")
    raise SystemExit(not all(row.fits for row in table))


# ---- rates ----


def measure_rates(count: int, seed: int) -> list[Row]:
    """Overrides with known probability: are they found, each as its kind, early or late?"""
    table = []
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        chance = random.Random(f"{seed} rates {share}")
        views: list[LedgerView] = []
        planted: Counter[str] = Counter()
        drawn = _drawn(chance, share, count)
        for begin in range(0, count, BATCH):
            acts = drawn[begin : begin + BATCH]
            planted.update(kind for kind, _ in acts if kind)
            planted.update("soon" for kind, late in acts if kind and not late)
            views.append(_run(_furnishing(acts), policy="turns"))
        found = rates(views)
        overrides = sum(planted[kind] for kind in KINDS)
        exact = all(found.kinds.get(kind, 0) == planted[kind] for kind in KINDS)
        table += [
            _row(f"overridden with p = {share}", share, overrides, found.overridden, exact),
            _row(f"… within five looks, p = {share}", share * 0.75, planted["soon"],
                 found.overwrite_at_5),
        ]  # fmt: skip
    return table


def _drawn(chance: random.Random, share: float, count: int) -> list[tuple[str, bool]]:
    """For each delegation the kind of its override (or none), and whether it comes late.

    Exactly the given share is overridden, and a quarter of that late: what is tested is the
    measure, not the luck of the draw.
    """
    overridden = round(share * count)
    kinds = [(chance.choice(KINDS), number % 4 == 3) for number in range(overridden)]
    drawn = [*kinds, *[("", False)] * (count - overridden)]
    chance.shuffle(drawn)
    return drawn


def _furnishing(acts: list[tuple[str, bool]]) -> dict[str, Any]:
    """One delegation after the other, so that each override's time is known."""
    planner: list[Turn] = []
    script: dict[str, Any] = {}
    for number, (kind, late) in enumerate(acts):
        name, path = f"r{number:02d}", f"r{number:02d}.py"
        goal = f"furnish room number {number:02d}"
        script[goal] = [write(path, _room(number)), finish(f"furnished {number}")]
        planner.append(act("assign", briefs=[brief(name, goal, path)], reason="the next room"))
        planner.append(act("wait"))
        idle = [act("inspect", of=name)] * 5 if late else []
        planner += [*idle, *_override(kind, name, path, number)]
    script[TASK] = [*planner, finish("furnished")]
    return script


def _override(kind: str, name: str, path: str, number: int) -> list[Turn]:
    lines = _room(number).splitlines()
    match kind:
        case "discard":
            return [act("reject", of=name, reason="not wanted")]
        case "revert":
            return [act("accept", of=name), act("revert", of=name, reason="not wanted")]
        case "rewrite":
            mine = "".join(f"thing_{n} = {number} * {n} + 7\n" for n in range(len(lines)))
            return [act("accept", of=name), write(path, mine)]
        case "amend":
            edit = {"search": lines[1], "replace": lines[1] + " + 1"}
            return [act("accept", of=name), act("edit", path=path, edits=[edit])]
        case _:
            return [act("accept", of=name)]


def _room(number: int) -> str:
    return "".join(f"piece_{n} = {number} + {n}\n" for n in range(6))


# ---- tokens before interruption ----


def measure_tokens(count: int, seed: int) -> list[Row]:
    """Coders that are stopped after a known number of tokens, at half of the delegations."""
    chance = random.Random(f"{seed} tokens")
    views: list[LedgerView] = []
    planted: list[int] = []
    drawn = [chance.randint(1, 4) if number % 2 else 0 for number in range(count)]
    chance.shuffle(drawn)
    for begin in range(0, count, BATCH // 2):
        stops = drawn[begin : begin + BATCH // 2]
        # The reply after the one that brings the stop on is under way when it is sent.
        planted += [TOKENS * (stop + 1) for stop in stops if stop]
        views.append(_run(_stopping(stops), policy="free"))
    found = rates(views)
    exact = sorted(found.tokens_before.interrupted) == sorted(planted)
    if not exact:
        print(Counter(planted), Counter(found.tokens_before.interrupted))
    mean, tokens = sum(planted) / len(planted), found.tokens_before
    print(
        f"tokens before interruption: planted mean {mean:.1f}, naive mean {tokens.naive_mean:.1f}"
    )
    print(f"Kaplan–Meier median: {tokens.median}")
    return [_row("interrupted with p = 0.5", 0.5, len(planted), found.interrupted, exact)]


def _stopping(stops: list[int]) -> dict[str, Any]:
    script: dict[str, Any] = {}
    for number, stop in enumerate(stops):
        slow = {stop: 0.6} if stop else {}
        script[f"furnish room number {number:02d}"] = [
            *(bash(f"echo {n} >> r{number:02d}.py", latency=slow.get(n, 0.0)) for n in range(6)),
            finish(f"furnished {number}"),
        ]

    def planner(request: dict[str, Any]) -> Turn:
        told = [str(m["content"]) for m in request["messages"] if m["role"] == "tool"]
        lines = re.findall(
            r"^- r(\d+) \([\d.]+\): (\w+)(?:, step \d+, (\d+) writes)?", _last(told), re.M
        )
        if not lines:
            return _assign(0)
        number, state, writes = int(lines[-1][0]), lines[-1][1], int(lines[-1][2] or 0)
        match state:
            case "submitted":
                return act("accept", of=f"r{number:02d}")
            case "stopped" | "integrated":
                drop = [f"r{number:02d}"] if state == "stopped" else []
                following = number + 1
                return _assign(following, drop) if following < len(stops) else finish("all")
            case _ if stops[number] and writes >= stops[number]:
                interrupted = sum("stops before its next step" in text for text in told)
                if interrupted <= sum(bool(stop) for stop in stops[:number]):
                    return act("interrupt", of=f"r{number:02d}", reason="enough")
        return act("wait")

    script[TASK] = planner
    return script


def _assign(number: int, drop: list[str] | None = None) -> Turn:
    goal = f"furnish room number {number:02d}"
    item = brief(f"r{number:02d}", goal, f"r{number:02d}.py")
    return act("assign", briefs=[item], drop=drop or [], reason="the next room")


def _last(told: list[str]) -> str:
    return next((text for text in reversed(told) if text.startswith("- r") or "\n- r" in text), "")


# ---- effect ----

CODER_GOOD, PLANNER_GOOD = 0.6, 0.4
ASKS_IF_GOOD, ASKS_IF_BAD = 0.3, 0.9


def measure_effects(count: int, seed: int) -> list[Row]:
    """A planner worse than its coders, that overrides mostly what is bad, behind a lottery."""
    chance = random.Random(f"{seed} effect")
    views: list[LedgerView] = []
    planted: Counter[str] = Counter()
    while planted["asked"] < count:
        good, mine = chance.random() < CODER_GOOD, chance.random() < PLANNER_GOOD
        asks = chance.random() < (ASKS_IF_GOOD if good else ASKS_IF_BAD)
        planted.update(["asked"] if asks else [])
        if not asks:
            continue
        planted.update(["good"] if good else [])
        view = _run(
            _judged(good, mine),
            policy="turns",
            gate="lottery",
            override_lottery=0.5,
            test="python3 test_room.py",
            seed=len(views),
        )
        views.append(view)
        entry = next((e for e in view.effects.values()), None)
        if entry is not None:
            kind = {(True, False): "harmful", (False, True): "helpful"}.get((good, mine), "neutral")
            planted.update([f"planted {kind}", f"found {entry.effect} as {kind}"])
    estimate = lottery_effect(o for view in views for o in view.lottery.values())
    # Among what it asks to override, coders' versions are good with this probability:
    asked_good = CODER_GOOD * ASKS_IF_GOOD
    asked_good /= asked_good + (1 - CODER_GOOD) * ASKS_IF_BAD
    truth = PLANNER_GOOD - asked_good
    assert estimate.interval is not None and estimate.difference is not None
    low, high = estimate.interval
    print(f"lottery: planted effect {truth:+.3f}, estimate {estimate.difference:+.3f} "
          f"({low:+.3f} to {high:+.3f}); {dict(planted)}")  # fmt: skip
    wrong = [k for k in planted if k.startswith("found") and k.split()[1] != k.split()[3]]
    exact = not wrong and low <= truth <= high
    found = rates(views)
    harmful = Share(found.effects.get("harmful", 0), sum(found.effects.values()))
    # Harmful: the coder's was good and the planner's is not.
    share = asked_good * (1 - PLANNER_GOOD)
    return [_row("harmful overrides", share, planted["planted harmful"], harmful, exact)]


def _judged(good: bool, mine: bool) -> dict[str, Any]:
    goal = "furnish room number 00"
    planner = [
        act("assign", briefs=[brief("r00", goal, "room.py")]),
        act("wait"),
        act("accept", of="r00"),
        write("room.py", f"chairs = {2 if mine else 3} * 2\ntable = 'round'\n"),
        finish("furnished", "partial"),  # good or not: the verifier has the last word
    ]
    coder = [write("room.py", f"chairs = {4 if good else 5}\ntable = 'oak'\n"), finish("ok")]
    return {goal: coder, TASK: planner}


# ---- runs ----


def _run(script: dict[str, Any], **settings: Any) -> LedgerView:
    """One run in a repository and state directory of its own; its ledger."""
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(by_goal(script)) as server:
        repo = _repository(Path(folder))
        chosen = Settings(
            mode="swarm",
            model="openai/scripted",
            api_base=server.base,
            reply_format="native",
            sandbox="host",
            max_frames=100,
            max_steps=10_000,
            agent_steps=500,
            **{"max_children": 100, **settings},
        )
        with _state(folder), Journal() as journal:
            ended = asyncio.run(
                start(Order(TASK, repo, chosen), journal, on_progress=lambda _line: None)
            )
            (run_id,) = journal.run_ids()
            if ended.status not in ("finished", "verified", "not_verified"):
                raise SystemExit(f"the run ended as {ended.status}: {ended.reason}")
            return fold_ledger(run_id, journal.events(run_id))


@contextmanager
def _state(folder: str) -> Iterator[None]:
    before = dict(os.environ)
    for kind in ("STATE", "CACHE", "CONFIG"):
        os.environ[f"XDG_{kind}_HOME"] = f"{folder}/{kind.lower()}"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _repository(folder: Path) -> Path:
    repo = folder / "repo"
    repo.mkdir()
    (repo / "test_room.py").write_text("from room import chairs\nassert chairs == 4\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        identity = ["-c", "user.name=B", "-c", "user.email=b@example.org"]
        subprocess.run(["git", *identity, *words], cwd=repo, check=True)
    return repo


def _row(name: str, truth: float, planted: int, measured: Share, exact: bool = True) -> Row:
    low, high = measured.interval or (0.0, 1.0)
    fits = exact and measured.hits == planted and low - 1e-9 <= truth <= high + 1e-9
    return Row(name, truth, planted, measured, fits)


def _said(share: Share) -> str:
    low, high = share.interval or (0.0, 1.0)
    return f"{share.hits} of {share.n} | {low:.2f}–{high:.2f}"


if __name__ == "__main__":
    main()
