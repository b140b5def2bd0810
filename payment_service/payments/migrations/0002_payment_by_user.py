from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Payments go on while the index is built."""

    atomic = False

    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="payment_method",
            field=models.CharField(
                default="",
                help_text="The provider's token, forgotten with the person who paid.",
                max_length=128,
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["user_id"], name="payment_by_user"),
        ),
    ]
