"""The image's recipe, and where its packages come from when no registry answers."""

import asyncio
from pathlib import Path

import pytest

from agentcli.errors import SandboxFault
from agentcli.sandbox import image
from agentcli.sandbox.apt import release
from agentcli.sandbox.engine import connect

DEBIAN = 'ID=debian\nVERSION_CODENAME="trixie"\n'
DEB822 = """\
Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb deb-src
URIs: http://security.example/debian-security
Suites: trixie-security
Components: main

Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no
"""


def _etc(folder: Path, os_release: str, files: dict[str, str]) -> Path:
    (folder / "apt/sources.list.d").mkdir(parents=True)
    (folder / "os-release").write_text(os_release)
    for name, text in files.items():
        (folder / "apt" / name).write_text(text)
    return folder


def test_the_mirror_is_this_systems_own_in_either_notation(tmp_path: Path) -> None:
    found = release(_etc(tmp_path / "new", DEBIAN, {"sources.list.d/debian.sources": DEB822}))
    key = "[signed-by=/usr/share/keyrings/debian.gpg] "
    assert found.suite == "trixie"
    assert found.mirrors == ("http://mirror.example/debian",)
    assert set(found.lines) == {
        f"deb {key}http://mirror.example/debian trixie main",
        f"deb {key}http://mirror.example/debian trixie-updates main",
        "deb http://security.example/debian-security trixie-security main",
    }
    old = "# deb http://no/ x main\ndeb [arch=amd64] http://old.example/u noble universe main # c\n"
    other = "deb https://vendor.example/apt stable main\n"
    found = release(
        _etc(
            tmp_path / "old",
            "ID=ubuntu\nVERSION_CODENAME=noble\n",
            {"sources.list": old, "sources.list.d/vendor.list": other},
        )
    )
    assert found.lines == ("deb [arch=amd64] http://old.example/u noble universe main",)


@pytest.mark.parametrize("text", ["ID=fedora\n", DEBIAN])
def test_a_system_without_such_sources_takes_debians_usual_mirror(
    tmp_path: Path, text: str
) -> None:
    found = release(_etc(tmp_path / "etc", text, {}))
    assert (found.suite, found.mirrors) == ("bookworm", ())


def test_the_tag_follows_the_recipe() -> None:
    assert image.tag().startswith("agentcli-sandbox:")
    assert image.tag() == image.tag()


@pytest.mark.docker
async def test_a_built_image_is_found_and_not_built_again(sandbox_image: str) -> None:
    lines: list[str] = []
    assert await image.find() == sandbox_image == image.tag()
    assert await image.build(lines.append) == sandbox_image
    assert lines == []


async def test_without_an_engine_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(SandboxFault, match="No Docker engine answers"):
        await image.build(lambda line: None)


async def test_without_a_registry_or_tools_the_fix_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxFault, match="apt install mmdebstrap"):
        await image._bootstrap(tmp_path, tmp_path / "root.tar", lambda line: None)


@pytest.mark.slow
@pytest.mark.docker
async def test_the_image_can_be_made_from_packages(sandbox_image: str) -> None:
    """Takes about 20 seconds and needs a mirror."""
    lines: list[str] = []
    before = await asyncio.to_thread(_images)
    await image._from_packages(lines.append)
    assert any("Importing" in line for line in lines)
    assert await image.find() == sandbox_image
    assert len(await asyncio.to_thread(_images)) <= len(before) + 1


def _images() -> list[str]:
    api = connect()
    try:
        return [found["Id"] for found in api.images()]
    finally:
        api.close()
