from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from mesh.core.ids import uuid7


class Step(models.Model):
    """One piece of work: what to do (`kind`, `payload`), in which order (`key`, `seq`).

    The relay enqueues a step once its `ring_at` has passed. One that is done becomes a DoneStep;
    it stays here, as DONE, only where it has a `dedup_key`, which is to be unique.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        DONE = "DONE"
        PARKED = "PARKED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seq = models.BigIntegerField(
        editable=False,
        db_default=Func(Value("outbox_step_seq"), function="nextval"),
        help_text="The order within a key.",
    )
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    payload = models.JSONField()
    dedup_key = models.CharField(max_length=200, null=True)
    state = models.CharField(max_length=8, choices=State.choices, db_default=State.PENDING)
    attempts = models.PositiveIntegerField(db_default=0)
    last_error = models.TextField(db_default="")
    next_at = models.DateTimeField(db_default=Now(), help_text="Not to be run before.")
    ring_at = models.DateTimeField(
        null=True, db_default=Now(), help_text="When the relay rings for it; null: never again."
    )
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, db_default="")
    traceparent = models.CharField(max_length=64, db_default="")
    create_time = models.DateTimeField(db_default=Now())
    done_time = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Each holds only what its one query looks for, however many steps are done. Their
            # conditions leave `state` out: a backlog is new to the planner's statistics, and
            # it would scan an index of pending steps where it should look up one of them.
            models.Index("ring_at", condition=Q(ring_at__isnull=False), name="outbox_step_ring"),
            models.Index(
                "key", "seq", condition=Q(done_time__isnull=True), name="outbox_step_open"
            ),
            models.Index(
                "done_time", condition=Q(done_time__isnull=False), name="outbox_step_done"
            ),
            models.Index("seq", condition=Q(state="PARKED"), name="outbox_step_parked"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dedup_key"], name="outbox_step_once"),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "DONE", "PARKED"]), name="outbox_step_state"
            ),
            models.CheckConstraint(
                condition=Q(state="DONE", done_time__isnull=False)
                | (~Q(state="DONE") & Q(done_time__isnull=True)),
                name="outbox_step_done_time",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False, state="PENDING"),
                name="outbox_step_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", ring_at__isnull=False, ring_at__gte=F("next_at"))
                | (~Q(state="PENDING") & Q(ring_at__isnull=True)),
                name="outbox_step_ring_at",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(key=""), name="outbox_step_kind_and_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"


class DoneStep(models.Model):
    """A step that was run, kept for a while. The table is partitioned by the day of `done_time`."""

    # In the table with `done_time`, as a key of it has to have what it is partitioned by.
    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    payload = models.JSONField()
    attempts = models.PositiveIntegerField()
    request_id = models.CharField(max_length=64)
    create_time = models.DateTimeField()
    done_time = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.id} (DONE)"
