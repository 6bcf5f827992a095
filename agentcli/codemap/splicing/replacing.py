"""New code in place of old: functions whole, classes member by member."""

from agentcli.codemap.definitions import CONTAINERS, Definition
from agentcli.codemap.splicing.adding import add_member, member_indent, refuse_stub
from agentcli.codemap.splicing.draft import Draft
from agentcli.codemap.splicing.matching import family, pick
from agentcli.codemap.splicing.newcode import SpliceError, docstring, is_stub, reindent

_OPEN = CONTAINERS | {"module"}  # what may hold members


def put(draft: Draft, target: Definition, new: Definition) -> None:
    """Put `new` in place of `target`; of a class, only the members that are given."""
    if target.start in draft.taken:
        raise SpliceError(f"`{new.qualified}` is given twice. Give it once.")
    draft.taken.add(target.start)
    if _can_merge(draft, target, new):
        _merge(draft, target, new)
        return
    refuse_stub(draft, new, target)
    before = len(draft.edits)
    if _grouped(target) or (not _wrapped(new) and _wrapped(target)):
        # `export`, `template <…>` and a group's keyword stay when they are not given.
        text = draft.moved(new, new.node.start_byte, new.node.end_byte, target.indent)
        draft.replace(target.node.start_byte, target.node.end_byte, text)
    else:
        text = _lead(draft, target, new) + draft.moved(new, new.head, new.end, target.indent)
        draft.replace(target.start, target.end, text)
    if len(draft.edits) > before:
        draft.replaced.append(target.qualified)


def _can_merge(draft: Draft, target: Definition, new: Definition) -> bool:
    if target.what not in _OPEN or new.what not in _OPEN or not (target.body and new.body):
        return False
    one_line = target.body.end_point.row == target.node.start_point.row
    return not one_line and not is_stub(target) and bool(target.children or new.children)


def _merge(draft: Draft, target: Definition, new: Definition) -> None:
    assert target.body is not None and new.body is not None
    before = len(draft.edits)
    bases = draft.moved(new, new.name_end, new.header_end, target.indent)
    if bases.strip(b": \n"):
        draft.replace(target.name_end, target.header_end, bases)
    if new.lead:
        draft.replace(target.start, target.head, _lead(draft, target, new))
    _merge_docstring(draft, target, new)
    if len(draft.edits) > before:
        draft.replaced.append(target.qualified)
    for child in new.children:
        kind = family(child)
        same = [d for d in target.children if d.name == child.name and family(d) == kind]
        found = pick(draft, child, same)
        if found is not None:
            put(draft, found, child)
        else:
            add_member(draft, target, child)


def _merge_docstring(draft: Draft, target: Definition, new: Definition) -> None:
    theirs, ours = docstring(target), docstring(new)
    if ours is None or target.body is None:
        return
    indent = member_indent(draft, target, ours)
    before = b" " * ours.start_point.column
    text = reindent(draft.code, ours.start_byte, ours.end_byte, before, indent)
    if theirs is not None:
        draft.replace(theirs.start_byte, theirs.end_byte, text)
    else:
        place = target.body.start_byte
        draft.insert(place, text + b"\n" + indent)


def _lead(draft: Draft, target: Definition, new: Definition) -> bytes:
    """Comments and decorators: those given, and theirs of the kind that was not given."""
    theirs = draft.file.data[target.start : target.head]
    if not new.lead:
        return theirs
    ours = draft.moved(new, new.start, new.head, target.indent)
    kinds = {part.comment for part in new.lead}
    kept = [part for part in target.lead if part.comment not in kinds]
    if not kept:
        return ours
    texts = [draft.file.data[part.start : part.end].rstrip() for part in kept]
    block = b"".join(text + b"\n" + target.indent for text in texts)
    return block + ours if kept[0].comment else ours + block


def _wrapped(definition: Definition) -> bool:
    return definition.head < definition.node.start_byte


def _grouped(definition: Definition) -> bool:
    """Whether it is one of several in a `const (…)`, `type (…)` or `var (…)` group."""
    parent = definition.node.parent
    if parent is None:
        return False
    group = parent.type in ("const_declaration", "type_declaration", "var_declaration")
    return parent.type.endswith("_spec_list") or (group and parent.named_child_count > 1)
