"""Settings, errors and ids; imports nothing of the kit.

`config` reads settings from the environment, `errors` are the types that cross an RPC,
`ids` makes time-ordered ids, `network` addresses, `failpoints` stops a process for a test,
and `wiring` finds a service's definition.
"""
