from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Payments go on while the index is built."""

    atomic = False

    dependencies = [("payments", "0002_payment_by_user")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["state", "id"], name="payment_by_state"),
        ),
    ]
