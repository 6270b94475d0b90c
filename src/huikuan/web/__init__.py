"""The shell of the pages: base templates, components, tables, paging, REST frame."""
