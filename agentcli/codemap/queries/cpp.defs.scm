(class_specifier name: (type_identifier) @name body: (_)) @def.class
(namespace_definition name: (namespace_identifier) @name) @def.module
(function_definition declarator: [
  (function_declarator declarator: (field_identifier) @name)
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier)] @name))
  (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
  (function_declarator declarator: [(destructor_name) (operator_name)] @name)
  (function_declarator declarator: (qualified_identifier
    scope: (namespace_identifier) @receiver
    name: [(identifier) (destructor_name) (operator_name)] @name))
  (pointer_declarator declarator: (function_declarator declarator: (qualified_identifier
    scope: (namespace_identifier) @receiver name: (identifier) @name)))
  (reference_declarator (function_declarator declarator: (qualified_identifier
    scope: (namespace_identifier) @receiver
    name: [(identifier) (operator_name)] @name)))]) @def.function
(field_declaration declarator: [
  (function_declarator declarator: (field_identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
  (reference_declarator (function_declarator declarator: (field_identifier) @name))]) @def.method
(field_declaration declarator: (field_identifier) @name) @def.field
(alias_declaration name: (type_identifier) @name) @def.type
(concept_definition name: (identifier) @name) @def.type
