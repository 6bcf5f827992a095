"""Put changed functions into a file by syntax tree: only what was given changes."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from agentcli.codemap.definitions import COMMENTS, CONTAINERS, Definition
from agentcli.codemap.imports import import_position, is_import, missing_imports
from agentcli.codemap.languages import language_of
from agentcli.codemap.newcode import (
    Source,
    SpliceError,
    check_placeholders,
    is_string_statement,
    is_stub,
    read_new_code,
    reindent,
    source,
)
from agentcli.codemap.syntax import first_fault

__all__ = ["SpliceError", "Spliced", "splice"]

_CALLABLE = {"function", "method"}
_OPEN = CONTAINERS | {"module"}  # what may hold members


@dataclass(frozen=True)
class Spliced:
    """The new file. Names are qualified; `left_out` are statements that were not put in."""

    data: bytes
    replaced: Sequence[str]
    added: Sequence[str]
    left_out: Sequence[str] = ()


def splice(path: str, old: bytes, new_code: str) -> Spliced:
    """Put the functions, methods and classes of `new_code` into the file `old`.

    Each takes the place of the one with its qualified name (or its bare name, when unique);
    the rest of the file is kept byte for byte. A class that is given with some of its members
    keeps the others. Raises SpliceError, worded for the model.
    """
    language = language_of(path)
    if language is None or not old.strip():
        return _whole(path, old, new_code)
    code, file = read_new_code(language, new_code), source(language, old)
    if _is_whole(code, file):
        return _whole(path, old, new_code)
    check_placeholders(code, file)
    splicing = _Splicing(code, file)
    splicing.definitions()
    splicing.statements()
    splicing.imports()
    return splicing.result()


def _whole(path: str, old: bytes, new_code: str) -> Spliced:
    text = new_code.replace("\r\n", "\n").strip("\n") + "\n"
    if not text.strip():
        raise SpliceError("There is no code in your answer.")
    language = language_of(path)
    if language is None:
        data = _line_endings(text.encode(), old)
        replaced, added = ([path], []) if old.strip() else ([], [path])
    else:
        code = read_new_code(language, text)
        file = source(language, old)
        head = b"" if code.data.startswith((b"#", b"//", b"/*")) else _file_head(file)
        data = _line_endings(head + code.data, old)
        known = {definition.qualified for definition in file.walk()}
        names = [definition.qualified for definition in code.tops]
        replaced = [name for name in names if name in known]
        added = [name for name in names if name not in known]
    if data == old:
        raise SpliceError("Nothing changed: your code is the same as the file.")
    return Spliced(data, replaced, added)


def _is_whole(code: Source, file: Source) -> bool:
    """Whether new code stands for the whole file: all that is there has its counterpart in it.

    Only asked of files with statements of their own (scripts): elsewhere putting in the
    definitions one by one comes to the same and keeps more of the file.
    """
    if code.bare:
        return False
    loose = [node for node in file.statements() if _is_loose(file, node)]
    if not loose and file.tops:
        return False
    names = {definition.qualified for definition in code.walk()}
    if not all(definition.qualified in names for definition in file.walk()):
        return False
    if missing_imports(file, code):
        return False
    own = [node for node in code.statements() if _is_loose(code, node)]
    guards = [any(map(_is_main_guard, side.statements())) for side in (code, file)]
    return len(own) >= len(loose) and guards[0] >= guards[1]


def _is_loose(code: Source, node: Node) -> bool:
    return not (is_import(code, node) or _is_main_guard(node) or is_string_statement(node)) and (
        not node.type.startswith("package_")
    )


def _is_main_guard(node: Node) -> bool:
    condition = node.child_by_field_name("condition")
    return condition is not None and b"__name__" in (condition.text or b"")


def _file_head(file: Source) -> bytes:
    """The comments at the top of the file: interpreter line, licence."""
    first = next((n for n in file.tree.root_node.children if n.type not in COMMENTS), None)
    starts = [top.start for top in file.tops[:1]] + ([first.start_byte] if first else [])
    return file.data[: min(starts)] if starts else b""


def _line_endings(data: bytes, like: bytes) -> bytes:
    plain = data.replace(b"\r\n", b"\n")
    crlf = like.count(b"\r\n") * 2 > like.count(b"\n")
    return plain.replace(b"\n", b"\r\n") if crlf else plain


@dataclass
class _Splicing:
    """One splice in progress: edits of `file` that put `code` in place."""

    code: Source
    file: Source
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    homes: list[Definition] = field(default_factory=list)  # classes that bare methods were found in
    taken: set[int] = field(default_factory=set)

    def definitions(self) -> None:
        """Replace what is known by name, then add the rest."""
        targets = [(new, self._target(new)) for new in self.code.tops]
        for new, target in targets:
            if target is not None:
                self._put(target, new)
                self.homes += [d for d in self.file.walk() if target in d.children]
        for index, (new, target) in enumerate(targets):
            if target is None:
                following = next((t for _, t in targets[index + 1 :] if t is not None), None)
                self._add(new, following)

    def statements(self) -> None:
        """Statements that define nothing: put in place of theirs, else left out and named."""
        if self.code.bare:
            return
        old = self.file.statements()
        texts = {self._squeezed(self.file, node) for node in old}
        for node in self.code.statements():
            if not (_is_loose(self.code, node) or _is_main_guard(node)):
                continue
            if self._squeezed(self.code, node) in texts:
                continue
            theirs = next((n for n in old if _same_place(n, node)), None)
            if theirs is not None:
                text = self.code.data[node.start_byte : node.end_byte]
                self.edits.append((theirs.start_byte, theirs.end_byte, text))
                self.replaced.append(_first_line(theirs))
            else:
                self.left_out.append(_first_line(node))

    def imports(self) -> None:
        """New imports go after the last one, `from __future__` before the first."""
        if self.code.bare:
            return
        missing = missing_imports(self.code, self.file)
        for future in (True, False):
            lines = [text for text in missing if ("__future__" in text) == future]
            if not lines:
                continue
            place, follows = import_position(self.file, future)
            text = "".join(f"{line}\n" for line in lines).encode()
            rest = self.file.data[place:]
            if place and not self.file.data[:place].endswith(b"\n"):
                text = b"\n" + text
            if not follows and place and not self.file.data[:place].endswith((b"\n\n", b"\n\r\n")):
                text = b"\n" + text
            if not follows and rest and not rest.startswith((b"\n", b"\r\n")):
                text += b"\n" if self._begins_with_import(rest) else self._gap(True)
            self.edits.insert(0, (place, place, text))
            self.added += lines

    def result(self) -> Spliced:
        """The file with all edits; raises SpliceError when that changes or breaks it."""
        data = self.file.data
        ordered = sorted(self.edits, key=lambda edit: edit[:2])
        for start, end, text in ordered[::-1]:
            data = data[:start] + _line_endings(text, self.file.data) + data[end:]
        if data == self.file.data:
            raise SpliceError(self._nothing())
        if not self.file.tree.root_node.has_error:
            broken = first_fault(source(self.file.language, data).tree.root_node)
            if broken is not None:
                line = data.splitlines()[broken.start_point.row].decode("utf-8", "replace")
                raise SpliceError(
                    f"With your code in place the file would not parse near `{line.strip()}`. "
                    "Give each changed function complete, with its usual indentation."
                )
        return Spliced(data, self.replaced, self.added, self.left_out)

    # finding

    def _target(self, new: Definition) -> Definition | None:
        family = _family(new)
        same = [d for d in self.file.walk() if _family(d) == family]
        exact = [d for d in same if d.qualified == new.qualified and not self.code.bare]
        suffix = [d for d in same if f".{d.qualified}".endswith(f".{self._name(new)}")]
        if self._is_method(new):
            methods = [d for d in suffix if d.what == "method"]
            return self._pick(new, methods or exact)
        if exact or family == "value":
            return self._pick(new, exact)
        return self._pick(new, suffix)

    def _name(self, new: Definition) -> str:
        return new.name if self.code.bare else new.qualified

    def _is_method(self, new: Definition) -> bool:
        """Whether a function that stands alone was written for a class."""
        if self.code.bare or (new.what == "method" and new.qualified == new.name):
            return True
        parameters = new.node.child_by_field_name("parameters")
        first = parameters.named_children[:1] if parameters else []
        return bool(first) and (first[0].text or b"").split(b":")[0] in (b"self", b"cls")

    def _pick(self, new: Definition, candidates: Sequence[Definition]) -> Definition | None:
        """The candidate that `new` stands for; of several, the one that looks most like it."""
        marks: list[Callable[[Definition, Source], object]] = [
            lambda d, s: d.node.type,
            _header,
            _decorators,
        ]
        for mark in marks:
            if len(candidates) < 2:
                break
            alike = [d for d in candidates if mark(d, self.file) == mark(new, self.code)]
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

    # replacing

    def _put(self, target: Definition, new: Definition) -> None:
        if target.start in self.taken:
            raise SpliceError(f"`{new.qualified}` is given twice. Give it once.")
        self.taken.add(target.start)
        if self._can_merge(target, new):
            self._merge(target, new)
            return
        self._refuse_stub(new, target)
        before = len(self.edits)
        if _grouped(target) or (not _wrapped(new) and _wrapped(target)):
            # `export`, `template <…>` and a group's keyword stay when they are not given.
            text = self._moved(new, new.node.start_byte, new.node.end_byte, target.indent)
            self._edit(target.node.start_byte, target.node.end_byte, text)
        else:
            end = new.end
            text = self._lead(target, new) + self._moved(new, new.head, end, target.indent)
            self._edit(target.start, target.end, text)
        if len(self.edits) > before:
            self.replaced.append(target.qualified)

    def _refuse_stub(self, new: Definition, target: Definition | None) -> None:
        if not is_stub(new) or (target is not None and is_stub(target)):
            return
        lead = " ".join(self.code.text(part.start, part.end) for part in new.lead)
        if target is None and (new.what == "class" or re.search("abstract|overload", lead)):
            return
        raise SpliceError(f"The body of `{new.qualified}` is only a placeholder. Write it in full.")

    def _can_merge(self, target: Definition, new: Definition) -> bool:
        if target.what not in _OPEN or new.what not in _OPEN or not (target.body and new.body):
            return False
        one_line = target.body.end_point.row == target.node.start_point.row
        return not one_line and not is_stub(target) and bool(target.children or new.children)

    def _merge(self, target: Definition, new: Definition) -> None:
        assert target.body is not None and new.body is not None
        before = len(self.edits)
        start, stop = _after_name(new)
        given = self.code.data[start:stop]
        if given.strip(b": \n"):
            self._edit(*_after_name(target), given)
        if new.lead:
            self._edit(target.start, target.head, self._lead(target, new))
        self._merge_docstring(target, new)
        if len(self.edits) > before:
            self.replaced.append(target.qualified)
        for child in new.children:
            same = [
                d
                for d in target.children
                if d.name == child.name and (_family(d) == _family(child))
            ]
            found = self._pick(child, same)
            if found is not None:
                self._put(found, child)
            else:
                self._add_member(target, child)

    def _merge_docstring(self, target: Definition, new: Definition) -> None:
        theirs, ours = _docstring(target), _docstring(new)
        if ours is None or target.body is None:
            return
        indent = self._member_indent(target, ours)
        before = b" " * ours.start_point.column
        text = reindent(self.code, ours.start_byte, ours.end_byte, before, indent)
        if theirs is not None:
            self._edit(theirs.start_byte, theirs.end_byte, text)
        else:
            place = target.body.start_byte
            self._edit(place, place, text + b"\n" + indent)

    def _lead(self, target: Definition, new: Definition) -> bytes:
        """Comments and decorators: those given, and theirs of the kind that was not given."""
        theirs = self.file.data[target.start : target.head]
        if not new.lead:
            return theirs
        ours = self._moved(new, new.start, new.head, target.indent)
        kinds = {part.comment for part in new.lead}
        kept = [part for part in target.lead if part.comment not in kinds]
        if not kept:
            return ours
        texts = [self.file.data[part.start : part.end].rstrip() for part in kept]
        block = b"".join(text + b"\n" + target.indent for text in texts)
        return block + ours if kept[0].comment else ours + block

    # adding

    def _add(self, new: Definition, following: Definition | None) -> None:
        if new.what in ("constant", "field"):
            self._add_constant(new)
            return
        if self._is_method(new) and _family(new) == "function":
            self._add_member(self._home(new), new)
            return
        self._refuse_stub(new, None)
        self.added.append(new.qualified)
        text = self._moved(new, new.start, new.end, b"")
        early = new.what not in _CALLABLE or f"@{new.name}" in self.code.text(0, -1)
        if early and following is not None and not following.indent:
            self.edits.append((following.start, following.start, text + b"\n" + self._gap(True)))
            return
        modules = [top for top in self.file.tops if top.what == "module"]
        own = [top for top in self.file.tops if top.what in _CALLABLE | CONTAINERS]
        if len(modules) == 1 and not own and modules[0].children:
            self.added.pop()
            self._add_member(modules[0], new)
        elif own:
            self._append_after(own[-1].end, text)
        else:
            guard = next((n for n in self.file.statements() if _is_main_guard(n)), None)
            if guard is not None:
                self.edits.append(
                    (guard.start_byte, guard.start_byte, text + b"\n" + self._gap(True))
                )
            else:
                self._append_after(len(self.file.data.rstrip()), text)

    def _append_after(self, end: int, text: bytes) -> None:
        stop = self.file.data.find(b"\n", end)
        place = len(self.file.data) if stop < 0 else stop
        if self.file.data[:place].endswith(b"\r"):
            place -= 1
        tail = b"" if self.file.data[place:] else b"\n"
        self.edits.append((place, place, b"\n" + self._gap(True) + text + tail))

    def _add_constant(self, new: Definition) -> None:
        """Constants that the given functions use are added; results of example calls are not."""
        text = self.code.text(new.start, new.end)
        others = [top for top in self.code.tops if top is not new]
        word = re.compile(rf"\b{re.escape(new.name)}\b")
        used = any(word.search(self.code.text(top.start, top.end)) for top in others)
        if not used and not new.name.isupper():
            self.left_out.append(text.split("\n")[0])
            return
        self.added.append(new.qualified)
        names = {top.name for top in (*self.file.tops, *self.code.tops) if top.what in _CALLABLE}
        if names & set(re.findall(r"\w+", text)):
            self._append_after(len(self.file.data.rstrip()), text.encode())
            return
        place, _ = import_position(self.file, False)
        rest = self.file.data[place:].lstrip(b"\r\n")
        place = len(self.file.data) - len(rest)
        gap = self._gap(True) if self.file.tops and self.file.tops[0].start == place else b"\n"
        self.edits.append((place, place, text.encode() + (b"\n" if gap == b"\n" else b"") + gap))

    def _home(self, new: Definition) -> Definition:
        """The class that a new bare method belongs to."""
        homes = list({d.start: d for d in self.homes if d.what in CONTAINERS}.values())
        if not homes:
            homes = [d for d in self.file.walk() if d.what in CONTAINERS and d.body]
        if len(homes) != 1:
            names = ", ".join(d.qualified for d in homes) or "none"
            raise SpliceError(
                f"`{new.name}` is a new method, but of which class? Put it inside `class X:`. "
                f"Classes in the file: {names}."
            )
        return homes[0]

    def _add_member(self, home: Definition, new: Definition) -> None:
        if home.body is None or home.body.end_point.row == home.node.start_point.row:
            raise SpliceError(f"Give the class `{home.name}` complete, with `{new.name}` in it.")
        if new.what == "method":
            self._refuse_stub(new, None)
        self.added.append(f"{home.qualified}.{new.name}")
        indent = self._member_indent(home, new.node)
        text = self._moved(new, new.start, new.end, indent)
        fields = [d for d in home.children if d.what == "field"]
        if new.what != "field":
            last = [home.children[-1].end] if home.children else []
            inside = [n for n in home.body.children if n.type not in ("}", "end")]
            place = max([n.end_byte for n in inside] + last + [home.body.start_byte])
            gap = b"" if place == home.body.start_byte + 1 else b"\n"
            self.edits.append((place, place, b"\n" + gap + indent + text))
        elif fields:
            self.edits.append((fields[-1].end, fields[-1].end, b"\n" + indent + text))
        else:
            docstring = _docstring(home)
            inside = [n for n in home.body.named_children if n is not docstring]
            place = inside[0].start_byte if inside else home.body.start_byte
            if home.children and home.children[0].start <= place:
                place = home.children[0].start
            self.edits.append((place, place, text + b"\n\n" + indent))

    def _member_indent(self, home: Definition, like: Node) -> bytes:
        if home.children:
            return home.children[0].indent
        if home.body is not None and home.body.type == "block":
            line = self.file.data.rfind(b"\n", 0, home.body.start_byte) + 1
            return self.file.data[line : home.body.start_byte]
        step = like.start_point.column or 4
        return home.indent + b" " * step

    # text

    def _edit(self, start: int, end: int, text: bytes) -> None:
        if _line_endings(text, b"") != _line_endings(self.file.data[start:end], b""):
            self.edits.append((start, end, text))

    def _moved(self, new: Definition, start: int, end: int, indent: bytes) -> bytes:
        return reindent(self.code, start, end, new.indent, indent)

    def _gap(self, top: bool) -> bytes:
        return b"\n\n" if self.file.language.name == "python" and top else b"\n"

    def _begins_with_import(self, rest: bytes) -> bool:
        return rest.startswith((b"import", b"from", b"use", b"#include"))

    def _squeezed(self, side: Source, node: Node) -> str:
        return " ".join(side.text(node.start_byte, node.end_byte).split())

    def _nothing(self) -> str:
        if self.left_out:
            return (
                "There is no changed function, method or class in your code, only statements: "
                f"{'; '.join(f'`{line}`' for line in self.left_out[:3])}."
            )
        return "Nothing changed: your code is the same as what the file has already."


def _family(definition: Definition) -> str:
    if definition.what in _CALLABLE:
        return "function"
    if definition.what == "impl":
        return "impl"
    return "value" if definition.what in ("constant", "field") else "class"


def _header(definition: Definition, side: Source) -> str:
    stop = definition.body.start_byte if definition.body else definition.end
    text = side.text(definition.head, stop)
    return f"{_decorators(definition, side)} {' '.join(text.split())}"


def _decorators(definition: Definition, side: Source) -> str:
    parts: Iterable[str] = (
        side.text(part.start, part.end) for part in definition.lead if not part.comment
    )
    return " ".join(" ".join(parts).split())


def _after_name(definition: Definition) -> tuple[int, int]:
    """What stands between a class's name and its body: bases, type parameters."""
    return definition.name_end, definition.header_end


def _docstring(definition: Definition) -> Node | None:
    if definition.body is None or definition.body.type != "block":
        return None
    first = next((n for n in definition.body.named_children if n.type not in COMMENTS), None)
    return first if first is not None and is_string_statement(first) else None


def _wrapped(definition: Definition) -> bool:
    return definition.head < definition.node.start_byte


def _grouped(definition: Definition) -> bool:
    """Whether it is one of several in a `const (…)`, `type (…)` or `var (…)` group."""
    parent = definition.node.parent
    if parent is None:
        return False
    group = parent.type in ("const_declaration", "type_declaration", "var_declaration")
    return parent.type.endswith("_spec_list") or (group and parent.named_child_count > 1)


def _same_place(theirs: Node, ours: Node) -> bool:
    """Whether two statements are both the main guard, or assign to the same target."""
    if _is_main_guard(ours):
        return _is_main_guard(theirs)
    target = _assigned(ours)
    return target is not None and target == _assigned(theirs)


def _assigned(node: Node) -> bytes | None:
    for child in node.named_children[:1]:
        if "assignment" in child.type:
            left = child.child_by_field_name("left")
            return left.text if left else None
    return None


def _first_line(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").split("\n")[0].strip()
