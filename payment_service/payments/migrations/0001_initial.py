import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import mesh.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=255)),
                ("payment_id", models.UUIDField(null=True)),
                ("refund_id", models.UUIDField(null=True)),
                (
                    "reference",
                    models.CharField(
                        default="",
                        help_text="What the provider calls what it is about.",
                        max_length=255,
                    ),
                ),
                (
                    "create_time",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), db_index=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payment",
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
                ("order_id", models.UUIDField()),
                ("user_id", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("DECLINED", "Declined"),
                            ("AUTHORIZED", "Authorized"),
                            ("VOIDED", "Voided"),
                            ("CAPTURED", "Captured"),
                            ("PARTIALLY_REFUNDED", "Partially Refunded"),
                            ("REFUNDED", "Refunded"),
                        ],
                        default="PENDING",
                        max_length=20,
                    ),
                ),
                ("authorize_request_id", models.UUIDField(null=True, unique=True)),
                ("capture_request_id", models.UUIDField(null=True, unique=True)),
                ("void_request_id", models.UUIDField(null=True, unique=True)),
                (
                    "amount_minor",
                    models.BigIntegerField(
                        default=0, help_text="0: voided before anything was asked for."
                    ),
                ),
                ("currency", models.CharField(default="", max_length=3)),
                (
                    "capture_minor",
                    models.BigIntegerField(
                        default=0, help_text="What was captured, or is being captured."
                    ),
                ),
                ("refunded_minor", models.BigIntegerField(default=0)),
                (
                    "refunding_minor",
                    models.BigIntegerField(
                        default=0, help_text="Held for refunds whose outcome is not known yet."
                    ),
                ),
                (
                    "payment_method",
                    models.CharField(default="", help_text="The provider's token.", max_length=128),
                ),
                (
                    "decline_reason",
                    models.CharField(
                        choices=[
                            ("CARD_DECLINED", "Card Declined"),
                            ("INSUFFICIENT_FUNDS", "Insufficient Funds"),
                            ("PAYMENT_METHOD_UNKNOWN", "Payment Method Unknown"),
                        ],
                        default="",
                        max_length=32,
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        default="",
                        help_text="What the provider calls the hold or charge.",
                        max_length=255,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "update_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DECLINED"), _negated=True),
                        fields=("order_id",),
                        name="payment_one_an_order",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("void_request_id__isnull", False)),
                        fields=("order_id",),
                        name="payment_one_void_an_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor__gt", 0), ("user_id__isnull", False)),
                            models.Q(
                                ("amount_minor", 0),
                                ("state", "VOIDED"),
                                ("user_id__isnull", True),
                                ("void_request_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="payment_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("capture_minor", 0), ("capture_request_id__isnull", True)),
                            models.Q(
                                ("amount_minor__gte", models.F("capture_minor")),
                                ("capture_minor__gt", 0),
                            ),
                            _connector="OR",
                        ),
                        name="payment_capture_within_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "capture_minor__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("refunded_minor"), "+", models.F("refunding_minor")
                                ),
                            ),
                            ("refunded_minor__gte", 0),
                            ("refunding_minor__gte", 0),
                        ),
                        name="payment_refunds_within_capture",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decline_reason", ""),
                                ("refunded_minor", 0),
                                ("state__in", ["PENDING", "VOIDED"]),
                            ),
                            models.Q(
                                models.Q(("reference", ""), _negated=True),
                                ("decline_reason", ""),
                                ("refunded_minor", 0),
                                ("state", "AUTHORIZED"),
                            ),
                            models.Q(
                                (
                                    "decline_reason__in",
                                    [
                                        "CARD_DECLINED",
                                        "INSUFFICIENT_FUNDS",
                                        "PAYMENT_METHOD_UNKNOWN",
                                    ],
                                ),
                                ("reference", ""),
                                ("refunded_minor", 0),
                                ("state", "DECLINED"),
                            ),
                            models.Q(
                                models.Q(("reference", ""), _negated=True),
                                models.Q(
                                    models.Q(("refunded_minor", 0), ("state", "CAPTURED")),
                                    models.Q(
                                        ("refunded_minor__gt", 0),
                                        ("refunded_minor__lt", models.F("capture_minor")),
                                        ("state", "PARTIALLY_REFUNDED"),
                                    ),
                                    models.Q(
                                        ("refunded_minor", models.F("capture_minor")),
                                        ("state", "REFUNDED"),
                                    ),
                                    _connector="OR",
                                ),
                                ("capture_minor__gt", 0),
                                ("decline_reason", ""),
                            ),
                            _connector="OR",
                        ),
                        name="payment_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
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
                ("request_id", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("PENDING", "Pending"), ("DONE", "Done"), ("FAILED", "Failed")],
                        default="PENDING",
                        max_length=8,
                    ),
                ),
                (
                    "asked_minor",
                    models.BigIntegerField(
                        help_text="Null: asked for all that was left.", null=True
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "reference",
                    models.CharField(
                        default="", help_text="What the provider calls the refund.", max_length=255
                    ),
                ),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("done_time", models.DateTimeField(null=True)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
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
                    "debit_account",
                    models.CharField(
                        choices=[("customer", "Customer"), ("provider", "Provider")], max_length=16
                    ),
                ),
                (
                    "credit_account",
                    models.CharField(
                        choices=[("customer", "Customer"), ("provider", "Provider")], max_length=16
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger",
                        to="payments.payment",
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        help_text="Null: the capture.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="payments.refund",
                    ),
                ),
            ],
            options={
                "ordering": ["create_time", "id"],
            },
        ),
        migrations.CreateModel(
            name="SandboxEntry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("HOLD", "Hold"),
                            ("CHARGE", "Charge"),
                            ("RELEASE", "Release"),
                            ("REFUND", "Refund"),
                        ],
                        max_length=8,
                    ),
                ),
                ("about", models.UUIDField(help_text="The caller's own id of what it asks for.")),
                ("method", models.CharField(max_length=128)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reference", models.CharField(max_length=64, unique=True)),
                (
                    "asks",
                    models.PositiveIntegerField(default=0, help_text="How often it was asked for."),
                ),
                ("done", models.BooleanField(default=False, help_text="Whether it was done.")),
                (
                    "refused",
                    models.BooleanField(default=False, help_text="Whether it never will be."),
                ),
                (
                    "create_time",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "of",
                    models.ForeignKey(
                        help_text="The hold or charge it is about.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="payments.sandboxentry",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    models.Q(
                        ("asked_minor__isnull", True),
                        ("asked_minor", models.F("amount_minor")),
                        _connector="OR",
                    ),
                ),
                name="refund_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_time__isnull", True), ("reference", ""), ("state", "PENDING")),
                    models.Q(("done_time__isnull", False), ("reference", ""), ("state", "FAILED")),
                    models.Q(
                        ("done_time__isnull", False),
                        ("state", "DONE"),
                        models.Q(("reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="refund_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refund__isnull", True)),
                fields=("payment",),
                name="ledger_one_capture",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="ledger_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("credit_account", "customer"),
                        ("debit_account", "provider"),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("credit_account", "provider"),
                        ("debit_account", "customer"),
                        ("refund__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="ledger_accounts",
            ),
        ),
        migrations.RunSQL(
            [
                """
                CREATE FUNCTION payments_ledger_is_append_only() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'the ledger is only ever added to'
                        USING ERRCODE = 'restrict_violation';
                END $$
                """,
                """
                CREATE TRIGGER payments_ledger_append_only
                BEFORE UPDATE OR DELETE ON payments_ledgerentry
                FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_is_append_only()
                """,
            ],
            reverse_sql=[
                "DROP TRIGGER payments_ledger_append_only ON payments_ledgerentry",
                "DROP FUNCTION payments_ledger_is_append_only",
            ],
        ),
    ]
