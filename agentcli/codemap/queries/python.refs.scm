(call function: [(identifier) @ref (attribute attribute: (identifier) @ref)])
(class_definition superclasses: (argument_list [(identifier) @ref (attribute attribute: (identifier) @ref)]))
(class_definition superclasses: (argument_list (subscript value: (identifier) @ref)))
(decorator [(identifier) @ref (attribute attribute: (identifier) @ref)])
(type [(identifier) @ref (attribute attribute: (identifier) @ref)])
(type (binary_operator (identifier) @ref))
(generic_type (identifier) @ref)
(import_from_statement name: [
  (dotted_name (identifier) @ref .)
  (aliased_import name: (dotted_name (identifier) @ref .))])
(import_statement name: [
  (dotted_name (identifier) @ref .)
  (aliased_import name: (dotted_name (identifier) @ref .))])
(except_clause (identifier) @ref)
