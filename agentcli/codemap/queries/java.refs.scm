(method_invocation name: (identifier) @ref)
(import_declaration (scoped_identifier name: (identifier) @ref))
(marker_annotation name: (identifier) @ref)
(annotation name: (identifier) @ref)
(type_identifier) @ref
