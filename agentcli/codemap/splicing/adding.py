"""Where definitions go that the file does not have yet."""

import re
from collections.abc import Sequence

from tree_sitter import Node

from agentcli.codemap.definitions import CONTAINERS, Definition
from agentcli.codemap.splicing.draft import Draft
from agentcli.codemap.splicing.imports import import_position
from agentcli.codemap.splicing.matching import CALLABLE, family, is_method
from agentcli.codemap.splicing.newcode import SpliceError, docstring, is_main_guard, is_stub


def add(
    draft: Draft, new: Definition, following: Definition | None, homes: Sequence[Definition]
) -> None:
    """Add a new top-level piece. `following` is what stands below it in the new code; `homes`
    are the classes in which the bare methods given with it were found.
    """
    if new.what in ("constant", "field"):
        _add_constant(draft, new)
        return
    if is_method(draft, new) and family(new) == "function":
        add_member(draft, _home(draft, new, homes), new)
        return
    refuse_stub(draft, new, None)
    text = draft.moved(new, new.start, new.end, b"")
    early = new.what not in CALLABLE or f"@{new.name}" in draft.code.text(0, -1)
    if early and following is not None and not following.indent:
        draft.added.append(new.qualified)
        draft.insert(following.start, text + b"\n" + draft.gap)
        return
    modules = [top for top in draft.file.tops if top.what == "module"]
    own = [top for top in draft.file.tops if top.what in CALLABLE | CONTAINERS]
    if len(modules) == 1 and not own and modules[0].children:
        add_member(draft, modules[0], new)
        return
    draft.added.append(new.qualified)
    guard = next((n for n in draft.file.statements() if is_main_guard(n)), None)
    if own:
        draft.append_after(own[-1].end, text)
    elif guard is not None:
        draft.insert(guard.start_byte, text + b"\n" + draft.gap)
    else:
        draft.append_after(len(draft.file.data.rstrip()), text)


def _add_constant(draft: Draft, new: Definition) -> None:
    """Constants that the given functions use are added; results of example calls are not."""
    text = draft.code.text(new.start, new.end)
    others = [top for top in draft.code.tops if top is not new]
    word = re.compile(rf"\b{re.escape(new.name)}\b")
    used = any(word.search(draft.code.text(top.start, top.end)) for top in others)
    if not used and not new.name.isupper():
        draft.left_out.append(text.split("\n")[0])
        return
    draft.added.append(new.qualified)
    names = {top.name for top in (*draft.file.tops, *draft.code.tops) if top.what in CALLABLE}
    if names & set(re.findall(r"\w+", text)):
        draft.append_after(len(draft.file.data.rstrip()), text.encode())
        return
    place, _ = import_position(draft.file, False)
    rest = draft.file.data[place:].lstrip(b"\r\n")
    place = len(draft.file.data) - len(rest)
    gap = draft.gap if draft.file.tops and draft.file.tops[0].start == place else b"\n"
    draft.insert(place, text.encode() + (b"\n" if gap == b"\n" else b"") + gap)


def _home(draft: Draft, new: Definition, homes: Sequence[Definition]) -> Definition:
    """The class that a new bare method belongs to."""
    found = list({d.start: d for d in homes if d.what in CONTAINERS}.values())
    if not found:
        found = [d for d in draft.file.walk() if d.what in CONTAINERS and d.body]
    if len(found) != 1:
        names = ", ".join(d.qualified for d in found) or "none"
        raise SpliceError(
            f"`{new.name}` is a new method, but of which class? Put it inside `class X:`. "
            f"Classes in the file: {names}."
        )
    return found[0]


def add_member(draft: Draft, home: Definition, new: Definition) -> None:
    """Add a method at the end of a class or module, a field below its fields."""
    if home.body is None or home.body.end_point.row == home.node.start_point.row:
        raise SpliceError(f"Give the class `{home.name}` complete, with `{new.name}` in it.")
    if new.what == "method":
        refuse_stub(draft, new, None)
    draft.added.append(f"{home.qualified}.{new.name}")
    indent = member_indent(draft, home, new.node)
    text = draft.moved(new, new.start, new.end, indent)
    if new.what == "field":
        _insert_field(draft, home, text, indent)
        return
    last = [home.children[-1].end] if home.children else []
    inside = [n.end_byte for n in home.body.children if n.type not in ("}", "end")]
    place = max([*inside, *last, home.body.start_byte])
    gap = b"" if place == home.body.start_byte + 1 else b"\n"
    draft.insert(place, b"\n" + gap + indent + text)


def _insert_field(draft: Draft, home: Definition, text: bytes, indent: bytes) -> None:
    assert home.body is not None
    fields = [d for d in home.children if d.what == "field"]
    if fields:
        place = fields[-1].end
        semicolon = draft.file.data[place : place + 1] == b";"
        text = text + b";" if semicolon else text
        draft.insert(place + semicolon, b"\n" + indent + text)
        return
    first = docstring(home)
    inside = [n for n in home.body.named_children if n != first]
    place = inside[0].start_byte if inside else home.body.start_byte
    if home.children and home.children[0].start <= place:
        place = home.children[0].start
    draft.insert(place, text + b"\n\n" + indent)


def member_indent(draft: Draft, home: Definition, like: Node) -> bytes:
    """The indentation of members of `home`; without any, a step like that of `like`."""
    if home.children:
        return home.children[0].indent
    if home.body is not None and home.body.type == "block":
        line = draft.file.data.rfind(b"\n", 0, home.body.start_byte) + 1
        return draft.file.data[line : home.body.start_byte]
    step = like.start_point.column or 4
    return home.indent + b" " * step


def refuse_stub(draft: Draft, new: Definition, target: Definition | None) -> None:
    """Raise SpliceError for a body that was left out, where a real one is due."""
    if not is_stub(new) or (target is not None and is_stub(target)):
        return
    lead = " ".join(draft.code.text(part.start, part.end) for part in new.lead)
    if target is None and (new.what == "class" or re.search("abstract|overload", lead)):
        return
    raise SpliceError(f"The body of `{new.qualified}` is only a placeholder. Write it in full.")
