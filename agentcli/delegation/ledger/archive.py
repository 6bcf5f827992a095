"""The trees of a run as pieces, read with few calls of git and each only once."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from agentcli.delegation.ledger.contents import (
    NOTHING,
    content_of,
    counts,
    without_conflict_marks,
)
from agentcli.delegation.ledger.matching import Change, Comparison, compare
from agentcli.delegation.ledger.statements import Content
from agentcli.workspace.git import Git
from agentcli.workspace.trees import GITLINK, Difference, Entry, all_differences, read_blobs

Pair = tuple[str, str]


@dataclass
class Archive:
    """Differences, contents and comparisons of trees, kept for as long as one detection lasts."""

    git: Git
    _differences: dict[Pair, tuple[Difference, ...]] = field(default_factory=dict)
    _blobs: dict[str, bytes] = field(default_factory=dict)
    _contents: dict[tuple[str, Entry], Content] = field(default_factory=dict)
    _comparisons: dict[Pair, Comparison] = field(default_factory=dict)

    def prepare(self, pairs: Iterable[Pair]) -> None:
        """Read what comparing these trees will need, in two calls of git."""
        self._differences |= all_differences(
            self.git, [pair for pair in pairs if pair not in self._differences]
        )
        entries = {
            entry.blob
            for differences in self._differences.values()
            for difference in differences
            if counts(_path(difference))
            for entry in (difference.before, difference.after)
            if entry and entry.mode != GITLINK
        }
        self._blobs |= read_blobs(self.git, sorted(entries - self._blobs.keys()))

    def changed(self, before: str, after: str) -> frozenset[str]:
        """All paths that differ, generated ones too."""
        return frozenset(_path(difference) for difference in self._between(before, after))

    def compare(self, before: str, after: str) -> Comparison:
        """The two trees, piece by piece."""
        pair = before, after
        if pair not in self._comparisons:
            self._comparisons[pair] = compare(
                Change(path, self._content(path, d.before), self._content(path, d.after))
                for d in self._between(before, after)
                if counts(path := _path(d))
            )
        return self._comparisons[pair]

    def sources(self, before: str, after: str) -> dict[str, tuple[bytes, bytes]]:
        """The bytes of each file that differs and counts, before and after."""
        return {
            path: (self._data(d.before), self._data(d.after))
            for d in self._between(before, after)
            if counts(path := _path(d))
        }

    def conflict_lines(self, before: str, after: str) -> dict[str, frozenset[int]]:
        """In the files that differ: the lines between git's conflict marks, marks not counted."""
        found = {}
        for path, (_, data) in self.sources(before, after).items():
            _, lines = without_conflict_marks(data)
            if lines:
                found[path] = lines
        return found

    def _between(self, before: str, after: str) -> tuple[Difference, ...]:
        if (before, after) not in self._differences:
            self.prepare([(before, after)])
        return self._differences[before, after]

    def _data(self, entry: Entry | None) -> bytes:
        return self._blobs.get(entry.blob, b"") if entry else b""

    def _content(self, path: str, entry: Entry | None) -> Content:
        if entry is None:
            return NOTHING
        key = path, entry
        if key not in self._contents:
            data, _ = without_conflict_marks(self._data(entry))
            self._contents[key] = content_of(path, entry, data)
        return self._contents[key]


def _path(difference: Difference) -> str:
    return os.fsdecode(difference.path)
