"""Measures what MESH_TLS=on costs a shop: `make bench NAME="tls [ROUNDS]"`.

Two whole meshes, with and without it, take turns.
"""

import sys

from tests.bench.load import run
from tests.bench.shop import compare

if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    run(compare({"MESH_TLS": "on"}, rounds))
