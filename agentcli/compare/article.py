"""The article's own experiment: who overrides whom while a REST API is built.

The article that started this project names the workflow (schema, route handlers, tests) and four
figures for each model, without definitions, sample sizes or code. This runs the workflow for any
models and policies, and measures the same four by the definitions of docs/overrides.md.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from agentcli import __version__
from agentcli.delegation.ledger.rates import Rates, rates
from agentcli.errors import UsageFault
from agentcli.journal.events import RunEnded
from agentcli.journal.ledger_folds import fold_ledger
from agentcli.journal.store import Journal
from agentcli.runs.start import Order, start
from agentcli.settings import Settings, state_dir
from agentcli.workspace.git import store_git
from agentcli.workspace.snapshot import IDENTITY

TASK = """Build the REST API that README.md describes, by three briefs for three coders:
1. schema: app/schema.py. 2. handlers: app/routes.py, which uses the schema. 3. tests:
tests/test_api.py. It is done when `python3 acceptance.py` exits with 0."""
TEST = "python3 acceptance.py"
PROTECT = ("acceptance.py",)
_SCORED = ("verified", "not_verified", "finished", "failed", "limit")


@dataclass(frozen=True)
class Published:
    """A row of the article's table, as published: shares in percent, tokens; no n, no interval."""

    model: str
    overwrite_at_5: int
    tokens_before: int
    autonomous: int


PUBLISHED = (
    Published("GPT-4o", 78, 47, 12),
    Published("Claude 3.5 Sonnet", 72, 53, 15),
    Published("Gemini 1.5 Pro", 65, 61, 18),
    Published("Llama 3.1 405B", 81, 39, 9),
)
PUBLISHED_BUGS = (34, 22)  # percent: of the planner's rewrites, of the coders' originals


@dataclass(frozen=True)
class Trial:
    """One run of the workflow."""

    model: str
    policy: str
    seed: int

    @property
    def name(self) -> str:
        """A folder's name."""
        plain = "".join(c if c.isalnum() or c in ".-" else "_" for c in self.model)
        return f"{plain}-{self.policy}-{self.seed}"


@dataclass(frozen=True)
class Row:
    """What was measured for one model under one policy. `infra`: runs that don't count."""

    model: str
    policy: str
    runs: tuple[str, ...]
    solved: int
    infra: int
    rates: Rates


@dataclass(frozen=True)
class Article:
    """The study: in a folder named after what it is, so that the same command goes on with it."""

    settings: Settings
    models: Sequence[str]
    policies: Sequence[str]
    repeats: int

    @property
    def folder(self) -> Path:
        """Where its repositories and its list of runs are kept."""
        plan = [__version__, TASK, *self.models, *self.policies, self._rest()]
        digest = hashlib.sha256(json.dumps(plan).encode()).hexdigest()[:10]
        return state_dir() / "studies" / f"article-{digest}"

    def trials(self) -> Iterator[Trial]:
        """All of them, interleaved: a drift of the provider meets every arm alike."""
        for seed in range(1, self.repeats + 1):
            for model in self.models:
                for policy in self.policies:
                    yield Trial(model, policy, seed)

    async def run(self, journal: Journal, on_trial: Callable[[Trial, str], None]) -> list[Row]:
        """Do what is missing and return the table. Failed infrastructure is tried again next time.

        `on_trial` is told of each trial and how it stands.
        """
        for trial in self.trials():
            known = self._known(journal).get(trial.name)
            if known is not None and _status(journal, known) in _SCORED:
                on_trial(trial, f"done before: {_status(journal, known)}")
                continue
            on_trial(trial, "begins")
            ended = await self._carry_out(trial, journal)
            on_trial(trial, ended.status)
        return self.table(journal)

    def table(self, journal: Journal) -> list[Row]:
        """A row for each model and policy, from the runs that are on record."""
        return [self._row(journal, m, p) for m in self.models for p in self.policies]

    def _row(self, journal: Journal, model: str, policy: str) -> Row:
        known = self._known(journal)
        mine = [t for t in self.trials() if (t.model, t.policy) == (model, policy)]
        runs = [known[t.name] for t in mine if t.name in known]
        scored = [run for run in runs if _status(journal, run) in _SCORED]
        return Row(
            model,
            policy,
            tuple(scored),
            solved=sum(_status(journal, run) == "verified" for run in scored),
            infra=len(runs) - len(scored),
            rates=rates(fold_ledger(run, journal.events(run)) for run in scored),
        )

    async def _carry_out(self, trial: Trial, journal: Journal) -> RunEnded:
        repo = self.folder / trial.name
        shutil.rmtree(repo, ignore_errors=True)  # of a run that did not count
        make_repository(repo)
        chosen = self.settings.model_copy(
            update={
                "mode": "swarm",
                "model": trial.model,
                "policy": trial.policy,
                "test": TEST,
                "protect": PROTECT,
                "seed": trial.seed,
            }
        )
        before = set(journal.run_ids())
        ended = await start(Order(TASK, repo, chosen), journal, on_progress=lambda _line: None)
        for run_id in set(journal.run_ids()) - before:
            if _repository_of(journal, run_id) == repo:
                self._remember(trial, run_id)
        return ended

    def _remember(self, trial: Trial, run_id: str) -> None:
        with (self.folder / "runs.jsonl").open("a") as record:
            record.write(json.dumps({"trial": trial.name, "run": run_id}) + "\n")

    def _known(self, journal: Journal) -> dict[str, str]:
        """The latest run of each trial that the journal still holds."""
        file = self.folder / "runs.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        held = set(journal.run_ids())
        found = [json.loads(line) for line in lines]
        return {one["trial"]: one["run"] for one in found if one["run"] in held}

    def _rest(self) -> dict[str, Any]:
        # Where a model is served and what the interface asks is not what the study is about.
        place = {"api_base", "allow"}
        return self.settings.model_dump(mode="json", exclude_defaults=True, exclude=place)


def make_repository(repo: Path) -> None:
    """The workflow's start: a README with the rules, and the acceptance test. One commit."""
    if repo.exists():
        raise UsageFault(f"{repo} is there already.", "Remove it.")
    with as_file(files("agentcli.compare") / "rest_api") as source:
        shutil.copytree(source, repo, ignore=shutil.ignore_patterns("__pycache__"))
    git = store_git(repo / ".git")
    git.run("init", "--quiet", "--template=", "--initial-branch=main", str(repo))
    at_work = git.with_env(GIT_WORK_TREE=str(repo), **IDENTITY)
    at_work.run("add", "--all", "--", str(repo))
    at_work.run("commit", "--quiet", "--message", "The workflow's start")


def _status(journal: Journal, run_id: str) -> str:
    ends = [e.body.status for e in journal.events(run_id) if isinstance(e.body, RunEnded)]
    return ends[-1] if ends else "open"


def _repository_of(journal: Journal, run_id: str) -> Path | None:
    first = next(iter(journal.events(run_id)), None)
    repo = getattr(first.body, "repo", None) if first else None
    return Path(repo) if repo else None
