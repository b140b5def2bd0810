from payment_service.payments.models.ledger import LedgerEntry
from payment_service.payments.models.payment import DeclineReason, Payment
from payment_service.payments.models.refund import Refund
from payment_service.payments.models.sandbox import SandboxCharge

__all__ = ["DeclineReason", "LedgerEntry", "Payment", "Refund", "SandboxCharge"]
