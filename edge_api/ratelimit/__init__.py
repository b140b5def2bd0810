"""Rate limits: a quota for each caller and class of RPC, counted in Redis for all edges."""
