"""Compares a contract with the released one: what breaks whom, and what is merely new.

`buf` knows the rules of wire, JSON and generated source; `methods`, `fields` and `constraints`
know what it does not: REST paths, access, deadlines, errors, constraints. `compare` puts both
together, `python -m tools.breaking` is the gate of `make check`.
"""
