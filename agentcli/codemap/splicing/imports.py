"""Imports: which ones a file has, and new ones merged in without duplicates."""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from agentcli.codemap.definitions import COMMENTS
from agentcli.codemap.splicing.newcode import Source, is_string_statement

_FIRST = {"package_clause", "package_declaration"}
_IMPORT_BLOCKS = {"if_statement", "try_statement"}


def is_import(code: Source, node: Node) -> bool:
    """Whether a top-level statement is an import, or a block of nothing but imports."""
    if code.language.name == "ruby":
        return node.type == "call" and _text(node).startswith("require")
    if node.type in code.language.imports:
        return True
    return node.type in _IMPORT_BLOCKS and any(
        child.type in code.language.imports for child in _statements(node)
    )


def missing_imports(code: Source, old: Source) -> Sequence[str]:
    """The import statements of `code` that `old` lacks, cut down to the names it lacks."""
    known = {key for node in old.statements() for key, _ in _keys(old, node)}
    missing: list[str] = []
    for node in code.statements():
        if not is_import(code, node):
            continue
        keys = list(_keys(code, node))
        fresh = [(key, text) for key, text in keys if key not in known]
        if fresh and (len(fresh) == len(keys) or node.type in _IMPORT_BLOCKS):
            missing.append(_text(node))
        else:
            missing += [text for _, text in fresh]
        known |= {key for key, _ in fresh}
    return missing


def import_position(old: Source, future: bool) -> tuple[int, bool]:
    """Where a new import goes, and whether that is directly after another import."""
    statements = old.statements()
    imports = [node for node in statements if is_import(old, node)]
    if imports and not future:
        return _line_end(old.data, imports[-1]), True
    body = old.tree.root_node.named_children
    place, after = 0, False
    for index, node in enumerate(body):
        header = node.type in _FIRST or (is_string_statement(node) and not after)
        comment = node.type in COMMENTS and not after and _stands_alone(body, index)
        if not header and not comment:
            break
        place, after = _line_end(old.data, node), after or header
    return place, False


def _stands_alone(body: Sequence[Node], index: int) -> bool:
    """A comment of the file's head: not directly above a definition."""
    following = body[index + 1 : index + 2]
    return not following or (
        following[0].start_point.row - body[index].end_point.row > 1
        or following[0].type in COMMENTS
        or following[0].type in _FIRST
        or is_string_statement(following[0])
    )


def _keys(code: Source, node: Node) -> Iterator[tuple[str, str]]:
    """For each name that an import brings in: what it is, and the statement for it alone."""
    if not is_import(code, node):
        return
    text = _text(node)
    if node.type in ("import_from_statement", "future_import_statement"):
        module = node.child_by_field_name("module_name")
        origin = _text(module) if module else "__future__"
        names = [_text(name) for name in node.children_by_field_name("name")] or ["*"]
        for name in names:
            statement = f"from {origin} import {name}"
            yield statement, statement
    elif node.type == "import_statement" and code.language.name == "python":
        for module_name in node.children_by_field_name("name"):
            yield f"import {_text(module_name)}", f"import {_text(module_name)}"
    elif node.type == "import_statement":
        yield from _script_keys(node, text)
    elif code.language.name == "go":
        for spec in _find(node, "import_spec"):
            yield _text(spec), f"import {_text(spec)}"
    elif node.type in _IMPORT_BLOCKS:
        for inner in _statements(node):
            yield from _keys(code, inner)
    else:
        yield _squeeze(text), text


def _script_keys(node: Node, text: str) -> Iterator[tuple[str, str]]:
    origin = node.child_by_field_name("source")
    specifiers = list(_find(node, "import_specifier"))
    whole = not specifiers or origin is None or _find_one(node, "namespace_import")
    if whole or origin is None:
        yield _squeeze(text), text
        return
    kind = "import type" if text.startswith("import type") else "import"
    source = _text(origin).strip("'\"")
    clause = _find_one(node, "import_clause")
    default = clause.named_children[0] if clause else None
    if default is not None and default.type == "identifier":
        name = _text(default)
        yield f"{source}: default {name}", f"{kind} {name} from {_text(origin)};"
    for specifier in specifiers:
        name = _text(specifier)
        yield f"{source}: {name}", f"{kind} {{ {name} }} from {_text(origin)};"


def _statements(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.type in ("block", "else_clause", "except_clause", "finally_clause"):
            yield from _statements(child)
        elif child.is_named:
            yield child


def _find(node: Node, kind: str) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == kind:
            yield child
        else:
            yield from _find(child, kind)


def _find_one(node: Node, kind: str) -> Node | None:
    return next(_find(node, kind), None)


def _line_end(data: bytes, node: Node) -> int:
    """The start of the line after the node."""
    if node.end_point.column == 0:  # such a node owns its line break (#include)
        return node.end_byte
    stop = data.find(b"\n", node.end_byte)
    return len(data) if stop < 0 else stop + 1


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).rstrip("; ")


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").rstrip()
