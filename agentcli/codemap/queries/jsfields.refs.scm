(class_heritage [(identifier) @ref (member_expression property: (property_identifier) @ref)])
(jsx_opening_element name: (identifier) @ref)
(jsx_self_closing_element name: (identifier) @ref)
