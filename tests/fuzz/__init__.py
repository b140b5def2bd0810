"""Hostile input, made from the contract: for the edge from its OpenAPI document by
schemathesis, for each servicer from its descriptors by hypothesis. No answer but a typed
one that the contract lists is right. What the dearest requests cost is measured too.
"""
