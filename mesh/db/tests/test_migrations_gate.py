"""What the gate of migrations refuses, by operations as Django writes them."""

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tools.migrations.rules import ROWS_AT_ONCE, refused
from tools.migrations.written import write

pytestmark = pytest.mark.django_db(transaction=True)  # as `migrate` has none around it
BY_TEXT = models.Index(fields=["text"], name="toy_note_text")
SHORT = models.CheckConstraint(condition=~models.Q(text=""), name="toy_note_short")
ONCE = models.UniqueConstraint(fields=["text"], name="toy_note_once")


def broken(*operations: Operation, atomic: bool = True, **accepted: str) -> set[str]:
    """Returns the rules that a migration of toys with these operations breaks."""
    named = {rule.replace("_", "-"): why for rule, why in accepted.items()}
    has = {"operations": operations, "atomic": atomic, "accepted": named}
    migration = type("Migration", (migrations.Migration,), has)("0002_more", "toy")
    state = ProjectState()
    for model in (
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("text", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    ):
        model.state_forwards("toy", state)
    return {line.split(": ")[1] for line in refused(write(migration, state))}


@pytest.mark.parametrize(
    ("rule", "operation"),
    [
        ("require-concurrent-index-creation", migrations.AddIndex("note", BY_TEXT)),
        ("constraint-missing-not-valid", migrations.AddConstraint("note", SHORT)),
        ("disallowed-unique-constraint", migrations.AddConstraint("note", ONCE)),
        (
            "adding-foreign-key-constraint",
            migrations.AddField(
                "note", "other", models.ForeignKey("toy.Other", models.CASCADE, null=True)
            ),
        ),
        # Django drops the default at once, without which the running version writes no row.
        ("ban-drop-default", migrations.AddField("note", "n", models.IntegerField(default=1))),
        (
            "changing-column-type",
            migrations.AlterField("note", "text", models.BigIntegerField()),
        ),
        ("ban-drop-column", migrations.RemoveField("note", "text")),
        ("renaming-column", migrations.RenameField("note", "text", "body")),
        ("ban-drop-table", migrations.DeleteModel("Other")),
        ("renaming-table", migrations.RenameModel("Other", "Another")),
        (
            "adding-not-nullable-field",
            migrations.RunSQL("ALTER TABLE toy_note ALTER COLUMN text SET NOT NULL"),
        ),
        (
            "adding-field-with-default",
            migrations.RunSQL("ALTER TABLE toy_note ADD n uuid DEFAULT gen_random_uuid()"),
        ),
        (ROWS_AT_ONCE, migrations.RunSQL("UPDATE toy_note SET text = ''")),
        (ROWS_AT_ONCE, migrations.RunPython(migrations.RunPython.noop)),
    ],
)
def test_it_refuses(rule: str, operation: Operation) -> None:
    assert rule in broken(operation)


def test_a_constraint_is_not_validated_under_the_lock_that_it_was_added_with() -> None:
    at_once = [AddConstraintNotValid("note", SHORT), ValidateConstraint("note", SHORT.name)]
    assert broken(*at_once) == {"constraint-missing-not-valid"}
    assert not broken(at_once[0])


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Third", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("note", "n", models.IntegerField(null=True)),
        migrations.AddField("note", "n", models.IntegerField(db_default=1)),
    ],
)
def test_it_lets_pass(operation: Operation) -> None:
    assert not broken(operation)


def test_outside_a_transaction_indexes_and_batches_pass() -> None:
    by_batches = migrations.RunPython(migrations.RunPython.noop)
    assert not broken(by_batches, atomic=False)
    assert not broken(AddIndexConcurrently("note", BY_TEXT), atomic=False)


def test_a_rule_is_broken_for_a_reason_only() -> None:
    index = migrations.AddIndex("note", BY_TEXT)
    assert broken(index, require_concurrent_index_creation="")
    assert not broken(index, require_concurrent_index_creation="the table is small")
    assert broken(require_concurrent_index_creation="the table is small") == {
        "accepts require-concurrent-index-creation, which it does not break"
    }
