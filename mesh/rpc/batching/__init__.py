"""Calls of an RPC that are made at the same time travel to their service in one message.

Which may is said by the option `coalesced` of the contract. `async_coalescer` and
`thread_coalescer` send calls together, `servicer` serves them, and a service's wiring names by a
`calls.Read` or `calls.Write` the function that does several at once.
"""
