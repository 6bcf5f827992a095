"""The ledger's measures in words, each with its n, shares with a 95 % interval."""

from typing import TYPE_CHECKING

from agentcli.journal.ledger_folds import LedgerView
from agentcli.plain import counted

if TYPE_CHECKING:
    from agentcli.delegation.ledger.companions import Companions
    from agentcli.delegation.ledger.rates import BugPair, Share, TokensBefore


def summary(view: LedgerView) -> list[str]:
    """The ledger in a few lines: what there is nothing of is left out."""
    from agentcli.delegation.ledger.rates import rates

    if not view.delegated:
        return ["No agent had another one work for it, so there is nothing to override."]
    if not view.delegations and view.failure is None:
        begun = counted(len(view.delegated), "delegation")
        return [f"{begun} so far; who overrode whom is found when the run is over."]
    found = rates([view])
    told = ", ".join(f"{count} {effect}" for effect, count in found.effects.items())
    told = told or ("being measured" if view.measuring else "not measured")
    lines = [
        f"{counted(found.delegations, 'delegation')}: overridden {share(found.overridden)}, "
        f"within the first 5 looks {share(found.overwrite_at_5)}",
    ]
    if found.tokens_before.interrupted:
        lines.append(f"interrupted {share(found.interrupted)}, {_tokens(found.tokens_before)}")
    if view.overrides:
        lines.append(f"effect: {told}")
    if found.bugs.final.n:
        lines.append(_bugs(found.bugs))
    if view.lottery:
        lines.append(_lottery(view))
    if found.autonomous.n:
        lines.append(f"completed alone: {share(found.autonomous)}")
    if view.failure is not None:
        lines.append(f"The ledger is not complete: {view.failure}")
    return lines


def together(view: LedgerView, companions: "Companions") -> list[str]:
    """How the agents worked together, in a line or two; nothing where none worked for another."""
    from agentcli.delegation.ledger.rates import rates

    if not view.delegated:
        return []
    delegated, coordination = rates([view]).delegated, companions.coordination
    shares = []
    if delegated.value is not None:
        wrote = f"{delegated.hits} of {delegated.n} units ({delegated.value:.0%})"
        shares.append(f"children wrote {wrote}")
    if coordination is not None:
        shares.append(f"coordination took {coordination:.0%} of tokens")
    counts = (
        f"role flips {companions.role_flips}, flake replies {companions.flake_replies}, "
        f"loops {companions.loops}, write conflicts {companions.write_conflicts}, "
        f"{companions.stall_seconds:.0f} s stalled"
    )
    return [", ".join(shares), counts] if shares else [counts]


def share(of: "Share") -> str:
    """Hits, n, value and interval."""
    if of.interval is None or of.value is None:
        return "none to count"
    low, high = of.interval
    return f"{of.hits} of {of.n} ({of.value:.0%}, 95 % {low:.0%}–{high:.0%})"


def _tokens(tokens: "TokensBefore") -> str:
    """Tokens before interruption, with the cadence of looks that bounds them from below."""
    median = "not reached" if tokens.median is None else f"{tokens.median:,.0f}"
    cadence = "" if tokens.cadence is None else f", a look every {tokens.cadence:,.0f}"
    return (
        f"after {median} output tokens (Kaplan–Meier median; mean {tokens.naive_mean:,.0f}; "
        f"oversight {', '.join(tokens.oversight)}{cadence})"
    )


def _bugs(bugs: "BugPair") -> str:
    p = "" if bugs.p is None else f", McNemar p = {bugs.p:.2g}"
    return f"buggy as it was: {share(bugs.expected)}, after the override: {share(bugs.final)}{p}"


def _lottery(view: LedgerView) -> str:
    from agentcli.delegation.ledger.lottery import lottery_effect

    found = lottery_effect(view.lottery.values())
    if found.difference is None or found.interval is None:
        return f"lottery: {found.allowed.n} allowed, {found.denied.n} denied; too few to compare"
    low, high = found.interval
    return (
        f"lottery: {found.allowed.hits} of {found.allowed.n} pass after an allowed override, "
        f"{found.denied.hits} of {found.denied.n} after a denied one "
        f"(difference {found.difference:+.0%}, 95 % {low:+.0%} to {high:+.0%})"
    )
