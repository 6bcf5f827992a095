"""Settings in layers: defaults < user file < project file < environment < flags."""

from pathlib import Path

import pytest

from agentcli.errors import ExitCode, UsageFault
from agentcli.settings import PROJECT_FILE, Settings, load_settings, user_file


def write_user_file(text: str) -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text(text)


def test_each_layer_wins_over_those_before_it_and_is_named(tmp_path: Path) -> None:
    project = tmp_path / PROJECT_FILE
    write_user_file("max_steps = 1\nmax_depth = 1\npids = 100\nseed = 1\n")
    project.write_text("max_depth = 2\npids = 200\nseed = 2\n")
    environment = {"AGENTCLI_PIDS": "300", "AGENTCLI_SEED": "3", "OTHER": "x"}
    loaded = load_settings(tmp_path, {"seed": 4}, environment)
    got = loaded.settings
    assert (got.max_steps, got.max_depth, got.pids, got.seed) == (1, 2, 300, 4)
    names = ("cpus", "max_steps", "max_depth", "pids", "seed")
    assert [loaded.origins[name] for name in names] == [
        "default",
        str(user_file()),
        str(project),
        "environment",
        "flags",
    ]


def test_without_any_layer_the_defaults_hold() -> None:
    loaded = load_settings(None, {}, {})
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_a_flag_that_was_not_given_changes_nothing() -> None:
    loaded = load_settings(None, {"seed": None, "network": False}, {"AGENTCLI_SEED": "7"})
    assert loaded.settings.seed == 7
    assert (loaded.origins["seed"], loaded.origins["network"]) == ("environment", "flags")


@pytest.mark.parametrize(
    ("written", "hint"),
    [("max_token", "Did you mean `max_tokens`?"), ("zzzzqq", "See `agentcli config`")],
)
def test_an_unknown_key_names_the_nearest_and_its_layer(
    tmp_path: Path, written: str, hint: str
) -> None:
    (tmp_path / PROJECT_FILE).write_text(f"{written} = 1\n")
    with pytest.raises(UsageFault) as fault:
        load_settings(tmp_path, {}, {})
    assert f"`{written}` in {tmp_path / PROJECT_FILE}" in fault.value.message
    assert hint in fault.value.fix
    assert fault.value.exit_code == ExitCode.USAGE


def test_an_unknown_environment_variable_of_ours_is_an_error() -> None:
    with pytest.raises(UsageFault, match="Did you mean `mode`"):
        load_settings(None, {}, {"AGENTCLI_MODES": "solo"})


@pytest.mark.parametrize(
    ("environment", "flags", "layer"),
    [
        ({"AGENTCLI_PIDS": "many"}, {}, "environment"),
        ({"AGENTCLI_PIDS": "100"}, {"pids": 1}, "flags"),
    ],
)
def test_a_bad_value_names_its_layer_and_what_the_setting_means(
    environment: dict[str, str], flags: dict[str, int], layer: str
) -> None:
    with pytest.raises(UsageFault) as fault:
        load_settings(None, flags, environment)
    assert f"`pids` from {layer}" in fault.value.message
    assert "processes of a sandbox" in fault.value.fix


def test_a_bad_item_of_a_list_is_named_by_the_list(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text("protect = [1]\n")
    with pytest.raises(UsageFault, match=f"`protect` from {tmp_path / PROJECT_FILE}"):
        load_settings(tmp_path, {}, {})


@pytest.mark.parametrize(
    ("value", "hosts"), [("a.org, b.org,", ("a.org", "b.org")), ("a.org", ("a.org",)), ("", ())]
)
def test_lists_in_the_environment_are_parted_by_commas(value: str, hosts: tuple[str, ...]) -> None:
    loaded = load_settings(None, {}, {"AGENTCLI_NETWORK_ALLOW": value})
    assert loaded.settings.network_allow == hosts


def test_numbers_and_switches_in_the_environment_are_read() -> None:
    environment = {"AGENTCLI_NETWORK": "true", "AGENTCLI_CPUS": "1.5"}
    settings = load_settings(None, {}, environment).settings
    assert (settings.network, settings.cpus) == (True, 1.5)


def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text("model = \n")
    with pytest.raises(UsageFault, match=r"not valid TOML.*line 1") as fault:
        load_settings(tmp_path, {}, {})
    assert str(tmp_path / PROJECT_FILE) in str(fault.value)


def test_a_file_in_another_encoding_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_bytes(b'model = "caf\xe9"\n')
    with pytest.raises(UsageFault, match="not valid TOML"):
        load_settings(tmp_path, {}, {})


def test_a_settings_file_that_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).mkdir()
    with pytest.raises(UsageFault, match="can't be read"):
        load_settings(tmp_path, {}, {})


def test_settings_never_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().seed = 3  # type: ignore[misc]


def test_a_repository_can_not_allow_itself_anything(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text('allow = ["host"]\n')
    with pytest.raises(UsageFault, match="`allow` is set in") as fault:
        load_settings(tmp_path, {}, {})
    assert str(user_file()) in fault.value.fix
