"""The one view of the public API, and the parts of an edge process.

`edge` joins contract, routes, channels and keys, `endpoints` compiles each HTTP binding,
`view` serves a request by DRF's `authentication`, `negotiation` and `exception_handler`.
"""
