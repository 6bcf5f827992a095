"""When a parent broke into its child's work, and whether the child had made anything whole."""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from agentcli.codemap.definitions import Definition, definitions
from agentcli.codemap.languages import Language, language_of, parse
from agentcli.delegation.ledger.archive import Archive
from agentcli.delegation.ledger.records import Delivery, Mark, Record, Step, Work
from agentcli.delegation.ledger.takeovers import writes_in_scope
from agentcli.delegation.ledger.units import units
from agentcli.journal.ledger_events import InterruptionFound

_WHOLE = frozenset({"function", "method", "class", "struct", "interface", "trait", "enum"})


def interruptions(record: Record, work: Work, archive: Archive) -> list[InterruptionFound]:
    """The parent's stops, replacing redirects and writes in scope while the child was active."""
    found = []
    for delivery in work.deliveries:
        if delivery.kind == "interrupt" and _is_active(work, delivery.seq):
            how = "redirect" if delivery.redirects else "stop"
            found.append((delivery.seq, how, delivery.step, delivery.output_tokens, delivery.text))
    for step in _first_of_each(record, _writes(record, work, archive)):
        tokens, calls = _progress(work, step.seq)
        found.append((step.seq, "write", calls, tokens, step.reason))
    return [
        InterruptionFound.model_validate(
            {
                "delegation": work.delegation,
                "parent": work.parent,
                "child": work.child,
                "how": how,
                "at_seq": seq,
                "child_step": calls,
                "output_tokens": tokens,
                "early": not _made_something(work, seq, archive),
                "reason": reason,
            }
        )
        for seq, how, calls, tokens, reason in sorted(found)
    ]


def _writes(record: Record, work: Work, archive: Archive) -> list[Step]:
    own: frozenset[str] = frozenset()
    if work.version is not None:
        own = archive.changed(work.base, work.version)
    steps = writes_in_scope(record, work, archive, own)
    return [step for step in steps if _is_active(work, step.seq)]


def _first_of_each(record: Record, steps: Iterable[Step]) -> list[Step]:
    """Of writes that follow one another in the trunk, the first."""
    numbers = {step.seq: number for number, step in enumerate(record.trunk)}
    found: list[Step] = []
    last = -2
    for step in steps:
        if numbers[step.seq] != last + 1:
            found.append(step)
        last = numbers[step.seq]
    return found


def _is_active(work: Work, seq: int) -> bool:
    """Between its beginning or a request to go on, and its submission, stop or end."""
    if seq < work.began or (work.closed is not None and seq > work.closed):
        return False
    changes = [(mark.seq, False) for mark in work.proposals]
    changes += [(d.seq, True) for d in work.deliveries if d.kind in ("revise", "conflict")]
    changes += [(m.seq, True) for m in work.checkpoints]
    changes += [
        (d.seq, d.redirects) for d in work.deliveries if d.kind == "interrupt" and d.seq < seq
    ]
    earlier = [active for when, active in sorted(changes) if when < seq]
    return earlier[-1] if earlier else True


def _progress(work: Work, seq: int) -> tuple[int, int]:
    """The child's output tokens and model calls by then, as far as they are on record."""
    known: list[Mark | Delivery] = [*work.checkpoints, *work.proposals, *work.deliveries]
    return max(((k.output_tokens, k.step) for k in known if k.seq <= seq), default=(0, 0))


def _made_something(work: Work, seq: int, archive: Archive) -> bool:
    """Whether a new function, class or test parsed whole in a checkpoint before."""
    trees = [mark.tree for mark in (*work.checkpoints, *work.proposals) if mark.seq < seq]
    return any(_holds_whole(work.base, tree, archive) for tree in trees)


def _holds_whole(base: str, tree: str, archive: Archive) -> bool:
    for path, (before, after) in archive.sources(base, tree).items():
        language = language_of(path)
        if language is not None:
            if _whole(language, after) - _whole(language, before):
                return True
        elif any(unit.path == path for unit in units(archive.compare(base, tree))):
            return True  # without a grammar a write is the smallest whole that can be seen
    return False


def _whole(language: Language, data: bytes) -> frozenset[str]:
    """Names of the functions, classes and tests that parse whole."""
    tree = parse(language, data)
    defined = (
        inner.qualified
        for top in definitions(language, tree, data)
        for inner in top.walk()
        if inner.what in _WHOLE and _is_whole(inner)
    )
    return frozenset((*defined, *_called_tests(tree.root_node)))


def _is_whole(definition: Definition) -> bool:
    if definition.node.has_error:
        return False
    if definition.what in ("function", "method") and definition.body is None:
        return False
    # Python's grammar lets a body be missing: `for value in values:` and then nothing.
    return not any(
        node.type == "block" and not node.child_count for node in _nodes(definition.node)
    )


def _called_tests(root: Node) -> Iterator[str]:
    """Tests that are calls: `test("name", () => ...)` or `it(...)`, also within `describe`."""
    for node in _nodes(root):
        if node.type != "call_expression" or node.has_error:
            continue
        function, given = (node.child_by_field_name(name) for name in ("function", "arguments"))
        name = given.named_child(0) if given is not None else None
        called = function.text.split(b".")[0] if function is not None and function.text else b""
        if called in (b"test", b"it") and name is not None and name.text:
            yield name.text.decode("utf-8", "replace")


def _nodes(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += node.children
