(call_expression function: [
  (identifier) @ref
  (scoped_identifier name: (identifier) @ref)
  (field_expression field: (field_identifier) @ref)
  (generic_function function: [(identifier) @ref (scoped_identifier name: (identifier) @ref)])])
(macro_invocation macro: (identifier) @ref)
(use_declaration argument: [(identifier) @ref (scoped_identifier name: (identifier) @ref)])
(use_list [(identifier) @ref (scoped_identifier name: (identifier) @ref)])
(scoped_identifier path: (identifier) @ref)
(type_identifier) @ref
