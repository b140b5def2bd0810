"""A mail server that is down, busy, refuses, or hangs up after taking a mail."""

import time
from collections.abc import Callable
from functools import partial

from tests.chaos.fault import Fault, Run
from tests.chaos.mail_gate import Mood


def down(run: Run) -> None:
    run.environment.mail.close()
    time.sleep(run.seconds)
    run.environment.mail.heal()


def moody(run: Run, *, mood: Mood) -> None:
    run.environment.mail.mood = mood
    time.sleep(run.seconds)
    run.environment.mail.heal()


def _moody(name: str, mood: Mood, *, short: bool = False) -> Fault:
    inject: Callable[[Run], None] = partial(moody, mood=mood)
    return Fault(name, inject, seconds=5, short=short)


FAULTS = (
    Fault("SMTP down", down, seconds=5),
    _moody("SMTP loses answers", Mood.LOSES_ANSWERS, short=True),
    _moody("SMTP answers 4xx", Mood.BUSY),
    _moody("SMTP answers 5xx", Mood.REFUSES),
)
