"""`make seed`: a shop of any size, in bulk, as if people had ordered for a year.

`people` and `goods` make users and products, `orders` lives through an order's states,
`rows` writes what each service keeps of it, `fill` copies that into the databases.
"""
