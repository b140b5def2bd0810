"""Compiles a contract: `python -m mesh.contract PROTOS GENERATED`.

Makes Python of every `.proto` below PROTOS, and the descriptor set that services and the edge
read, `contract.binpb`. An `api.yaml` in PROTOS goes beside it: title and such, for the edge.
"""

import argparse
import shutil
import sys
from pathlib import Path

from market.options.v1 import options_pb2, reasons_pb2
from mesh.contract.compile import CompileError, compile_protos, drop_empty_stubs

DESCRIPTORS = "contract.binpb"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mesh.contract", description=__doc__)
    parser.add_argument("protos", type=Path)
    parser.add_argument("generated", type=Path)
    options = parser.parse_args()
    python, imports = options.generated, (options_pb2, reasons_pb2)
    try:
        compile_protos(
            options.protos, descriptors=python / DESCRIPTORS, python=python, imports=imports
        )
    except CompileError as error:
        sys.exit(str(error))
    drop_empty_stubs(python)
    if (info := options.protos / "api.yaml").exists():
        shutil.copy(info, python)


if __name__ == "__main__":
    main()
