"""`python -m tools.k8s.gate`: what `make check` asks of the manifests, without a cluster.

Builds every overlay and example, and checks each manifest by its schema and by the house's
rules. What lacks a program is left out in one line, but fails in CI, where nothing may be missing.
"""

import os
import sys
from collections.abc import Iterator

from tools.k8s import policies, schemas
from tools.k8s.built import BUILDS, Missing, every


def main() -> int:
    try:
        found = list(dict.fromkeys(_complaints()))
    except Missing as missing:
        print(f"deploy/k8s was not checked whole: {missing}", file=sys.stderr)
        return int(os.environ.get("CI") == "true")
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def _complaints() -> Iterator[str]:
    for path in BUILDS:
        manifests = every(path)
        yield from (f"{path}: {what}" for what in policies.complaints(manifests))
        for manifest in manifests:
            name = f"{path}: {manifest['kind']} {manifest['metadata']['name']}"
            yield from (f"{name}: {what}" for what in schemas.complaints(manifest))


if __name__ == "__main__":
    sys.exit(main())
