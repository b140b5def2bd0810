"""The one view of the public API, and what a process of the edge is put together from.

`edge` joins contract, routes, channels and keys, `endpoints` compiles each HTTP binding,
`view` serves a request, `authentication` and `negotiation` say who asks and for what form.
"""
