"""Runs schemathesis on every operation of a running edge's OpenAPI document."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dev.config import ROOT
from tests.fuzz.people import NOBODY, STAFF, USER
from tests.fuzz.report import EdgeRun
from tests.support.mesh_under_test import read_addresses

CONFIG = ROOT / "tests" / "fuzz" / "schemathesis.toml"
# Those of a row ask at once. A user is another one for each operation, so what one made,
# others come across too. Staff may lock whom it finds, so it comes last.
IDENTITIES = ((USER, NOBODY), (STAFF,))
ENDS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Edge:
    """The edge of the mesh that wrote `ready`; logs go to `into`."""

    ready: Path
    into: Path

    def start(self, identity: str, *, examples: int, seed: int) -> "subprocess.Popen[bytes]":
        """Starts a run with `examples` for each operation, besides those of its schema."""
        document = f"{read_addresses(self.ready).edge}/api/openapi.json"
        with self._log(identity).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIG}", "--no-color",
                 "run", document,
                 f"--max-examples={examples}", f"--seed={seed}",
                 "--report=json", f"--report-json-path={self._verdict(identity)}"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "FUZZ_IDENTITY": identity,
                    "FUZZ_READY": str(self.ready),
                    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated" / "python")]),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )  # fmt: skip

    def result(self, identity: str, process: "subprocess.Popen[bytes]", within_s: float) -> EdgeRun:
        """Returns the result until then; a run that ended for another reason has failed."""
        complete = _ended(process, within_s)
        log, file = self._log(identity), self._verdict(identity)
        text = file.read_text() if file.exists() else ""
        if not text:
            return EdgeRun(identity, 0, 0, 1, log, complete)
        verdict = json.loads(text)
        cases, tested = verdict["test_cases"], (verdict["operations"] or {"tested": 0})["tested"]
        failures = cases["with_failures"] + len(verdict["errors"])
        if complete and process.returncode:
            failures = max(failures, 1)
        return EdgeRun(identity, tested, cases["generated"], failures, log, complete)

    def _log(self, identity: str) -> Path:
        return self.into / f"edge-{identity}.log"

    def _verdict(self, identity: str) -> Path:
        return self.into / f"edge-{identity}.json"


def _ended(process: "subprocess.Popen[bytes]", within_s: float) -> bool:
    """Returns whether the process ended by itself."""
    try:
        process.wait(max(1.0, within_s))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # it still reports what it found
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return False
    return True
