"""How many requests a caller may make: budgets a class of RPC, kept in Redis for all edges."""
