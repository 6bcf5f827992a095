"""A report is made once, and every rendering shows the same figures."""

import csv
import io
import json

import pytest
from pyarrow import parquet
from rich.console import Console

from agentcli.compare.report.data import ArmFacts, Report
from agentcli.compare.report.make import make_report
from agentcli.compare.report.markdown import to_markdown
from agentcli.compare.report.rows import to_csv, to_parquet
from agentcli.compare.report.tables import tables
from agentcli.compare.report.terminal import print_report
from tests.compare.statistics.studies import outcome
from tests.support.simulated_arms import SimulatedArm, SimulatedStudy

ARMS = (
    ArmFacts(name="solo", mode="solo", model="m"),
    ArmFacts(name="swarm", mode="swarm", policy="free", model="m"),
)


@pytest.fixture(scope="module")
def report() -> Report:
    simulated = SimulatedStudy(
        [SimulatedArm("swarm", 0.6, 40_000, 0.4, 500, infra=0.1), SimulatedArm("solo", 0.5)], 20, 2
    )
    return make_report("a | study", simulated.outcomes, ARMS, {"seeds": [1, 2]})


def test_arms_stand_in_the_plans_order_with_what_they_are(report: Report) -> None:
    assert [arm.facts for arm in report.arms] == list(ARMS)
    assert report.plan == {"seeds": [1, 2]}


def test_broken_runs_alarm_and_are_counted_both_ways(report: Report) -> None:
    swarm = report.arms[1]
    assert swarm.infra == sum(one.score == "infra" for one in report.outcomes) > 0
    assert (swarm.solved.n, swarm.solved_per_protocol.n) == (40, 40 - swarm.infra)
    assert f"swarm: infrastructure broke {swarm.infra} of 40 trials." in report.alarms[0]
    assert report.comparisons[0].infra == swarm.infra


def test_trials_without_a_counterpart_alarm() -> None:
    found = make_report("cut off", [outcome("a", 0, 1, "+"), outcome("b", 1, 1, "+")])
    assert found.alarms == (
        "a and b: 2 trials have no counterpart on record and are in no comparison.",
    )


def test_a_trial_that_came_home_twice_counts_once() -> None:
    found = make_report("twice", [outcome("a", 0, 1, "!"), outcome("a", 0, 1, "+")])
    assert (found.arms[0].trials, found.arms[0].solved.hits) == (1, 1)


def test_it_is_its_json_and_back(report: Report) -> None:
    text = report.model_dump_json()
    assert Report.model_validate_json(text) == report
    assert json.loads(text)["comparisons"][0]["solved"]["pairs"] == 40


def test_csv_has_a_row_for_each_trial(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert len(rows) == 80
    first, last = rows[0], rows[-1]
    assert (first["arm"], first["mode"], first["policy"]) == ("solo", "solo", "")
    assert (last["arm"], last["policy"], last["study"]) == ("swarm", "free", "a | study")
    assert sum(int(row["overridden"]) for row in rows) == sum(
        one.overridden for trial in report.outcomes for one in trial.ledger.delegations
    )


def test_parquet_holds_the_same_with_types(report: Report) -> None:
    table = parquet.read_table(io.BytesIO(to_parquet(report)))
    assert table.num_rows == 80
    assert table.column("tokens").to_pylist() == [one.tokens for one in report.outcomes]
    assert table.column("cost").to_pylist() == [one.cost for one in report.outcomes]


def test_the_terminal_shows_alarms_tables_and_conclusions(report: Report) -> None:
    console = Console(file=io.StringIO(), width=200)
    print_report(report, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for table in tables(report):
        assert table.title in shown
        assert all(row[0] in shown for row in table.rows)
    assert report.alarms[0] in shown
    assert "You may say: " + report.conclusions[0].may[:60] in shown


def test_markdown_is_tables_that_no_name_breaks(report: Report) -> None:
    text = to_markdown(report)
    assert text.startswith("## a \\| study\n")
    widths = {line.count("|") - line.count("\\|") for line in text.splitlines() if line[:1] == "|"}
    assert widths == {len(table.columns) + 1 for table in tables(report)}
    assert "**May be said:**" in text and "**May not:**" in text


def test_without_delegations_nothing_is_said_of_overriding() -> None:
    found = make_report("alone", [outcome("a", 0, 1, "+"), outcome("b", 0, 1, "-")])
    assert [table.title for table in tables(found)] == ["Arms", "Pairs of arms"]


def test_a_study_without_outcomes_still_has_a_report() -> None:
    found = make_report("empty", [])
    assert to_csv(found) == "\n"
    assert "## empty" in to_markdown(found)
