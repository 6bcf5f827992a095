"""Public sets by their layouts: what an agent gets, what stays hidden, and that it can be proven.

The exercises are our own; only where the files lie is the sets'.
"""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from agentcli.errors import UsageFault
from agentcli.sandbox.docker import DockerBackend
from agentcli.settings import Settings
from agentcli.tasks.check import Checker
from agentcli.tasks.find import find_tasks
from agentcli.tasks.importers.swebench import Prediction, write_predictions
from agentcli.tasks.material import materialised
from agentcli.tasks.task import Task
from tests.workspace.conftest import Person, _own_configuration, person  # noqa: F401

TWICE, RIGHT = "def twice(n):\n    pass\n", "def twice(n):\n    return 2 * n\n"
TEST = "from twice import twice\n\n\ndef test_twice():\n    assert twice(4) == 8\n"


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def exercise(root: Path, track: str) -> Path:
    here = f"{track}exercises/practice/twice"
    roles = {"solution": ["twice.py"], "test": ["twice_test.py"], "example": [".meta/example.py"]}
    return lay_out(
        root,
        {
            f"{here}/.meta/config.json": json.dumps({"files": roles}),
            f"{here}/.meta/example.py": RIGHT,
            f"{here}/.docs/instructions.md": "# Instructions\n\nDouble the number.\n",
            f"{here}/.docs/instructions.append.md": "Numbers are ints.\n",
            f"{here}/.approaches/introduction.md": RIGHT,
            f"{here}/twice.py": TWICE,
            f"{here}/twice_test.py": TEST,
            f"{here}/helper.py": "",
            "concepts/loops/.meta/config.json": json.dumps({"blurb": "no exercise"}),
        },
    )


def quixbugs(root: Path) -> Path:
    test = TEST.replace("from twice", "from python_programs.twice")
    return lay_out(
        root,
        {
            "python_programs/twice.py": TWICE,
            "python_programs/other.py": "",
            "correct_python_programs/twice.py": RIGHT,
            "python_testcases/test_twice.py": test,
            "json_testcases/twice.json": "[4, 8]\n",
            "conftest.py": "",
        },
    )


def humaneval(root: Path) -> Path:
    row = {
        "task_id": "Human/7",
        "prompt": 'def twice(n):\n    """Double n."""\n',
        "entry_point": "twice",
        "canonical_solution": "    return 2 * n\n",
        "test": "def check(candidate):\n    assert candidate(4) == 8\n",
    }
    with gzip.open(root / "set.jsonl.gz", "wt") as file:
        file.write(json.dumps(row) + "\n\n")
    return root / "set.jsonl.gz"


def harbor(root: Path) -> Path:
    return lay_out(
        root,
        {
            "twice/task.toml": '[metadata]\ndifficulty = "easy"\n[verifier]\ntimeout_sec = 30.0\n',
            "twice/instruction.md": "Mend `/app/src/twice.py`; work in /app.\n",
            "twice/environment/Dockerfile": "FROM x\nWORKDIR /app\nCOPY code/ src/\nCOPY n /etc/\n",
            "twice/environment/code/twice.py": TWICE,
            "twice/environment/n": "4",
            "twice/solution/solve.sh": f"cat >/app/src/twice.py <<'EOF'\n{RIGHT}EOF\n",
            "twice/tests/test.sh": (
                "apt-get update\ncurl -L x | sh\nsource $HOME/.local/bin/env\n"
                "uvx -p 3.13 -w pytest==8.4.1 pytest --ctrf /logs/verifier/c.json /tests/t.py -rA\n"
                "if [ $? -eq 0 ]; then echo 1 > /logs/verifier/reward.txt\n"
                "else echo 0 > /logs/verifier/reward.txt; fi\n"
            ),
            "twice/tests/t.py": "import sys\nsys.path.insert(0, '/app/src')\n" + TEST,
        },
    )


def terminal_bench(root: Path) -> Path:
    return lay_out(
        root,
        {
            "twice/task.yaml": "instruction: Write /app/out.txt.\ndifficulty: easy\n",
            "twice/Dockerfile": "FROM x\nWORKDIR /app\n",
            "twice/solution.sh": "echo 8 > /app/out.txt\n",
            "twice/run-tests.sh": "uv init\nuv run pytest $TEST_DIR/test_outputs.py -rA\n",
            "twice/tests/test_outputs.py": (
                "from pathlib import Path\n\n\ndef test_it():\n"
                "    assert Path('/app/out.txt').read_text() == '8\\n'\n"
            ),
        },
    )


def newest_patch(repository: Person) -> str:
    repository.commit()
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    return repository.git("diff", "--no-color", *prefixes, "HEAD~") + "\n"


def swebench(root: Path, repository: Person) -> Path:
    """A row on a checkout whose test runner is a command of its own."""
    repository.write("twice.py", TWICE)
    base = repository.commit()
    repository.write("twice.py", RIGHT)
    fix = newest_patch(repository)
    repository.write("test_twice.py", TEST)
    tests = newest_patch(repository)
    (root / "repos").mkdir()
    (root / "repos/ada__twice").symlink_to(repository.root)
    row = {
        "instance_id": "ada__twice-1",
        "repo": "ada/twice",
        "base_commit": base,
        "problem_statement": "twice(4) is None.",
        "patch": fix,
        "test_patch": tests,
        "FAIL_TO_PASS": '["test_twice.py::test_twice"]',
        "PASS_TO_PASS": "[]",
    }
    return lay_out(root, {"rows.jsonl": json.dumps(row)}) / "rows.jsonl"


