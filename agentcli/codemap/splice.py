"""Put changed functions into a file by syntax tree: only what was given changes."""

from tree_sitter import Node

from agentcli.codemap.definitions import COMMENTS
from agentcli.codemap.languages import language_of
from agentcli.codemap.splicing.adding import add
from agentcli.codemap.splicing.draft import Draft, Spliced, like
from agentcli.codemap.splicing.imports import import_position, is_import, missing_imports
from agentcli.codemap.splicing.matching import find_target
from agentcli.codemap.splicing.newcode import (
    Source,
    SpliceError,
    check_placeholders,
    is_main_guard,
    is_string_statement,
    read_new_code,
    source,
)
from agentcli.codemap.splicing.replacing import put

__all__ = ["SpliceError", "Spliced", "splice"]


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
    draft = Draft(code, file)
    _definitions(draft)
    if not code.bare:
        _statements(draft)
        _imports(draft)
    return draft.result()


def _definitions(draft: Draft) -> None:
    """Replace what is known by name, then add the rest."""
    targets = [(new, find_target(draft, new)) for new in draft.code.tops]
    known = [target for _, target in targets if target is not None]
    homes = [d for d in draft.file.walk() if any(target in d.children for target in known)]
    for index, (new, target) in enumerate(targets):
        if target is not None:
            put(draft, target, new)
        else:
            following = next((t for _, t in targets[index + 1 :] if t is not None), None)
            add(draft, new, following, homes)


def _statements(draft: Draft) -> None:
    """Statements that define nothing: put in place of theirs, else left out and named."""
    old = draft.file.statements()
    texts = {_squeezed(node) for node in old}
    for node in draft.code.statements():
        if not (_is_loose(draft.code, node) or is_main_guard(node)) or _squeezed(node) in texts:
            continue
        theirs = next((n for n in old if _same_place(n, node)), None)
        if theirs is None:
            draft.left_out.append(_first_line(node))
        else:
            text = draft.code.data[node.start_byte : node.end_byte]
            draft.replace(theirs.start_byte, theirs.end_byte, text)
            draft.replaced.append(_first_line(theirs))


def _imports(draft: Draft) -> None:
    """New imports go after the last one, `from __future__` before the first."""
    missing = missing_imports(draft.code, draft.file)
    for future in (True, False):
        lines = [text for text in missing if ("__future__" in text) == future]
        if lines:
            place, follows = import_position(draft.file, future)
            text = "".join(f"{line}\n" for line in lines).encode()
            before, after = draft.file.data[:place], draft.file.data[place:]
            if before and not before.endswith(b"\n"):
                text = b"\n" + text
            if not follows:
                text = _set_apart(text, before, after, draft.gap)
            # Before definitions that are added at the same place.
            draft.edits.insert(0, (place, place, text))
            draft.added += lines


def _set_apart(text: bytes, before: bytes, after: bytes, gap: bytes) -> bytes:
    """The first imports of a file, with blank lines around them."""
    if before and not before.endswith((b"\n\n", b"\n\r\n")):
        text = b"\n" + text
    if after and not after.startswith((b"\n", b"\r\n")):
        others = after.startswith((b"import", b"from", b"use", b"#include"))
        text += b"\n" if others else gap
    return text


def _squeezed(node: Node) -> bytes:
    return b" ".join((node.text or b"").split())


def _whole(path: str, old: bytes, new_code: str) -> Spliced:
    text = new_code.replace("\r\n", "\n").strip("\n") + "\n"
    if not text.strip():
        raise SpliceError("There is no code in your answer.")
    language = language_of(path)
    if language is None:
        data = like(text.encode(), old)
        replaced, added = ([path], []) if old.strip() else ([], [path])
    else:
        code = read_new_code(language, text)
        file = source(language, old)
        head = b"" if code.data.startswith((b"#", b"//", b"/*")) else _file_head(file)
        data = like(head + code.data, old)
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
    guards = [any(map(is_main_guard, side.statements())) for side in (code, file)]
    return len(own) >= len(loose) and guards[0] >= guards[1]


def _is_loose(code: Source, node: Node) -> bool:
    return not (is_import(code, node) or is_main_guard(node) or is_string_statement(node)) and (
        not node.type.startswith("package_")
    )


def _file_head(file: Source) -> bytes:
    """The comments at the top of the file: interpreter line, licence."""
    first = next((n for n in file.tree.root_node.children if n.type not in COMMENTS), None)
    starts = [top.start for top in file.tops[:1]] + ([first.start_byte] if first else [])
    return file.data[: min(starts)] if starts else b""


def _same_place(theirs: Node, ours: Node) -> bool:
    """Whether two statements are both the main guard, or assign to the same target."""
    if is_main_guard(ours):
        return is_main_guard(theirs)
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
