"""The catalog: products, their prices, and how many of each can be ordered now."""
