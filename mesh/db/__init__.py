"""PostgreSQL as the kit uses it: whose database it is, and hooks around each statement."""
