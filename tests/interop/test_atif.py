"""`export`: a run as Harbor's trajectory format, checked against what the format asks for."""

from pathlib import Path

from agentcli.journal.events import Event, ModelReplied, Prompted
from agentcli.journal.store import Journal
from tests.cli.conftest import desk as desk
from tests.interop.atif_schema import Trajectory
from tests.runs.conftest import Office, Opened
from tests.runs.conftest import office as office
from tests.runs.scripts import accepts, act, bash, brief, by_goal, delegate, finish, leads, write

ROOT, CHILD = "build the whole house", "lay a floor of oak"
JSON = ("-o", "json")


def exported(it: Office) -> Trajectory:
    said = it.desk.type("export", "last", "--format", "atif")
    assert said.code == 0, said.err
    return Trajectory.model_validate_json(said.out)


def test_a_run_is_its_agents_words_calls_and_results_in_order(office: Opened) -> None:
    with office([write("b.py", "b = 2\n"), bash("cat b.py"), finish("b is there")]) as it:
        said = it.run("write b.py", "--mode", "solo", *JSON)
        found = exported(it)
    replies = [step for step in found.steps if step.source == "agent"]
    assert [step.source for step in found.steps[:2]] == ["system", "user"]
    assert "write b.py" in found.steps[1].message
    calls = [call for step in replies for call in step.tool_calls or ()]
    assert [call.function_name for call in calls] == ["write", "bash", "finish"]
    assert calls[0].arguments == {"path": "b.py", "content": "b = 2\n"}
    results = [one.content for s in replies if s.observation for one in s.observation.results]
    assert "b = 2" in (results[1] or "")
    assert found.session_id == said.json["run"]
    metrics = found.final_metrics
    assert metrics is not None
    assert metrics.total_prompt_tokens == said.json["tokens"]["input"]
    assert metrics.total_completion_tokens == said.json["tokens"]["output"]


def test_a_childs_trajectory_is_inside_its_parents_and_named_by_the_call(office: Opened) -> None:
    child = [write("floor.txt", "oak\n"), finish("the floor is laid")]
    root = [bash("ls"), bash("ls"), delegate(CHILD), finish("stands")]
    with office(by_goal({CHILD: child, ROOT: root})) as it:
        it.run(ROOT, *JSON)
        found = exported(it)
    (inner,) = found.subagent_trajectories
    assert CHILD in inner.steps[1].message
    (step,) = [
        s for s in found.steps if any(c.function_name == "delegate" for c in s.tool_calls or ())
    ]
    assert step.observation is not None
    references = step.observation.results[0].subagent_trajectory_ref or []
    assert [one.trajectory_id for one in references] == [inner.trajectory_id]


def test_a_swarms_coders_are_all_inside_the_planners(office: Opened) -> None:
    plan = act("assign", briefs=[brief("a", "make a", "a.txt"), brief("b", "make b", "b.txt")])
    coders = {f"make {n}": [write(f"{n}.txt", n), finish(n)] for n in "ab"}
    with office(by_goal({**coders, ROOT: leads(plan, accepts)})) as it:
        said = it.run(ROOT, "--mode", "swarm", *JSON)
        assert said.code == 0, said.err
        found = exported(it)
    assert len(found.subagent_trajectories) == 2


def test_events_go_out_as_they_are_kept(office: Opened, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    with office([finish("nothing to do"), finish("nothing to do")]) as it:
        run = it.run("do nothing", "--mode", "solo", *JSON).json["run"]
        assert it.desk.type("export", "last", "--format", "jsonl", "-o", str(file)).code == 0
    events = [Event.from_json(line) for line in file.read_text().splitlines()]
    with Journal() as journal:
        assert events == list(journal.events(run))
    assert any(isinstance(one.body, ModelReplied) for one in events)
    assert any(isinstance(one.body, Prompted) for one in events)


def test_a_file_that_cannot_be_written_is_one_clear_line(office: Opened) -> None:
    with office([finish("x"), finish("x")]) as it:
        it.run("do nothing", "--mode", "solo", *JSON)
        said = it.desk.type("export", "last", "-o", "/nowhere/run.json")
    assert said.code == 2
    assert "/nowhere/run.json can't be written" in said.err
