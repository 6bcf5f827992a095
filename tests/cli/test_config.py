"""`config` tells each setting's value and origin; `completion` completes; both start fast."""

import os
import subprocess
import sys

import click
import pytest

from agentcli.cli.run import run
from agentcli.settings import Settings, user_file
from tests.cli.conftest import Desk


def test_every_setting_is_told_with_its_meaning(desk: Desk) -> None:
    said = desk.type("config", "--json").json
    assert list(said) == list(Settings.model_fields)
    assert all(one["origin"] == "default" and one["meaning"] for one in said.values())
    assert all(name in desk.type("config").out for name in Settings.model_fields)


def test_the_origin_is_the_layer_that_won(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text("max_steps = 5\nseed = 7\n")
    (desk.repo / ".agentcli.toml").write_text("max_steps = 6\n")
    monkeypatch.setenv("AGENTCLI_MODE", "solo")
    said = desk.type("config", "--changed", "--json").json
    assert {name: (one["value"], one["origin"]) for name, one in said.items()} == {
        "mode": ("solo", "environment"),
        "seed": (7, str(user_file())),
        "max_steps": (6, str(desk.repo / ".agentcli.toml")),
    }


def test_a_wrong_setting_is_one_clear_line(desk: Desk) -> None:
    (desk.repo / ".agentcli.toml").write_text("max_step = 6\n")
    said = desk.type("config")
    assert said.code == 2
    assert "Did you mean `max_steps`?" in said.err


def test_an_unknown_key_in_the_persons_own_file_names_file_and_nearest(desk: Desk) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text("sandbx = 'host'\n")
    said = desk.type("config")
    assert said.code == 2
    assert f"`sandbx` in {user_file()}" in said.err and "`sandbox`" in said.err


def test_each_option_of_run_says_what_holds_without_it() -> None:
    options = [option for option in run.params if isinstance(option, click.Option)]
    told = {option.name: option.get_help_record(click.Context(run)) for option in options}
    silent = [name for name, record in told.items() if record and "[default: " not in record[1]]
    assert silent == ["task_file"]  # the task itself, in another place
    assert "[default: 200]" in str(told["max_steps"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(desk: Desk, shell: str) -> None:
    assert f"_AGENTCLI_COMPLETE={shell}_complete" in desk.type("completion", shell).out


def test_the_bash_script_completes_run_ids(desk: Desk, done: str) -> None:
    script = desk.type("completion", "bash").out
    words = f"COMP_WORDS=(agentcli show {done[:3]}); COMP_CWORD=2; _agentcli_completion agentcli"
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120
    completed = subprocess.run(
        ["bash", "-c", f'{script}\n{words}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split() == [done]


@pytest.mark.parametrize("command", ["runs", "config", "show", "apply", "rm", "models", "doctor"])
def test_looking_never_imports_what_is_heavy(command: str) -> None:
    heavy = "('litellm', 'docker', 'tree_sitter', 'git', 'httpx', 'rich')"
    probe = (
        "import sys; from agentcli.cli.main import run_cli; "
        f"run_cli(['{command}', '--help']); print([m for m in {heavy} if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
