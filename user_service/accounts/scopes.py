"""What staff may do, as access tokens say it in `scope`; contracts ask for these."""

SCOPES = (
    "users.read",
    "users.write",
    "catalog.write",
    "orders.read",
    "orders.write",
    "payments.read",
    "payments.write",
)
