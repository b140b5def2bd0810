"""Reads that are made at the same time travel to their service in one message.

What may is said by the option `coalesced` of the contract. `async_coalescer` and
`thread_coalescer` send calls together, `servicer` serves them, and a service's wiring says by a
`reading.Read` how its rows are read together.
"""
