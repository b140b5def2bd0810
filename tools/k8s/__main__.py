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
        FOLDER / "components/monitoring/rules.yaml": _yaml(extras.prometheus_rules()),
        ROOT / "docs/callers.md": page(tiers, market_contract()),
    }


def _yaml(manifests: Iterable[access.Manifest]) -> str:
    return MADE + yaml.safe_dump_all(manifests, sort_keys=False, width=200, allow_unicode=True)


def main() -> int:
    files = made()
    if "--check" not in sys.argv:
        for file, content in files.items():
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
        return 0
    stale = [file for file, content in files.items() if not _holds(file, content)]
    for file in stale:
        print(
            f"{file.relative_to(ROOT)} differs from the contract: run `make k8s`", file=sys.stderr
        )
    return 1 if stale else 0


def _holds(file: Path, content: str) -> bool:
    return file.exists() and file.read_text() == content


if __name__ == "__main__":
    sys.exit(main())
