"""The toy's outbox steps. A test adds its own to STEPS, through the fixture `steps`."""

import time

from mesh.mail.step import send_mail
from mesh.outbox.steps import Handler, StepContext
from mesh.tests.toy.models import Note


def note(step: StepContext) -> None:
    with step.finishing():
        Note.objects.create(text=step.payload)


def linger(step: StepContext) -> None:
    """Notes that it has begun; the first attempt lasts longer than any test."""
    if step.attempts == 1:
        Note.objects.create(text="begun")
        time.sleep(60)
    note(step)


def pause(step: StepContext) -> None:
    """Notes that it has begun, and takes a second."""
    Note.objects.create(text="begun")
    time.sleep(1)
    note(step)


STEPS: dict[str, Handler] = {"note": note, "linger": linger, "pause": pause, "send_mail": send_mail}
