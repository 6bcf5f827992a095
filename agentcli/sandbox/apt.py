"""Where this system gets its packages: the mirror for an image made without a registry."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_USUAL_SUITE = "bookworm"
_COMPONENTS = frozenset({"main", "universe"})  # universe: Ubuntu's place for ripgrep


@dataclass(frozen=True)
class Release:
    """A distribution's release and the source lines to fetch it from.

    Without lines the tools take their own usual mirror.
    """

    suite: str
    lines: tuple[str, ...]

    @property
    def mirrors(self) -> tuple[str, ...]:
        """The first source's URL, for tools that take only one; none when there is none."""
        return tuple(word for line in self.lines[:1] for word in line.split() if "://" in word)


def release(etc: Path = Path("/etc")) -> Release:
    """This system's own release and mirrors; Debian 12 from its usual mirror on other systems."""
    distribution, suite = _identify(etc / "os-release")
    if distribution not in ("debian", "ubuntu") or not suite:
        return Release(_USUAL_SUITE, ())
    lines = tuple(dict.fromkeys(_lines(etc / "apt", suite)))
    # The base release comes first: that is the one with all packages.
    ordered = tuple(sorted(lines, key=lambda line: f" {suite} " not in line))
    if not ordered or f" {suite} " not in ordered[0]:
        return Release(_USUAL_SUITE, ())
    return Release(suite, ordered)


def _identify(path: Path) -> tuple[str, str]:
    try:
        fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', path.read_text(), re.MULTILINE))
    except OSError:
        return "", ""
    return fields.get("ID", ""), fields.get("VERSION_CODENAME", "")


def _lines(apt: Path, release_suite: str) -> Iterator[str]:
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix == ".sources":
            entries = _deb822(file.read_text())
        elif file.suffix == ".list" and file.is_file():
            entries = _one_line(file.read_text())
        else:
            continue
        for options, url, suite, components in entries:
            wanted = [part for part in components if part in _COMPONENTS]
            if suite.split("-")[0] == release_suite and wanted:
                yield f"deb {options}{url} {suite} {' '.join(wanted)}"


Source = tuple[str, str, str, list[str]]  # options, URL, suite, components


def _one_line(text: str) -> Iterator[Source]:
    for options, url, suite, components in re.findall(
        r"^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)", text, re.MULTILINE
    ):
        yield options, url, suite, components.split()


def _deb822(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = {
            key.lower(): value.split()
            for key, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE)
        }
        if "deb" not in fields.get("types", ()) or fields.get("enabled") == ["no"]:
            continue
        key = fields.get("signed-by", [])
        options = f"[signed-by={key[0]}] " if key and key[0].startswith("/") else ""
        for url in fields.get("uris", ()):
            for suite in fields.get("suites", ()):
                yield options, url, suite, fields.get("components", [])
