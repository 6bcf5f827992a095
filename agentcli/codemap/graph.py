"""Which files refer to which, and what matters most from where the agent stands."""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import rustworkx

from agentcli.codemap.tags import FileTags

_DAMPING = 0.5  # below the customary 0.85: what the task names stays in front
_MAX_HOMES = 12  # a name that more files define says nothing about any of them
_OWN = 0.2  # references within a file, against those from another
_PRIVATE = 0.1
_MEMBER = 0.3  # a method may be meant, or another class's of the same name, or a built-in
_SPREAD = 0.1  # share of the restarts that goes to all files alike when there is a focus
_COMMON = 0.3  # the least that a reference counts for, however many files have it
_UNREFERRED = 0.01  # what a definition gets of its file's rank without any reference
_WANTED = 0.05  # what it gets more in a file, by that file's share in the question
_NAMED = 10.0  # a definition named in the task, against others of its rank
_PLAIN = 0.3  # a word of the task that may be English, against one that looks like code


@dataclass(frozen=True)
class Link:
    """`weight` of the references from one file to the definitions of one name in another."""

    source: int
    target: int
    name: str
    weight: float


@dataclass(frozen=True)
class Ranked:
    """A definition of the file `path` (the `index`-th of its tags) with its share of rank."""

    path: str
    index: int
    score: float


class ReferenceGraph:
    """Files and the references between them; made once, ranked for each question."""

    def __init__(self, files: Mapping[str, FileTags]) -> None:
        self.paths = sorted(files)
        self.files = files
        self._homes = self._find_homes()
        self._modules = self._find_modules()
        self._top = [
            {d.name for d in files[path].defined if d.depth == 0 and not d.local}
            for path in self.paths
        ]
        self._links = list(self._find_links())
        self._out: dict[int, float] = defaultdict(float)
        for link in self._links:
            self._out[link.source] += link.weight
        self._graph = self._build()

    def rank(self, focus: Collection[str] = (), mentions: str = "") -> Sequence[Ranked]:
        """All definitions, best first; ties in the order of paths and lines.

        `focus` are paths the agent works on; `mentions` is free text, in which paths, file
        names and identifiers count.
        """
        if not self.paths:
            return []
        words = _words(mentions)
        wanted = self._wanted(focus, mentions, words)
        ranks = rustworkx.pagerank(
            self._graph,
            alpha=_DAMPING,
            weight_fn=float,
            personalization=self._restarts(wanted),
            tol=1e-8,
        )
        earned: dict[tuple[int, str], float] = defaultdict(float)
        for link in self._links:
            share = ranks[link.source] * link.weight / self._out[link.source]
            earned[link.target, link.name] += share
        found = [
            Ranked(self.paths[number], index, score)
            for number in range(len(self.paths))
            for index, score in self._scores(
                number,
                earned,
                words,
                ranks[number],
                _UNREFERRED + _WANTED * wanted.get(number, 0.0),
            )
        ]
        return sorted(found, key=lambda r: (-round(r.score, 12), r.path, r.index))

    def _scores(
        self,
        number: int,
        earned: Mapping[tuple[int, str], float],
        words: Mapping[str, float],
        rank: float,
        unreferred: float,
    ) -> Iterator[tuple[int, float]]:
        defined = self.files[self.paths[number]].defined
        for index, d in enumerate(defined):
            if d.local or d.what == "impl":
                continue
            named = words.get(d.name, 0.0) / len(self._homes[d.name])
            score = earned.get((number, d.name), 0.0) + rank * max(unreferred, named / 2)
            if d.name.startswith("_"):
                score *= _PRIVATE
            yield index, score * _NAMED**named

    def _find_homes(self) -> Mapping[str, Sequence[int]]:
        homes: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            names = {d.name for d in self.files[path].defined if not d.local and d.what != "impl"}
            for name in names:
                homes[name].append(number)
        return homes

    def _find_modules(self) -> Mapping[str, Sequence[int]]:
        modules: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            modules[PurePosixPath(path).stem].append(number)
        return modules

    def _find_links(self) -> Iterator[Link]:
        users: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            for name, count in (self.files[path].refers or {}).items():
                if len(self._homes.get(name, ())) in range(1, _MAX_HOMES + 1):
                    users[name].append((number, count))
        for name in sorted(users):
            homes = self._homes[name]
            # Rare names tie two files together; ubiquitous ones (get, run) hardly.
            rarity = max(_COMMON, math.log(len(self.paths) / len(users[name]))) ** 2 / len(homes)
            rarity *= _PRIVATE if name.startswith("_") else min(len(name), 8) / 8
            for user, count in users[name]:
                for home in homes:
                    near = _OWN if home == user else 1.0
                    near *= 1.0 if name in self._top[home] else _MEMBER
                    yield Link(user, home, name, rarity * near * math.sqrt(count))

    def _build(self) -> "rustworkx.PyDiGraph[int, float]":
        weights: dict[tuple[int, int], float] = defaultdict(float)
        for link in self._links:
            if link.source != link.target:  # else a file of its own would hoard rank
                weights[link.source, link.target] += link.weight
        graph: rustworkx.PyDiGraph[int, float] = rustworkx.PyDiGraph(multigraph=False)
        graph.add_nodes_from(range(len(self.paths)))
        graph.add_edges_from([(a, b, weight) for (a, b), weight in weights.items()])
        return graph

    def _wanted(
        self, focus: Collection[str], mentions: str, words: Mapping[str, float]
    ) -> Mapping[int, float]:
        """The files that the question is about, each with its share."""
        numbers = {path: number for number, path in enumerate(self.paths)}
        wanted: dict[int, float] = defaultdict(float)
        for path in focus:
            if path in numbers:
                wanted[numbers[path]] += 1.0
        for path in self._mentioned_paths(mentions):
            wanted[numbers[path]] += 1.0
        for word, weight in words.items():
            for homes in (self._homes.get(word, ()), self._modules.get(word, ())):
                if len(homes) <= _MAX_HOMES:
                    for home in homes:
                        wanted[home] += weight / len(homes)
        total = sum(wanted.values())
        return {number: weight / total for number, weight in wanted.items()}

    def _restarts(self, wanted: Mapping[int, float]) -> dict[int, float] | None:
        """PageRank's personalisation; None: all files alike."""
        if not wanted:
            return None
        even = _SPREAD / len(self.paths)
        return {
            number: even + (1 - _SPREAD) * wanted.get(number, 0.0)
            for number in range(len(self.paths))
        }

    def _mentioned_paths(self, mentions: str) -> Iterator[str]:
        given = {word.strip("./") for word in re.findall(r"[\w./-]+", mentions) if "." in word}
        for path in self.paths if given else ():
            if path in given or PurePosixPath(path).name in given:
                yield path


def _words(text: str) -> Mapping[str, float]:
    """What may be an identifier in free text, and how much it looks like one: 0 to 1.

    Code are a mixture of letters (`fooBar`, `foo_bar`), a part of a dotted name, and what stands
    between backticks; any other word may be English.
    """
    found = re.findall(r"(?<!\w)`?[A-Za-z_](?:\w|\.(?=\w))*`?", text)
    code = re.compile(r".[A-Z_.`]|\d|^[_`]")
    words: dict[str, float] = {}
    for token in found:
        weight = 1.0 if code.search(token) else _PLAIN
        for word in token.strip("`").split("."):
            if len(word) > 2:
                words[word] = max(weight, words.get(word, 0.0))
    return words
