"""Study files: the ready ones can be carried out, and one's own say what is wrong with them."""

from pathlib import Path

import pytest

from agentcli.compare.arms import check_names
from agentcli.compare.study_file import find_study, ready_studies
from agentcli.errors import UsageFault
from agentcli.runs.checks import check_way_of_working
from agentcli.settings import Settings, changed
from tests.compare.conftest import Opened, does

STUDY = """\
about: Does depth help?
arms:
  flat: {mode: recursive, max-depth: 0}
  deep: {mode: recursive, max-depth: "${depth}"}
parameters: {depth: levels}
budget: {tokens: 5000}
seeds: 2
"""


@pytest.mark.parametrize("name", ready_studies())
def test_a_ready_study_can_be_carried_out(name: str) -> None:
    _, study = find_study(name)
    given = dict.fromkeys(study.parameters, "openai/some-model")
    base = changed(Settings(test="true"), study.shared(given), name)
    arms = study.made_arms(given)
    check_names(arms)
    for arm in arms:
        check_way_of_working(arm.settings(base))
    assert study.about.endswith("?")
    assert study.budget.limits().max_tokens or all("max-tokens" in a for a in study.arms.values())


def test_a_file_is_carried_out_on_the_tasks_given(lab: Opened, tmp_path: Path) -> None:
    file = tmp_path / "depth.yaml"
    file.write_text(STUDY)
    with lab(does("one"), "one") as it:
        missing = it.desk.type("study", "run", str(file), str(it.tasks))
        assert (missing.code, it.server.chats) == (2, [])
        assert "needs to know 'depth': levels" in missing.err
        _, *given = it.arguments("compare", "--param", "depth=2", "--seeds", "1")
        said = it.desk.type("study", "run", str(file), *given)
    assert said.code == 0, said
    assert said.json["plan"]["name"] == "depth"
    assert said.json["plan"]["budget"]["max_tokens"] == 5000
    assert [arm["changes"]["max_depth"] for arm in said.json["plan"]["arms"]] == [0, 2]
    assert len(said.json["trials"]) == 2


@pytest.mark.parametrize(
    ("text", "complaint", "fix"),
    [
        ("arms: {}\n", "`about`", "docs/compare.md"),
        ("about: x\narmz: {}\n", "unknown key `armz`", "`arms`"),
        ("about: x\narms: {a: {mode: solo}}\nbudget: {token: 1}\n", "budget.token", "`tokens`"),
        ("about: [\n", "line 2", ""),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, complaint: str, fix: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(text)
    with pytest.raises(UsageFault) as fault:
        find_study(str(file))
    assert complaint in fault.value.message
    assert fix in fault.value.fix


def test_a_misspelt_name_is_told_the_nearest() -> None:
    with pytest.raises(UsageFault, match="`policies`"):
        find_study("polices")


def test_tasks_of_a_file_are_seen_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("about: x\narms: {a: {mode: solo}}\ntasks: [some, 'quixbugs:q']\n")
    assert find_study(str(file))[1].tasks == (f"{tmp_path}/some", f"quixbugs:{tmp_path}/q")


def test_the_list_says_what_each_study_asks(lab: Opened) -> None:
    with lab(does()) as it:
        said = it.desk.type("study", "list")
    assert said.code == 0
    assert all(name in said.out for name in (*ready_studies(), "article"))
