import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def _begins(column):
    return models.Index(
        django.contrib.postgres.indexes.OpClass(
            django.db.models.functions.text.Lower(column), name="text_pattern_ops"
        ),
        name=f"accounts_user_{column}_begins",
    )


class Migration(migrations.Migration):
    """Concurrently, so that accounts are opened and changed meanwhile."""

    atomic = False

    dependencies = [
        ("accounts", "0003_step_up"),
    ]

    operations = [
        AddIndexConcurrently(model_name="user", index=_begins("username")),
        AddIndexConcurrently(model_name="user", index=_begins("email")),
    ]
