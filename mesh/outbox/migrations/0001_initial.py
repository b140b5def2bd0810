import django.db.models.functions.datetime
import mesh.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE outbox_step_seq", reverse_sql="DROP SEQUENCE IF EXISTS outbox_step_seq"
        ),
        migrations.CreateModel(
            name="Step",
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
                (
                    "seq",
                    models.BigIntegerField(
                        db_default=models.Func(models.Value("outbox_step_seq"), function="nextval"),
                        editable=False,
                        help_text="The order within a key.",
                    ),
                ),
                ("kind", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=200)),
                ("payload", models.JSONField()),
                ("dedup_key", models.CharField(max_length=200, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("PENDING", "Pending"), ("DONE", "Done"), ("PARKED", "Parked")],
                        db_default="PENDING",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(db_default=0)),
                ("last_error", models.TextField(db_default="")),
                (
                    "next_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="Not to be run before.",
                    ),
                ),
                (
                    "ring_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When the relay rings for it; null: never again.",
                        null=True,
                    ),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("request_id", models.CharField(db_default="", max_length=64)),
                ("traceparent", models.CharField(db_default="", max_length=64)),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("done_time", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("ring_at"),
                        condition=models.Q(("ring_at__isnull", False)),
                        name="outbox_step_ring",
                    ),
                    models.Index(
                        models.F("key"),
                        models.F("seq"),
                        condition=models.Q(("done_time__isnull", True)),
                        name="outbox_step_open",
                    ),
                    models.Index(
                        models.F("done_time"),
                        condition=models.Q(("done_time__isnull", False)),
                        name="outbox_step_done",
                    ),
                    models.Index(
                        models.F("seq"),
                        condition=models.Q(("state", "PARKED")),
                        name="outbox_step_parked",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("dedup_key",), name="outbox_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PENDING", "DONE", "PARKED"])),
                        name="outbox_step_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_time__isnull", False), ("state", "DONE")),
                            models.Q(
                                models.Q(("state", "DONE"), _negated=True),
                                ("done_time__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="outbox_step_done_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_token__isnull", True), ("lease_until__isnull", True)),
                            models.Q(
                                ("lease_token__isnull", False),
                                ("lease_until__isnull", False),
                                ("state", "PENDING"),
                            ),
                            _connector="OR",
                        ),
                        name="outbox_step_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ring_at__gte", models.F("next_at")),
                                ("ring_at__isnull", False),
                                ("state", "PENDING"),
                            ),
                            models.Q(
                                models.Q(("state", "PENDING"), _negated=True),
                                ("ring_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="outbox_step_ring_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", ""), _negated=True),
                            models.Q(("key", ""), _negated=True),
                        ),
                        name="outbox_step_kind_and_key",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            [
                "ALTER SEQUENCE outbox_step_seq OWNED BY outbox_step.seq",
                # A hundredth instead of a fifth: else the many done steps put off the vacuum
                # that keeps the small indexes of open ones small.
                "ALTER TABLE outbox_step SET (autovacuum_vacuum_scale_factor = 0.01)",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
