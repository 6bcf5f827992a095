"""Which definition of the file a given piece of code stands for."""

from collections.abc import Callable, Sequence

from agentcli.codemap.definitions import Definition
from agentcli.codemap.splicing.draft import Draft
from agentcli.codemap.splicing.newcode import Source, SpliceError

CALLABLE = {"function", "method"}


def find_target(draft: Draft, new: Definition) -> Definition | None:
    """By qualified name, else by a bare name (or the end of a qualified one) that is unique."""
    kind = family(new)
    same = [d for d in draft.file.walk() if family(d) == kind]
    exact = [d for d in same if d.qualified == new.qualified and not draft.code.bare]
    name = new.name if draft.code.bare else new.qualified
    suffix = [d for d in same if f".{d.qualified}".endswith(f".{name}")]
    if is_method(draft, new):
        methods = [d for d in suffix if d.what == "method"]
        return pick(draft, new, methods or exact)
    if exact or kind == "value":
        return pick(draft, new, exact)
    return pick(draft, new, suffix)


def is_method(draft: Draft, new: Definition) -> bool:
    """Whether a function that stands alone was written for a class."""
    if draft.code.bare or (new.what == "method" and new.qualified == new.name):
        return True
    parameters = new.node.child_by_field_name("parameters")
    first = parameters.named_children[:1] if parameters else []
    return bool(first) and (first[0].text or b"").split(b":")[0] in (b"self", b"cls")


def pick(draft: Draft, new: Definition, candidates: Sequence[Definition]) -> Definition | None:
    """The candidate that `new` stands for; of several, the one that looks most like it."""
    marks: list[Callable[[Definition, Source], object]] = [
        lambda d, s: d.node.type,
        _header,
        _decorators,
        _parameters,
    ]
    for mark in marks:
        if len(candidates) < 2:
            break
        alike = [d for d in candidates if mark(d, draft.file) == mark(new, draft.code)]
        candidates = alike or candidates
    if len(candidates) > 1:
        names = sorted({d.qualified for d in candidates})
        advice = (
            f"Put it in its class, so that it is one of: {', '.join(names)}."
            if len(names) > 1
            else "Keep the first line of the one you mean unchanged."
        )
        raise SpliceError(f"`{new.name}` is there {len(candidates)} times. {advice}")
    return candidates[0] if candidates else None


def family(definition: Definition) -> str:
    """What may stand in place of each other: functions, classes, impl blocks, values."""
    if definition.what in CALLABLE:
        return "function"
    if definition.what == "impl":
        return "impl"
    return "value" if definition.what in ("constant", "field") else "class"


def _header(definition: Definition, side: Source) -> str:
    stop = definition.body.start_byte if definition.body else definition.end
    text = side.text(definition.head, stop)
    return f"{_decorators(definition, side)} {' '.join(text.split())}"


def _decorators(definition: Definition, side: Source) -> str:
    parts = [side.text(part.start, part.end) for part in definition.lead if not part.comment]
    return " ".join(" ".join(parts).split())


def _parameters(definition: Definition, side: Source) -> str:
    node = definition.node.child_by_field_name("parameters")
    return " ".join(side.text(node.start_byte, node.end_byte).split()) if node else ""
