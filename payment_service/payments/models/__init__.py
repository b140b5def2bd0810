from payment_service.payments.models.ledger import LedgerEntry, Refund
from payment_service.payments.models.payment import CAPTURED_STATES, DeclineReason, Payment
from payment_service.payments.models.provider import ProviderEvent, SandboxEntry

__all__ = [
    "CAPTURED_STATES",
    "DeclineReason",
    "LedgerEntry",
    "Payment",
    "ProviderEvent",
    "Refund",
    "SandboxEntry",
]
