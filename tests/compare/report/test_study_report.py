"""`study report`: from a study's store, at any moment of its life, for each kind of reader."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from tests.compare.conftest import Opened, does

ARMS = ("--arm", "solo", "--arm", "deep=recursive:max-depth=1")
TEXT = ("-o", "text")


def test_a_comparison_ends_with_its_report_and_says_how_to_get_it_again(lab: Opened) -> None:
    with lab(does("one", "two"), "one", "two") as it:
        said = it.type("compare", *ARMS, *TEXT)
    assert said.code == 0
    assert "Pairs of arms" in said.out
    assert "You may say: These 2 pairs leave open which of the two solves more." in said.out
    folder = said.out.rsplit("agentcli study report ", 1)[1].split()[0]
    again = it.desk.type("study", "report", folder)
    assert (again.code, again.out) == (0, said.out.split("\nStudy: ")[0])


def test_an_unfinished_study_has_a_report_that_says_so(lab: Opened) -> None:
    with lab(does("one", "two"), "one", "two") as it:
        it.type("compare", *ARMS, "--max-total-tokens", "300")
        report = it.desk.type("study", "report", "compare", "--json", "-").json
    assert report["alarms"][0] == "The study is not over: 2 of its trials have no result yet."
    assert [arm["facts"]["mode"] for arm in report["arms"]] == ["solo", "recursive"]
    assert {arm["facts"]["model"] for arm in report["arms"]} == {"openai/scripted"}


def test_every_format_is_written_where_it_is_wanted(lab: Opened, tmp_path: Path) -> None:
    files = {kind: tmp_path / kind for kind in ("html", "csv", "parquet", "markdown", "json")}
    with lab(does("one"), "one") as it:
        study = it.type("compare", *ARMS).json["study"]
        wanted = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
        said = it.desk.type("study", "report", study, *wanted)
    assert (said.code, said.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text())))
    assert [row["arm"] for row in rows] == ["solo", "deep"]
    assert json.loads(files["json"].read_text())["plan"]["seeds"] == [1]
    assert files["markdown"].read_text().startswith("## compare\n")
    assert "+++ b/one.txt" in files["html"].read_text()  # a run's diff
    assert files["parquet"].read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(("name", "told"), [("nothing", "There are: none."), ("/", "no study")])
def test_a_study_that_is_not_there_is_named(lab: Opened, name: str, told: str) -> None:
    with lab(does()) as it:
        said = it.desk.type("study", "report", name)
    assert said.code == 2
    assert told in said.err


def test_a_file_that_cannot_be_written_is_one_clear_line(lab: Opened) -> None:
    with lab(does("one"), "one") as it:
        it.type("compare", *ARMS)
        said = it.desk.type("study", "report", "compare", "--csv", "/nowhere/at.csv")
    assert said.code == 2
    assert said.err == "agentcli: /nowhere/at.csv can't be written: No such file or directory.\n"


@pytest.mark.parametrize(
    ("option", "package", "extra"),
    [("--html", "matplotlib", "report"), ("--parquet", "pyarrow", "parquet")],
)
def test_a_missing_package_is_named_with_what_to_install(
    lab: Opened, monkeypatch: pytest.MonkeyPatch, option: str, package: str, extra: str
) -> None:
    with lab(does("one"), "one") as it:
        it.type("compare", *ARMS)
        monkeypatch.setitem(sys.modules, package, None)  # what Python keeps of a failed import
        said = it.desk.type("study", "report", "compare", option, "-")
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(f"pip install 'agentcli[{extra}]'\n")
