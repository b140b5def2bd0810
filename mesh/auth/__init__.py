"""Who someone is, and what they may do.

`access` decides whether a caller may make a call, `tokens` makes and verifies tokens, `jwks`
keeps the keys they are verified with, `encryption` keeps what the database must not know.
`tls` and `compact_jws` are the kit's own.
"""
