"""Makes the bundle of contracts that other teams build on: `python -m tools.bundle FOLDER`.

`archive` lays it out, `third_party` adds the `.proto` files that ours import, `changelog` says
what is new since the last release, `reference` writes the pages, `wheel` makes the Python
packages: the contracts, and the client `market`.
"""
