"""The bundle's reference pages, as HTML and as Markdown: `python -m tools.bundle.reference`.

`contents` reads a contract, `rules` says in words what a field may hold, `commands` writes an
RPC's request as command lines, `pages` renders all of it by `templates/`.
"""
