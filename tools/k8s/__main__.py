"""`python -m tools.k8s` writes what is made from the contract; `--check` fails when it differs."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from dev.config import ROOT
from mesh.contract.model import market_contract
from tools.k8s import access, extras
from tools.k8s.page import page
from tools.k8s.services import service_folders
from tools.k8s.tiers import market_tiers
from tools.made import write_or_check

FOLDER = ROOT / "deploy" / "k8s"
MADE = "# Made by `make k8s` from the contract, the wirings and the alerts: don't edit it.\n"


def made() -> Mapping[Path, str]:
    """Returns each file's content. Raises SystemExit where contract and wirings disagree."""
    tiers = market_tiers()
    folders = service_folders()
    return {
        **{FOLDER / "base/services" / name: MADE + text for name, text in folders.items()},
        FOLDER / "base/access/service-accounts.yaml": _yaml(access.service_accounts(tiers)),
        FOLDER / "base/access/network-policies.yaml": _yaml(access.network_policies(tiers)),
        FOLDER / "components/tls/certificates.yaml": _yaml(extras.certificates()),
        FOLDER / "components/tls/mounts.yaml": _yaml(extras.certificate_mounts(tiers)),
        FOLDER / "components/keda/scaled-objects.yaml": _yaml(extras.scaled_objects(tiers)),
        FOLDER / "components/staff/routes.yaml": _yaml(extras.staff_routes(tiers)),
        FOLDER / "components/staff/pages.env": MADE + extras.staff_sites(tiers),
        FOLDER / "components/monitoring/rules.yaml": _yaml(extras.prometheus_rules()),
        ROOT / "docs/callers.md": page(tiers, market_contract()),
    }


def _yaml(manifests: Iterable[access.Manifest]) -> str:
    return MADE + yaml.safe_dump_all(manifests, sort_keys=False, width=200, allow_unicode=True)


def main() -> int:
    return write_or_check(made(), "the contract", "make k8s")


if __name__ == "__main__":
    sys.exit(main())
