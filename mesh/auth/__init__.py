"""Authentication and authorization, tokens, keys and certificates.

`access` decides whether a caller may make a call, `tokens` makes and verifies tokens, `jwks`
caches the keys that verify tokens, `encryption` encrypts secrets at rest. `tls` and
`compact_jws` are the kit's own.
"""
