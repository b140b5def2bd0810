"""Compares what all systems answer to the same requests, before anything is measured."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.bench.load import GOOD, Load
from tests.bench.rounds import GIVES_UP_S
from tests.bench.system import System
from tests.bench.workloads import SINGLE, Asker, Tokens

TIMES = 5
MADE = ("id", "create_time", "update_time")  # differ between orders that were placed apart


class Differs(Exception):
    """A system does not answer what the mesh answers."""


async def check(systems: Sequence[System], tokens: Tokens) -> None:
    """Raises Differs."""
    for workload in SINGLE:
        for number in range(TIMES):
            wanted = None
            for system in systems:
                answer = await _answer(system, workload, number, tokens)
                if wanted is None:
                    wanted = answer
                if answer != wanted:
                    raise Differs(f"{workload}: {system.name} answers {answer}, not {wanted}")


async def _answer(system: System, workload: str, number: int, tokens: Tokens) -> Any:
    asker = Asker(tokens, f"check {number}", transcoder=system.transcoder)
    load = Load(system.http, asker.question(workload), GIVES_UP_S)
    status, body = await load.answer()
    load.close()
    if status not in GOOD:
        raise Differs(f"{workload}: {system.name} answers {status}: {body[:500]!r}")
    answer = json.loads(body)
    if system.transcoder and len(answer) == 1:
        (answer,) = answer.values()
    return _comparable(answer, MADE if workload == "post_order" else ())


def _comparable(value: Any, left_out: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_comparable(one, left_out) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _field(name, one, left_out) for name, one in value.items() if name not in left_out
    }


def _field(name: str, value: Any, left_out: Sequence[str]) -> Any:
    if name.endswith("_time"):
        return datetime.fromisoformat(value)
    if name == "next_page_token":
        return bool(value)
    return _comparable(value, left_out)
