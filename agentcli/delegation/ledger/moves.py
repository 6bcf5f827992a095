"""Whether a child's pieces were moved: to another file, or past what had stood there before."""

from collections.abc import Callable, Iterable, Mapping

from agentcli.delegation.ledger.matching import Comparison, Spot

Native = Callable[[Spot], bool]  # whether a piece of the trunk was there when the child began


def moved(change: Comparison, landed: Mapping[Spot, Spot], native: Native) -> bool:
    """Whether the child's pieces went to another file, or past what the child had found there."""
    if any(old[0] != new[0] for old, new in landed.items()):
        return True
    return any(
        _crossed(change, path, landed, native)
        for path in {path for path, _ in landed} & {path for path, _ in change.moved}
    )


def _crossed(change: Comparison, path: str, own: Mapping[Spot, Spot], native: Native) -> bool:
    order = []
    for index in range(len(change.old[path].pieces)):
        spot = path, index
        there = change.landing(spot)
        if there is not None and there[0] == path and (spot in own or native(spot)):
            order.append((there[1], spot in own))
    return _past(order) or _past((-at, mine) for at, mine in reversed(order))


def _past(order: Iterable[tuple[int, bool]]) -> bool:
    """Whether an own piece comes behind one that should come after it."""
    highest: float = float("-inf")
    for at, own in order:
        if own and at < highest:
            return True
        highest = max(highest, at)
    return False
