"""The outbox page: parked steps are seen, replayed by who may, and then done."""

import pytest
from pytest_django import Settings

from mesh.admin.cells import short
from mesh.admin.tests.conftest import OWN_SCOPES
from mesh.outbox.errors import Park
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.steps import Handler, StepContext
from mesh.testing.browser import Browser, signed_in, text_of, trail
from mesh.tests.toy.outbox import enqueue_one, is_done, notes, run_due
from mesh.tests.toy.steps import note

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(settings: Settings) -> Browser:
    settings.SERVICE = "order_service"
    return signed_in(*OWN_SCOPES)


@pytest.fixture
def parked(steps: dict[str, Handler]) -> Step:
    """A step that would be done now, as what it was parked for is mended."""

    def park(step: StepContext) -> None:
        raise Park("no tea")

    steps["note"] = park
    step = enqueue_one("note", "made")
    run_due()
    steps["note"] = note
    return step


def test_a_parked_step_is_listed_with_its_reason(operator: Browser, parked: Step) -> None:
    enqueue_one("note", key="another")
    shown = text_of(operator.listing(Step, state__exact="PARKED"))
    assert "1 step " in shown
    assert "no tea" in shown


def test_a_parked_step_is_replayed_and_then_done(operator: Browser, parked: Step) -> None:
    assert f"Replay: step note {short(parked.id)}?" in text_of(operator.ask("replay", parked))
    assert run_due() == 0
    (told,) = operator.do("replay", parked)
    assert told == f"Step note {short(parked.id)} is run again."
    assert run_due() == 1
    assert is_done(parked)
    assert (notes(), trail()) == (["made"], ["Replay"])


def test_a_step_that_was_done_meanwhile_is_shown_among_those(operator: Browser) -> None:
    step = enqueue_one("note", "made")
    run_due()
    assert "0 steps " in text_of(operator.listing(Step))
    assert "1 done step " in text_of(operator.listing(DoneStep, q=short(step.id)))
    assert "1 try" in text_of(operator.get(operator.page(step).url))


def test_what_is_not_parked_is_not_replayed_and_that_is_in_the_trail(operator: Browser) -> None:
    step = enqueue_one("note")
    (told,) = operator.do("replay", step)
    assert told.endswith("only a parked step can be replayed")
    assert trail() == ["Replay: refused, STEP_NOT_PARKED"]


def test_who_lacks_a_scope_of_the_service_sees_steps_but_replays_none(
    operator: Browser, parked: Step
) -> None:
    other = signed_in(*OWN_SCOPES[1:])
    assert "no tea" in text_of(other.listing(Step))
    assert "Replay" not in text_of(other.page(parked))
    other.do("replay", parked)
    parked.refresh_from_db()
    assert (parked.state, trail()) == (Step.State.PARKED, [])


def test_steps_are_found_by_their_key_and_filtered_by_kind(operator: Browser) -> None:
    enqueue_one("note", key="order-1"), enqueue_one("linger", key="order-2")
    assert "1 step " in text_of(operator.listing(Step, q="order-1"))
    assert "1 step " in text_of(operator.listing(Step, kind="linger"))
    assert "0 steps " in text_of(operator.listing(Step, q="order-1", kind="linger"))