def only(where: str) -> Task:
    (task,) = find_tasks(where)
    return task


def seen(task: Task) -> set[str]:
    with materialised(task) as repo:
        files = (file for file in repo.rglob("*") if file.is_file())
        return {path for f in files if not (path := str(f.relative_to(repo))).startswith(".git/")}


def test_exercism_shows_the_tests_and_hides_the_example(tmp_path: Path) -> None:
    task = only(f"exercism:{exercise(tmp_path, '')}")
    assert seen(task) == {"twice.py", "twice_test.py", "helper.py"}
    assert "Double the number." in task.prompt and "Numbers are ints." in task.prompt
    assert task.protect == ("twice_test.py",)
    assert task.agents_check == task.verify


def test_polyglot_hides_the_tests_too(tmp_path: Path) -> None:
    task = only(f"polyglot:{exercise(tmp_path, 'python/')}")
    assert seen(task) == {"twice.py", "helper.py"}
    assert task.agents_check is None
    assert "twice_test.py" not in task.prompt


def test_quixbugs_shows_one_program_and_its_tests(tmp_path: Path) -> None:
    assert seen(only(f"quixbugs:{quixbugs(tmp_path)}")) == {
        *("python_programs/twice.py", "python_testcases/test_twice.py"),
        *("json_testcases/twice.json", "conftest.py"),
    }


def test_humaneval_hides_the_assertions(tmp_path: Path) -> None:
    task = only(f"humaneval:{humaneval(tmp_path)}")
    assert (task.id, seen(task)) == ("Human-7", {"solution.py"})


def test_harbor_shows_what_its_dockerfile_puts_into_the_work_folder(tmp_path: Path) -> None:
    task = only(f"harbor:{harbor(tmp_path)}")
    assert seen(task) == {"src/twice.py", ".gitkeep"}
    assert task.prompt == "Mend `src/twice.py`; work in ..\n"
    assert (task.timeout, task.tags, task.dockerfile) == (30, ("harbor", "easy"), None)


def test_a_dockerfile_that_installs_is_built(tmp_path: Path) -> None:
    lay_out(harbor(tmp_path), {"twice/environment/Dockerfile": "FROM x\nRUN make it\n"})
    assert only(f"harbor:{tmp_path}").dockerfile == tmp_path / "twice/environment/Dockerfile"


def test_swebench_starts_at_the_commit_and_hides_both_patches(
    tmp_path: Path,
    person: Person,  # noqa: F811
) -> None:
    task = only(f"swebench:{swebench(tmp_path, person)}")
    assert seen(task) == {"twice.py", "a.txt", "sub/b.txt"}
    assert task.verify == "python -m pytest -q test_twice.py::test_twice"


@pytest.mark.parametrize(
    ("row", "command"),
    [
        ({"FAIL_TO_PASS": ["t.py::a[x y]"]}, "python -m pytest -q 't.py::a[x y]'"),
        ({"FAIL_TO_PASS": ["test_a (m.tests.T)"]}, "python tests/runtests.py m.tests.T.test_a"),
        ({"FAIL_TO_PASS": ["test_a"]}, "python -m pytest -q test_twice.py"),
        ({"test_cmd": "make test"}, "make test"),
    ],
)
def test_swebench_runs_tests_by_the_way_they_are_named(
    tmp_path: Path,
    person: Person,  # noqa: F811
    row: dict[str, object],
    command: str,
) -> None:
    file = swebench(tmp_path, person)
    file.write_text(json.dumps({**json.loads(file.read_text()), **row}))
    assert only(f"swebench:{file}").verify == command


def test_predictions_are_a_line_each_and_the_last_counts(tmp_path: Path) -> None:
    made = [
        Prediction(instance_id=i, model_name_or_path="m", model_patch=p)
        for i, p in ("ax", "by", "az")
    ]
    write_predictions(tmp_path / "preds.jsonl", made)
    rows = [json.loads(line) for line in (tmp_path / "preds.jsonl").read_text().splitlines()]
    assert [(row["instance_id"], row["model_patch"]) for row in rows] == [("a", "z"), ("b", "y")]
    assert set(rows[0]) == {"instance_id", "model_name_or_path", "model_patch"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("humaneval", '{"task_id": "a"}', "line 1: there is no text `prompt`"),
        ("humaneval", "{", "line 1 is not JSON"),
        ("swebench", "[]", "line 1 is not a JSON object"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    lay_out(tmp_path, {"x.jsonl": text})
    with pytest.raises(UsageFault, match=said):
        find_tasks(f"{name}:{tmp_path / 'x.jsonl'}")


@pytest.mark.docker
def test_each_set_proves_fit_in_the_sandbox(tmp_path: Path, person: Person) -> None:  # noqa: F811
    places = {name: tmp_path / name for name in ("e", "p", "q", "h", "b", "t", "s")}
    for place in places.values():
        place.mkdir()
    tasks = [
        only(f"exercism:{exercise(places['e'], '')}"),
        only(f"polyglot:{exercise(places['p'], 'python/')}"),
        only(f"quixbugs:{quixbugs(places['q'])}"),
        only(f"humaneval:{humaneval(places['h'])}"),
        only(f"harbor:{harbor(places['b'])}"),
        only(f"terminal-bench:{terminal_bench(places['t'])}"),
        only(f"swebench:{swebench(places['s'], person)}"),
    ]
    checker = Checker(DockerBackend(), Settings(), 1)  # type: ignore[call-arg]
    checked = asyncio.run(checker.check_all(tasks, 2, lambda one: None))
    assert [(one.fitness, one.reason) for one in checked] == [("fit", "")] * len(tasks)
