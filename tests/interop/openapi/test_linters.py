"""What linters find in the OpenAPI document is mended, or waived with a reason.

The rules are those of spectral (oas), OWASP's top ten of APIs, Zalando's guidelines and redocly;
`lint/waivers.yaml` is the one list of what is left as it is.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.config import ROOT
from tests.support.left_out import fetched, need

HERE = Path(__file__).parent / "lint"
DOCUMENT = ROOT / "generated" / "openapi" / "edge.yaml"
WITHIN_S = 300


@dataclass(frozen=True)
class Finding:
    rule: str
    at: str
    message: str


@dataclass(frozen=True)
class Waiver:
    """Excuses the findings of a rule at the places that `at`, a regular expression, matches."""

    rule: str
    reason: str
    at: str = ""

    def excuses(self, finding: Finding) -> bool:
        return self.rule == finding.rule and re.search(self.at, finding.at) is not None


WAIVERS = [Waiver(**one) for one in yaml.safe_load((HERE / "waivers.yaml").read_text())]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("node")
    need("npm")
    folder = tmp_path_factory.mktemp("linters") / "lint"
    shutil.copytree(HERE, folder)
    fetched("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return folder


@pytest.fixture(scope="module")
def findings(tools: Path) -> list[Finding]:
    return [*of_spectral(tools), *of_redocly(tools)]


def test_every_finding_is_waived_with_a_reason(findings: list[Finding]) -> None:
    left = [one for one in findings if not any(waiver.excuses(one) for waiver in WAIVERS)]
    assert left == []


def test_no_waiver_outlives_its_findings(findings: list[Finding]) -> None:
    idle = [one for one in WAIVERS if not any(one.excuses(finding) for finding in findings)]
    assert idle == []
    assert all(waiver.reason for waiver in WAIVERS)


def of_spectral(tools: Path) -> Iterator[Finding]:
    command = ("spectral", "lint", "--ruleset", "spectral.yaml", "--format", "json", "--quiet")
    for one in printed(tools, *command, str(DOCUMENT)):
        yield Finding(one["code"], ".".join(map(str, one["path"])), one["message"])


def of_redocly(tools: Path) -> Iterator[Finding]:
    command = (
        "redocly",
        "lint",
        "--extends=recommended-strict",
        "--format=json",
        "--max-problems=1000",
    )
    for one in printed(tools, *command, str(DOCUMENT))["problems"]:
        yield Finding(one["ruleId"], one["location"][0]["pointer"], one["message"])


def printed(tools: Path, program: str, *arguments: str) -> Any:
    """Returns the JSON that a linter prints; its exit status only says that it found some."""
    done = subprocess.run(
        [f"node_modules/.bin/{program}", *arguments],
        cwd=tools,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
