"""The page that a local run shows at `/` of its edge: what runs, and orders on their way."""
