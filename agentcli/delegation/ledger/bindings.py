"""Where a name is bound: parameters, assignments, declarations, loop variables.

Only a name that its own function binds can be renamed there without changing what the program
does; another name in the place of a called function is another program.
"""

from collections.abc import Mapping

from tree_sitter import Node

# Node type → the fields that bind; "" means every direct child.
_BINDERS: Mapping[str, tuple[str, ...]] = {
    # Python
    "assignment": ("left",),
    "for_statement": ("left",),
    "for_in_clause": ("left",),
    "named_expression": ("name",),
    "as_pattern_target": ("",),
    "parameters": ("",),
    "lambda_parameters": ("",),
    "typed_parameter": ("",),
    "default_parameter": ("name",),
    "typed_default_parameter": ("name",),
    # JavaScript, TypeScript
    "variable_declarator": ("name",),
    "formal_parameters": ("",),
    "required_parameter": ("pattern",),
    "optional_parameter": ("pattern",),
    "for_in_statement": ("left",),
    "arrow_function": ("parameter",),
    "catch_clause": ("parameter",),
    # Go
    "short_var_declaration": ("left",),
    "var_spec": ("name",),
    "range_clause": ("left",),
    "parameter_declaration": ("name", "declarator"),
    # Rust
    "let_declaration": ("pattern",),
    "parameter": ("pattern",),
    "for_expression": ("pattern",),
    "closure_parameters": ("",),
    # Java
    "formal_parameter": ("name",),
    "enhanced_for_statement": ("name",),
    # C, C++
    "init_declarator": ("declarator",),
    "declaration": ("declarator",),
    # Ruby
    "method_parameters": ("",),
    "block_parameters": ("",),
}
# Between a binder and the name there may be patterns.
_PATTERNS = frozenset(
    [
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "expression_list",
        "array_pattern",
        "list_splat_pattern",
        "dictionary_splat_pattern",
        "rest_pattern",
        "pointer_declarator",
        "array_declarator",
        "reference_declarator",
        "mut_pattern",
        "left_assignment_list",
    ]
)


def binds(name: Node) -> bool:
    """Whether this identifier is bound where it stands."""
    node, parent = name, name.parent
    while parent is not None and parent.type in _PATTERNS:
        node, parent = parent, parent.parent
    if parent is None:
        return False
    fields = _BINDERS.get(parent.type, ())
    if "" in fields:
        return True
    return any(node in parent.children_by_field_name(field) for field in fields)
