"""The contract of the `.proto` files, and the values that it defines.

`model` reads the descriptors (`Contract`, `Method`, `Access`), `validation` checks a message
against its constraints, `pagination`, `updates` and `money` are AIP-158's page tokens,
AIP-134's update masks with AIP-154's etags, and google.type.Money.
"""
