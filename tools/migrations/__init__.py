"""The gate of migrations: none stops what is served, or breaks the version that is running."""
