(call_expression function: [
  (qualified_identifier name: (identifier) @ref)
  (template_function name: (identifier) @ref)])
