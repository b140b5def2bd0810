"""`market`, the command-line client of the shop, over gRPC.

`cli` finds a command's module when it is wanted, `client` calls the services as the contract
says, `sessions` keeps who is signed in, `errors` tells what went wrong, and the other modules
hold the commands. `make contracts` makes a wheel of it.
"""
