"""The plan: paired, interleaved, balanced, and the same for the same question."""

from collections import Counter
from itertools import groupby
from pathlib import Path

from agentcli.compare.arms import parse_arm
from agentcli.compare.plan import Plan, make_plan
from agentcli.settings import Settings
from agentcli.tasks.task import Layer, Limits, Task


def task(name: str, text: str = "x") -> Task:
    return Task(id=name, prompt="Do it.", start=Layer(files={"a.txt": text}), verify="true")


def plan(*, tasks: int = 4, seeds: int = 3, budget: int | None = None, **base: object) -> Plan:
    arms = [parse_arm(text) for text in ("solo", "recursive", "swarm:policy=turns")]
    names = [task(f"t{number}") for number in range(tasks)]
    return make_plan("p", names, arms, seeds, Limits(max_tokens=budget), Settings(**base))


def test_arms_of_a_task_and_seed_stand_together_and_take_turns_in_being_first() -> None:
    trials = list(plan().trials())
    blocks = [list(block) for _, block in groupby(trials, lambda t: (t.seed, t.task))]
    assert [len({t.arm for t in block}) for block in blocks] == [3] * 12
    assert set(Counter(block[0].arm for block in blocks).values()) == {4}
    assert [t.seed for t in trials] == sorted(t.seed for t in trials)


def test_the_same_question_is_the_same_plan_and_has_the_same_trials() -> None:
    assert plan().digest == plan().digest
    assert list(plan().trials()) == list(plan().trials())
    assert len({t.id for t in plan().trials()}) == 36


def test_any_change_of_what_is_asked_is_another_plan() -> None:
    plans = [plan(), plan(seeds=2), plan(tasks=3), plan(budget=1000), plan(model="openai/x")]
    assert len({one.digest for one in plans}) == 5
    ids = {t.id for t in plan(budget=1000).trials()} & {t.id for t in plan().trials()}
    assert not ids


def test_where_a_model_is_served_is_no_part_of_the_question() -> None:
    assert plan(api_base="http://here/v1").digest == plan(api_base="http://there/v1").digest


def test_a_task_is_known_by_its_contents_not_by_its_place(tmp_path: Path) -> None:
    def made(place: str, text: str) -> dict[str, str]:
        folder = tmp_path / place
        folder.mkdir()
        (folder / "a.txt").write_text(text)
        one = Task(id="t", prompt="Do it.", start=Layer(folder=folder), verify="true")
        return make_plan("p", [one], [parse_arm("solo")], 1, Limits(), Settings()).tasks

    assert made("here", "x") == made("there", "x") != made("elsewhere", "y")


def test_the_plan_says_what_it_is_made_with() -> None:
    versions = plan().versions
    assert len(versions.prompts["coder/system.j2"]) == 12
    other = versions.model_copy(
        update={"litellm": "0", "prompts": {**versions.prompts, "coder/system.j2": "0"}}
    )
    assert versions.differences(versions) == []
    assert versions.differences(other) == [
        f"litellm {versions.litellm}, now 0",
        "prompts coder/system.j2",
    ]


def test_a_plan_survives_being_written_down() -> None:
    assert Plan.model_validate_json(plan().model_dump_json()) == plan()
