(class_declaration name: (_) @name) @def.class
(function_declaration name: (_) @name) @def.function
(generator_function_declaration name: (_) @name) @def.function
(method_definition name: (_) @name) @def.method
(lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression)] @value)) @def.function
(variable_declaration (variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression)] @value)) @def.function
(lexical_declaration (variable_declarator
  name: (identifier) @name value: (class) @value)) @def.class
(expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)] @value)) @def.function
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name)) @def.constant
  (variable_declaration (variable_declarator name: (identifier) @name)) @def.constant
  (export_statement declaration: (lexical_declaration
    (variable_declarator name: (identifier) @name)) @def.constant)])
