(field_definition property: (_) @name) @def.field
