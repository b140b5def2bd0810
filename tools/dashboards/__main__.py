"""`python -m tools.dashboards [--check]`: the dashboards' JSON for Grafana.

It is written beside grafana/dashboards/provider.yaml; `--check` only prints what differs.
"""

import json
import sys

from dev.config import ROOT
from tools.dashboards.outbox import OUTBOX
from tools.dashboards.overview import OVERVIEW
from tools.dashboards.payments import PAYMENTS
from tools.dashboards.service import SERVICE

FOLDER = ROOT / "deploy" / "observability" / "grafana" / "dashboards"
DASHBOARDS = {"overview": OVERVIEW, "service": SERVICE, "outbox": OUTBOX, "payments": PAYMENTS}


def main() -> int:
    texts = {f"{name}.json": json.dumps(made, indent=1) + "\n" for name, made in DASHBOARDS.items()}
    there = {file.name: file.read_text() for file in FOLDER.glob("*.json")}
    if "--check" not in sys.argv[1:]:
        for name, text in texts.items():
            (FOLDER / name).write_text(text)
        for name in there.keys() - texts.keys():
            (FOLDER / name).unlink()
        return 0
    differ = sorted(name for name, _ in texts.items() ^ there.items())
    for name in dict.fromkeys(differ):
        print(f"{FOLDER / name} is not what tools/dashboards makes: run `make gen`")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
