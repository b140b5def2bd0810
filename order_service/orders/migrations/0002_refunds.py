from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

REASONS = [
    ("PAYMENT_DECLINED", "Payment Declined"),
    ("REQUESTED", "Requested"),
    ("UNDELIVERABLE", "Undeliverable"),
    ("PAYMENT_UNKNOWN", "Payment Unknown"),
    ("REFUNDED", "Refunded"),
]

MOVES = """
    CREATE OR REPLACE FUNCTION orders_order_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.state, NEW.state) NOT IN (
            ('PENDING', 'CONFIRMED'),
            ('PENDING', 'CANCELLING'),
            ('PENDING', 'CANCELLED'),
            ('CONFIRMED', 'CANCELLING'),
            ('CONFIRMED', 'FULFILLED'),{refunded}
            ('CANCELLING', 'CANCELLED'),
            ('CANCELLING', 'REFUNDED')
        ) THEN
            RAISE EXCEPTION 'an order can not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        {fill}
        RETURN NEW;
    END $$
"""
# Processes from before this migration end orders as REFUNDED without the column.
FILL = """
        IF NEW.state = 'REFUNDED' THEN
            NEW.refunded_minor := NEW.total_minor;
        END IF;
"""
FILL_EVENT = """
    CREATE FUNCTION orders_orderevent_refunded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT total_minor INTO NEW.refunded_minor FROM orders_order WHERE id = NEW.order_id;
        RETURN NEW;
    END $$
"""
FILL_EVENT_TRIGGER = """
    CREATE TRIGGER orders_orderevent_refunded BEFORE INSERT ON orders_orderevent
    FOR EACH ROW WHEN (NEW.state = 'REFUNDED' AND NEW.refunded_minor = 0)
    EXECUTE FUNCTION orders_orderevent_refunded()
"""
GROWS = """
    CREATE FUNCTION orders_order_refunded_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what was refunded can not fall from % to %',
            OLD.refunded_minor, NEW.refunded_minor USING ERRCODE = 'check_violation';
    END $$
"""
GROWS_TRIGGER = """
    CREATE TRIGGER orders_order_refunded_grows BEFORE UPDATE OF refunded_minor ON orders_order
    FOR EACH ROW WHEN (NEW.refunded_minor < OLD.refunded_minor)
    EXECUTE FUNCTION orders_order_refunded_grows()
"""
BACKFILL = """
    UPDATE orders_order SET refunded_minor = total_minor WHERE state = 'REFUNDED'
"""
BACKFILL_EVENTS = """
    UPDATE orders_orderevent AS event SET refunded_minor = total_minor
    FROM orders_order WHERE orders_order.id = order_id AND event.state = 'REFUNDED'
"""


class Migration(migrations.Migration):
    """What was paid back of an order. Old processes go on working meanwhile: see FILL."""

    accepted = {
        "rows-changed-at-once": "few orders end refunded, and none of those changes any more",
    }

    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField(
            "order",
            "refunded_minor",
            models.BigIntegerField(
                db_default=0, default=0, help_text="What was paid back so far; it never falls."
            ),
        ),
        migrations.AddField(
            "orderevent",
            "refunded_minor",
            models.BigIntegerField(
                db_default=0, default=0, help_text="What was paid back of the order until then."
            ),
        ),
        migrations.AlterField(
            "order", "cancel_reason", models.CharField(blank=True, choices=REASONS, max_length=32)
        ),
        migrations.AlterField(
            "orderevent",
            "cancel_reason",
            models.CharField(blank=True, choices=REASONS, max_length=32),
        ),
        AddConstraintNotValid(
            "order",
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "CANCELLED"], refunded_minor=0)
                | Q(state="CONFIRMED", refunded_minor__gte=0, refunded_minor__lt=F("total_minor"))
                | Q(
                    state__in=["CANCELLING", "FULFILLED"],
                    refunded_minor__gte=0,
                    refunded_minor__lte=F("total_minor"),
                )
                | Q(state="REFUNDED", refunded_minor=F("total_minor")),
                name="orders_order_refunded",
            ),
        ),
        # The copy of `order_service.orders.states.ALLOWED` that nothing gets past.
        migrations.RunSQL(
            [
                MOVES.format(refunded="\n            ('CONFIRMED', 'REFUNDED'),", fill=FILL),
                FILL_EVENT,
                FILL_EVENT_TRIGGER,
                GROWS,
                GROWS_TRIGGER,
                BACKFILL,
                BACKFILL_EVENTS,
            ],
            reverse_sql=[
                "DROP TRIGGER orders_order_refunded_grows ON orders_order",
                "DROP FUNCTION orders_order_refunded_grows",
                "DROP TRIGGER orders_orderevent_refunded ON orders_orderevent",
                "DROP FUNCTION orders_orderevent_refunded",
                MOVES.format(refunded="", fill=""),
            ],
        ),
    ]
