"""gRPC in and out: servers, clients, and all that happens around a call.

A service says in `definition` what it serves, calls others by `client`, answers a repeated
request by `idempotency` and streams by `streaming.watch`. The edge calls by `async_client`.
`handlers` puts `interceptors` around every RPC and `server` serves it.
"""
