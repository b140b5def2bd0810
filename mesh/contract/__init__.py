"""What the `.proto` says of an RPC, and the values that it speaks of.

`model` reads the descriptors (`Contract`, `Method`, `Access`), `validation` checks a message
against its constraints, `pagination`, `updates` and `money` are AIP-158's page tokens,
AIP-134's update masks with AIP-154's etags, and google.type.Money.
"""
