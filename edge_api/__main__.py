"""`python -m edge_api serve | openapi <descriptor set> <out.yaml> | routes | doctor`."""

import os
import sys

import django

from mesh.contract.model import ContractError
from mesh.core.config import SettingError
from mesh.core.errors import StartRefused


def main() -> int:
    """Runs the command that `sys.argv` names; a wrong setting is one line and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edge_api.settings")
    try:
        if sys.argv[1:2] == ["doctor"]:
            from edge_api.cli import doctor  # noqa: PLC0415  # see below

            return doctor(sys.argv[2:])
        django.setup()
        from edge_api.cli import run  # noqa: PLC0415  # loads DRF, which needs the settings

        return run(sys.argv[1:])
    except (ContractError, SettingError, StartRefused) as error:
        print(f"edge_api: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
