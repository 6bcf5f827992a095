"""A trial's outcome, read from the record of its run."""

from agentcli.compare.outcome import Ledger, Outcome, Score
from agentcli.compare.store import Claim
from agentcli.journal.folds import RunView, fold
from agentcli.journal.ledger_folds import LedgerView, fold_ledger
from agentcli.journal.store import Journal

JUDGED = frozenset({"verified", "not_verified", "finished", "failed", "limit"})


def outcome_of(claim: Claim, journal: Journal) -> Outcome:
    """What the journal tells of the claim's run by now."""
    events = list(journal.events(claim.run_id))
    view = fold(claim.run_id, events)
    return Outcome(
        **claim.trial.model_dump(exclude={"id"}),
        trial=claim.trial.id,
        run_id=claim.run_id if events else None,
        score=_score(view),
        status=view.status,
        reason=_reason(view),
        attempts=claim.attempt,
        input_tokens=view.spending.usage.input,
        output_tokens=view.spending.usage.output,
        cost=None if view.spending.unpriced else view.spending.cost,
        seconds=view.seconds,
        steps=view.spending.steps,
        agents=len(view.agents),
        ledger=_ledger(fold_ledger(claim.run_id, events)),
    )


def failed_before(claim: Claim, journal: Journal, reason: str) -> Outcome:
    """The outcome when something broke outside the run's own record."""
    found = outcome_of(claim, journal)
    return found.model_copy(update={"score": "infra", "status": "infra", "reason": reason})


def _score(view: RunView) -> Score:
    if view.status not in JUDGED:
        return "infra"
    return "solved" if view.verified is not None and view.verified.check.passed else "failed"


def _reason(view: RunView) -> str:
    told = []
    if view.ended is not None and view.status in ("limit", "infra", "interrupted"):
        told.append(view.ended.reason)
    verified = view.verified
    weakened = verified and verified.pristine and not verified.pristine.passed
    if verified is not None and verified.check.passed and weakened:
        told.append("Passes only with the tests that it changed.")
    return " ".join(told)


def _ledger(view: LedgerView) -> Ledger:
    return Ledger(
        delegations=tuple(view.delegations.values()),
        entries=tuple(view.entries.values()),
        effects=tuple(view.effects.values()),
    )
