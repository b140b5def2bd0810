"""What an operator does with parked steps."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mesh.outbox.models import Step
from mesh.outbox.steps import Handler
from mesh.tests.toy.outbox import enqueue_one, notes, run_due
from mesh.tests.toy.steps import note

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def parked() -> Step:
    step = enqueue_one("mended", "replayed", key="one")
    enqueue_one(payload="after it", key="one")
    enqueue_one("unheard_of", key="another")
    run_due()
    return step


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_listparked_names_each_parked_step_and_why(parked: Step) -> None:
    first, second = run("listparked").splitlines()
    assert first.split("\t")[:4] == [str(parked.id), "mended", "one", "1"]
    assert "no handler for kind 'unheard_of'" in second


@pytest.mark.parametrize("how", [["--kind", "mended"], ["ID"]])
def test_a_replayed_step_runs_and_frees_its_key(
    parked: Step, steps: dict[str, Handler], how: list[str]
) -> None:
    steps["mended"] = note
    arguments = [str(parked.id) if word == "ID" else word for word in how]
    assert run("replay", *arguments) == "1 replayed\n"
    run_due()
    assert notes() == ["replayed", "after it"]


def test_a_parked_step_holds_back_its_key(parked: Step) -> None:
    assert run_due() == 0
    assert notes() == []


def test_all_parked_steps_can_be_replayed(parked: Step) -> None:
    assert run("replay", "--all") == "2 replayed\n"
    assert not Step.objects.filter(state=Step.State.PARKED).exists()


def test_replay_wants_to_be_told_what(parked: Step) -> None:
    with pytest.raises(CommandError, match="give ids"):
        run("replay")
