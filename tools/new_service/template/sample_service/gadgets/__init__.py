"""Gadgets, and who may add them."""
