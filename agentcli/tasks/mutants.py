"""Tasks from a person's own tested code: small bugs, kept when at least one test really breaks.

Which bugs are tried follows from the commit and the seed alone. Every test run has its own
sandbox; nothing is written to the person's repository.
"""

import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.filenames import is_test_file
from agentcli.journal.events import Check
from agentcli.prompting import render
from agentcli.sandbox.base import Backend
from agentcli.settings import Settings
from agentcli.tasks.bench import Bench, bench
from agentcli.tasks.importers.base import plain_id
from agentcli.tasks.layers import lay
from agentcli.tasks.mutation import Mutation, mutations
from agentcli.tasks.task import Layer, Task
from agentcli.workspace.repository import open_repository
from agentcli.workspace.store import RunStore


@dataclass(frozen=True)
class Nursery:
    """Where mutants come from: a commit of a repository, and the command that tests it."""

    repository: Path
    test: str
    commit: str = "HEAD"
    setup: str | None = None
    timeout: float = 120.0  # seconds for one run of the tests
    seed: int = 0

    async def mutants(self, backend: Backend, settings: Settings) -> AsyncGenerator[Task, None]:
        """Tasks, one after the other, for as long as there are bugs to try.

        Raises UsageFault when the tests fail before anything is broken.
        """
        root = open_repository(self.repository).root
        commit = _commit(root, self.commit)
        whole = Layer(repository=root, commit=commit)
        original = Task(
            id="original",
            prompt="Nothing is to be done.",
            start=whole,
            verify=self.test,
            setup=self.setup,
            timeout=self.timeout,
        )
        async with bench(original, backend, settings) as place:
            if not (first := (await place.judge(place.store.base_tree)).check).passed:
                raise UsageFault(
                    f"The tests fail before anything is broken ({self.test}).",
                    first.output.strip().splitlines()[-1] if first.output.strip() else "",
                )
            for mutation in _in_turn(place.store, self.seed):
                tree = _broken(place.store, mutation)
                check = (await place.judge(tree)).check
                if _breaks_a_test(check):
                    yield self._task(place, tree, mutation, whole)

    def _task(self, place: Bench, tree: str, mutation: Mutation, whole: Layer) -> Task:
        base = place.store.base_tree
        name = plain_id(f"{Path(mutation.path).stem}-{mutation.line}-{tree[:6]}")
        return Task(
            id=name,
            prompt=render("tasks/mutant.j2", test=self.test),
            start=whole.model_copy(update={"patch": place.store.diff(base, tree)}),
            verify=self.test,
            setup=self.setup,
            protect=tuple(path for path in place.store.files(base) if is_test_file(path)),
            reference=Layer(patch=place.store.diff(tree, base)),
            timeout=self.timeout,
            tags=("mutant",),
        )


def _commit(root: Path, name: str) -> str:
    reply = open_repository(root).git.ask("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
    if reply.code != 0:
        raise UsageFault(f"{root} has no commit {name}.", "Commit the code first.")
    return reply.text


def _in_turn(store: RunStore, seed: int) -> Sequence[Mutation]:
    """All bugs in a shuffled order that takes one of each file in turn: a long file has no more
    of the first ones than a short one."""
    chance = random.Random(seed)
    by_file = []
    for path, blob in sorted(store.files(store.base_tree).items()):
        if not is_test_file(path):
            found = mutations(path, store.read_blobs([blob])[blob])
            chance.shuffle(found)
            by_file.append(found)
    chance.shuffle(by_file)
    return [one for one in chain.from_iterable(zip_longest(*by_file)) if one is not None]


def _broken(store: RunStore, mutation: Mutation) -> str:
    data = store.read_blob(store.base_tree, mutation.path) or b""
    text = mutation.apply(data).decode("utf-8")
    return lay(store.git, store.base_tree, Layer(files={mutation.path: text}))


def _breaks_a_test(check: Check) -> bool:
    """Whether the tests ran to their end and refused it: an endless loop is no fair task."""
    return not check.passed and check.exit_code is not None
