"""`python -m edge_api serve | openapi <descriptor set> <out.yaml> | routes | doctor`."""

import os
import sys
from importlib import import_module

import django

from mesh.contract.model import ContractError
from mesh.core.config import SettingError
from mesh.core.errors import StartRefused


def main() -> int:
    """Run the command that `sys.argv` names; a wrong set-up is one line and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edge_api.settings")
    try:
        if sys.argv[1:2] == ["doctor"]:
            return int(import_module("edge_api.cli").doctor(sys.argv[2:]))
        django.setup()
        # DRF reads the settings while it is imported, so it can't be before they are known.
        run = import_module("edge_api.cli").run
        return int(run(sys.argv[1:]))
    except (ContractError, SettingError, StartRefused) as error:
        print(f"edge_api: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
