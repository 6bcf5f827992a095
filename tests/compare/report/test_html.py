"""The HTML report: one file that asks nobody for anything, and that a browser shows."""

import os
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from agentcli.compare.report.data import ArmFacts, Report
from agentcli.compare.report.evidence import Evidence
from agentcli.compare.report.html import to_html
from agentcli.compare.report.make import make_report
from agentcli.compare.report.tables import tables
from agentcli.journal.events import Brief
from agentcli.journal.folds import AgentView
from tests.compare.statistics.studies import outcome
from tests.support.browser import find_browser
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy

BROWSER = find_browser()
HOSTILE = '<script>alert("x")</script>'
PATCH = "diff --git a/a.py b/a.py\n-<old>\n+new & better\n"


@pytest.fixture(scope="module")
def report() -> Report:
    arms = [SimulatedArm("solo", 0.5), SimulatedArm("free", 0.7, 40_000, 0.4, 500, infra=0.1)]
    facts = [ArmFacts(name="solo"), ArmFacts(name="free", mode="swarm", policy="free")]
    return make_report(HOSTILE, SimulatedStudy(arms, 12, 2).outcomes, facts, {"seeds": [1, 2]})


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return to_html(report, evidence(report))


def evidence(report: Report) -> dict[str, Evidence]:
    """Only the runs of one arm are still there."""
    coder = AgentView("1.1", "1", "coder", "openai/m", Brief(goal=f"Mend {HOSTILE}"), "done")
    kept = [one.run_id or "" for one in report.outcomes if one.arm == "free"]
    return {run: Evidence((coder,), PATCH) for run in kept}


class Seen(HTMLParser):
    """What a reader and a browser meet in the file."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.places: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "xlink:href", "src", "srcset", "action", "data"):
                self.places.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_leads_nowhere_but_into_itself(page: str) -> None:
    seen = Seen(page)
    assert {place for place in seen.places if not place.startswith("#")} == set()
    assert {place[1:] for place in seen.places} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert not re.search(r"url\((?!#)|@import", page)


def test_names_and_diffs_are_text_whatever_they_hold(page: str) -> None:
    assert HOSTILE not in page
    assert HOSTILE in Seen(page).text
    assert PATCH in Seen(page).text


def test_every_figure_of_every_table_is_there_and_leads_to_its_runs(
    report: Report, page: str
) -> None:
    shown = Seen(page)
    for table in tables(report):
        assert table.title in shown.text
        for row in table.rows:
            assert all(cell in shown.text for cell in row)
    assert {"#arm-0", "#arm-1", "#grid"} <= set(shown.places)


def test_every_run_has_a_place_with_its_ledger_and_diff(report: Report, page: str) -> None:
    shown = Seen(page)
    assert {f"run-{one.trial}" for one in report.outcomes} <= set(shown.ids)
    assert {f"#run-{one.trial}" for one in report.outcomes} <= set(shown.places)
    acts = sum(len(one.ledger.entries) for one in report.outcomes)
    assert len(re.findall(r">\d+ rewrite<", page)) == acts > 0
    kept = [one for one in report.outcomes if one.arm == "free"]
    assert shown.text.count("new & better") == shown.text.count("1.1 coder") == len(kept)
    assert "agentcli diff solo-0-1" in shown.text


def test_a_long_diff_is_clipped_and_says_where_the_rest_is() -> None:
    found = make_report("long", [outcome("a", 0, 1, "+")])
    page = to_html(found, {"a-0-1": Evidence((), "+x\n" * 50_000)})
    assert len(page) < 100_000
    assert "… the rest: agentcli diff a-0-1" in page


def test_the_same_outcomes_are_the_same_file(report: Report, page: str) -> None:
    assert to_html(report, evidence(report)) == page


def test_a_study_without_outcomes_has_a_page() -> None:
    assert "0 trials" in to_html(make_report("empty", []), {})


Browse = Callable[..., str]


@pytest.fixture
def browse(page: str, tmp_path: Path) -> Browse:
    """Open the page at a place in it; what the browser prints."""
    if BROWSER is None:
        pytest.skip("no chromium here to look with")
    fixed = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    file = tmp_path / "report.html"
    file.write_text(page)

    def look(*flags: str, place: str = "") -> str:
        done = subprocess.run(
            [BROWSER, *fixed, f"--user-data-dir={tmp_path}/me", *flags, file.as_uri() + place],
            check=True,
            capture_output=True,
            text=True,
            timeout=100,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        return done.stdout

    return look


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "paper"), [("1", (255, 255, 255)), ("0", (22, 24, 26))])
def test_a_browser_shows_it_in_light_and_dark(
    browse: Browse, tmp_path: Path, scheme: str, paper: tuple[int, int, int]
) -> None:
    shot = tmp_path / "shot.png"
    size = ("--window-size=1200,3000", f"--screenshot={shot}")
    browse(f"--blink-settings=preferredColorScheme={scheme}", *size)
    seen = Image.open(shot).convert("RGB")
    colors = {color: n for n, color in seen.getcolors(1 << 24) or []}
    assert max(colors, key=lambda color: colors[color]) == paper
    assert colors.get((0, 114, 178), 0) > 50  # the first arm's marks: the pictures are drawn
    assert colors.get((213, 94, 0), 0) > 50


@pytest.mark.browser
def test_a_link_to_a_run_opens_it(browse: Browse) -> None:
    opened = browse("--dump-dom", place="#run-free-3-1").split('<details open="">')
    assert len(opened) == 2
    assert opened[1].index('id="run-free-3-1"') < opened[1].index("</details>")
