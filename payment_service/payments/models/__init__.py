from payment_service.payments.models.event import ProviderEvent
from payment_service.payments.models.ledger import LedgerEntry
from payment_service.payments.models.payment import CAPTURED_STATES, DeclineReason, Payment
from payment_service.payments.models.refund import Refund
from payment_service.payments.models.sandbox import SandboxEntry

__all__ = [
    "CAPTURED_STATES",
    "DeclineReason",
    "LedgerEntry",
    "Payment",
    "ProviderEvent",
    "Refund",
    "SandboxEntry",
]
