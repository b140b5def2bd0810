"""The OpenAPI document, derived from the descriptors with their comments and constraints."""
