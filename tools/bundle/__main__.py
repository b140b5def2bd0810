"""Makes the bundle in a folder, and says where its parts are."""

import sys
from pathlib import Path

from tools.bundle.archive import make_bundle
from tools.bundle.third_party import SourceMissing


def main() -> int:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    try:
        for made in make_bundle(target):
            print(made)
    except SourceMissing as error:
        print(f"tools.bundle: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
