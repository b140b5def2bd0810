import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredResponse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject",
                    models.CharField(help_text="Who asked; empty for nobody known.", max_length=64),
                ),
                (
                    "method",
                    models.CharField(help_text="/market.order.v1.OrderService/…", max_length=128),
                ),
                ("request_id", models.CharField(max_length=64)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("response", models.BinaryField()),
                (
                    "create_time",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), db_index=True
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "method", "request_id"), name="idempotency_one_response"
                    )
                ],
            },
        ),
    ]
