"""What `buf breaking` finds, by its category FILE."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.breaking.finding import JSON, SOURCE, WIRE, Finding

# To call a repeatable RPC so that was not is no break; what is one, `methods` knows.
CONFIG = {
    "version": "v2",
    "breaking": {"use": ["FILE"], "except": ["RPC_SAME_IDEMPOTENCY_LEVEL"]},
}
# By the ends of buf's rules, the first that fits: whom it breaks, and how to do it.
_RULES = (
    ("RPC_NO_DELETE", WIRE, "deprecate it, and delete it after its sunset"),
    ("SERVICE_NO_DELETE", WIRE, "deprecate it, and delete it after its sunset"),
    ("FIELD_SAME_NAME", JSON, "add a field of that name beside it"),
    ("FIELD_SAME_JSON_NAME", JSON, "add a field of that name beside it"),
    ("ENUM_VALUE_SAME_NAME", JSON, "add a value, and answer the old one to who knows only that"),
    ("NO_DELETE", WIRE, "deprecate it, and leave it until the next version of the package"),
    ("SAME_TYPE", WIRE, "add a field of the other type beside it"),
    ("SAME_CARDINALITY", WIRE, "add a field beside it"),
    ("SAME_ONEOF", WIRE, "add a field beside it"),
    ("_TYPE", WIRE, "add an RPC beside it"),
    ("_STREAMING", WIRE, "add an RPC beside it"),
    ("FILE_SAME_", SOURCE, "leave the option"),
)
_ELSE = (SOURCE, "leave it until the next version of the package")


class BufFailed(Exception):
    """buf could not compare; its words are the message."""


def buf_findings(old: bytes, new: bytes) -> Iterator[Finding]:
    """Yields what buf finds. Raises BufFailed."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "old.binpb", Path(folder) / "new.binpb"
        before.write_bytes(old)
        after.write_bytes(new)
        done = subprocess.run(
            ["buf", "breaking", after, "--against", before, "--path=market",
             "--error-format=json", f"--config={json.dumps(CONFIG)}",
             f"--against-config={json.dumps(CONFIG)}"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    if done.stderr:
        raise BufFailed(done.stderr)
    for line in done.stdout.splitlines():
        found = json.loads(line)
        breaks, instead = _meaning(found["type"])
        yield Finding(found["type"], found.get("path", "market"), breaks, found["message"], instead)


def _meaning(rule: str) -> tuple[str, str]:
    fits = (rest for part, *rest in _RULES if rule.endswith(part) or rule.startswith(part))
    breaks, instead = next(fits, _ELSE)
    return breaks, instead
