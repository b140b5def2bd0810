"""gRPC servers, clients and interceptors.

A service declares in `definition` what it serves, calls others by `client`, makes requests
idempotent by `idempotency` and streams by `streaming.watch`. The edge calls by `async_client`.
`handlers` puts `interceptors` around every RPC and `server` serves it.
"""
