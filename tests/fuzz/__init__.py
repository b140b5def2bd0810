"""Hostile input, made from the contract: for the edge from its OpenAPI document, for each
servicer from its descriptors. No answer but a typed one is right.
"""
