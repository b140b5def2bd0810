"""What the service holds about one person, put together for that person."""
