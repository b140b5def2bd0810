"""PostgreSQL as the kit uses it: whose a database is, hooks around statements, partitions."""
