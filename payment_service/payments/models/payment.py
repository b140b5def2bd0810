from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesh.contract.money import Amount
from mesh.core.ids import uuid7


class DeclineReason(models.TextChoices):
    """Why a provider refuses a charge for good."""

    CARD_DECLINED = "CARD_DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    PAYMENT_METHOD_UNKNOWN = "PAYMENT_METHOD_UNKNOWN"


class Payment(models.Model):
    """What was taken, or held, for an order, and what was paid back of it.

    The request ids say what was asked for, and so what is under way: PENDING with an
    `authorize_request_id` waits for the outcome of an authorization, PENDING without one
    for that of a charge, AUTHORIZED with a `capture_request_id` for that of a capture.
    A `void_request_id` says that no money may be left taken, from when it is set on.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        DECLINED = "DECLINED"
        AUTHORIZED = "AUTHORIZED"
        VOIDED = "VOIDED"
        CAPTURED = "CAPTURED"
        PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
        REFUNDED = "REFUNDED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order_id = models.UUIDField()
    user_id = models.UUIDField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    authorize_request_id = models.UUIDField(null=True, unique=True)
    capture_request_id = models.UUIDField(null=True, unique=True)
    void_request_id = models.UUIDField(null=True, unique=True)
    amount_minor = models.BigIntegerField(
        default=0, help_text="0: voided before anything was asked for."
    )
    currency = models.CharField(max_length=3, default="")
    capture_minor = models.BigIntegerField(
        default=0, help_text="What was captured, or is being captured."
    )
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(
        default=0, help_text="Held for refunds whose outcome is not known yet."
    )
    payment_method = models.CharField(
        max_length=128,
        default="",
        help_text="The provider's token, forgotten with the person who paid.",
    )
    decline_reason = models.CharField(max_length=32, choices=DeclineReason.choices, default="")
    reference = models.CharField(
        max_length=255, default="", help_text="What the provider calls the hold or charge."
    )
    version = models.PositiveIntegerField(default=1)
    create_time = models.DateTimeField(db_default=Now())
    update_time = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["user_id"], name="payment_by_user"),
            models.Index(fields=["state", "id"], name="payment_by_state"),
        ]
        constraints = [
            # Whatever the code does, an order is never charged by two payments.
            models.UniqueConstraint(
                fields=["order_id"], condition=~Q(state="DECLINED"), name="payment_one_an_order"
            ),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(void_request_id__isnull=False),
                name="payment_one_void_an_order",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, user_id__isnull=False)
                | Q(
                    amount_minor=0,
                    user_id__isnull=True,
                    state="VOIDED",
                    void_request_id__isnull=False,
                ),
                name="payment_amount",
            ),
            models.CheckConstraint(
                condition=Q(capture_minor=0, capture_request_id__isnull=True)
                | Q(capture_minor__gt=0, amount_minor__gte=F("capture_minor")),
                name="payment_capture_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0,
                    refunding_minor__gte=0,
                    capture_minor__gte=F("refunded_minor") + F("refunding_minor"),
                ),
                name="payment_refunds_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "VOIDED"], decline_reason="", refunded_minor=0)
                | Q(~Q(reference=""), state="AUTHORIZED", decline_reason="", refunded_minor=0)
                | Q(
                    state="DECLINED",
                    reference="",
                    decline_reason__in=DeclineReason.values,
                    refunded_minor=0,
                )
                | Q(
                    ~Q(reference=""),
                    Q(state="CAPTURED", refunded_minor=0)
                    | Q(
                        state="PARTIALLY_REFUNDED",
                        refunded_minor__gt=0,
                        refunded_minor__lt=F("capture_minor"),
                    )
                    | Q(state="REFUNDED", refunded_minor=F("capture_minor")),
                    capture_minor__gt=0,
                    decline_reason="",
                ),
                name="payment_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for order {self.order_id} ({self.state})"

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def capture(self) -> Amount:
        """Returns what was captured, or is being captured."""
        return Amount(self.capture_minor, self.currency)

    @property
    def captured(self) -> bool:
        """Returns whether money was taken, however much of it was paid back since."""
        return self.state in CAPTURED_STATES

    @property
    def refundable_minor(self) -> int:
        """Returns what refunds, those without an outcome included, have left over."""
        return self.capture_minor - self.refunded_minor - self.refunding_minor

    @property
    def refundable(self) -> Amount:
        return Amount(self.refundable_minor, self.currency)

    def save_as_next_version(self, *fields: str) -> None:
        """Stores these fields of a locked row."""
        self.version += 1
        self.update_time = Now()
        self.save(update_fields=[*fields, "version", "update_time"])
        self.refresh_from_db(fields=["update_time"])


CAPTURED_STATES = frozenset(
    {Payment.State.CAPTURED, Payment.State.PARTIALLY_REFUNDED, Payment.State.REFUNDED}
)
