"""What everything stands on; it imports nothing of the kit.

`config` reads settings from the environment, `errors` are the types that cross an RPC,
`ids` makes time-ordered ids, `network` addresses, `failpoints` stops a process for a test,
and `wiring` finds the one object that says what a service is made of.
"""
