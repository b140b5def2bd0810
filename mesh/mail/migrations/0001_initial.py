import django.db.models.functions.datetime
import mesh.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=mesh.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("dedup_key", models.CharField(max_length=180)),
                ("user_id", models.UUIDField(db_index=True)),
                ("template", models.CharField(max_length=64)),
                ("context", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("QUEUED", "Queued"), ("SENT", "Sent"), ("DROPPED", "Dropped")],
                        default="QUEUED",
                        max_length=8,
                    ),
                ),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("sent_time", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("dedup_key",), name="mail_mail_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["QUEUED", "SENT", "DROPPED"])),
                        name="mail_mail_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_time__isnull", False), ("state", "SENT")),
                            models.Q(
                                models.Q(("state", "SENT"), _negated=True),
                                ("sent_time__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="mail_mail_sent_time",
                    ),
                ],
            },
        ),
    ]
