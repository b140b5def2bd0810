"""Converts money: `google.type.Money` on the wire, integer minor units and a currency in rows.

Never float. How many digits a currency has comes from ISO 4217.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from google.type.money_pb2 import Money

from mesh.core.errors import FieldViolation, InvalidArgument

MAX_MINOR = 2**63 - 1  # of a bigint
NANOS = 1_000_000_000
# ISO 4217: every currency has two digits but these.
_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
# By currency, of how many minor units a whole one is made.
_SCALE = {currency: 10**digits for currency, digits in _DIGITS.items()}


class MoneyRefused(InvalidArgument):
    """A row can't keep the amount exactly; blames the request's `field` where one is named."""

    def __init__(self, detail: str, rule: str, field: str) -> None:
        super().__init__(detail, violations=[FieldViolation(field, detail, rule)] if field else [])


@dataclass(frozen=True, slots=True)
class Amount:
    """`minor` is in the smallest unit of `currency`: 1999 and EUR are 19.99 euro."""

    minor: int
    currency: str

    def __str__(self) -> str:
        digits = _DIGITS.get(self.currency, 2)
        whole, part = divmod(abs(self.minor), 10**digits)
        sign = "-" if self.minor < 0 else ""
        decimals = f".{part:0{digits}d}" if digits else ""
        return f"{sign}{whole}{decimals} {self.currency}"

    @property
    def decimal(self) -> Decimal:
        """Returns the amount in whole units: 19.99 for 1999 and EUR."""
        return Decimal(self.minor).scaleb(-_DIGITS.get(self.currency, 2))


def from_decimal(units: Decimal, currency: str) -> Amount:
    """Returns the amount that a person wrote down. Raises MoneyRefused."""
    minor = units.scaleb(_DIGITS.get(currency, 2))
    if minor != int(minor):
        raise _too_fine(currency, "")
    return Amount(int(minor), currency)


def from_wire(money: Money, field: str) -> Amount:
    """Returns the amount in a request's field. Raises MoneyRefused."""
    step = NANOS // 10 ** _DIGITS.get(money.currency_code, 2)
    if money.nanos % step:
        raise _too_fine(money.currency_code, field)
    minor = money.units * (NANOS // step) + money.nanos // step
    if minor > MAX_MINOR:
        raise MoneyRefused("must be smaller", "money.too_large", field)
    return Amount(minor, money.currency_code)


def to_wire(amount: Amount) -> Money:
    """Returns the exact amount."""
    return Money(**fields(amount.minor, amount.currency))


def fields(minor: int, currency: str) -> dict[str, Any]:
    """Returns the fields of an exact amount, which messages take in place of a Money.

    A message that takes a Money copies it, which costs three times as much. Units and nanos
    have the same sign, as `google.type.Money` asks.
    """
    scale = _SCALE.get(currency, 100)
    sign = -1 if minor < 0 else 1
    units, part = divmod(sign * minor, scale)
    nanos = part * (NANOS // scale)
    return {"currency_code": currency, "units": sign * units, "nanos": sign * nanos}


def _too_fine(currency: str, field: str) -> MoneyRefused:
    return MoneyRefused(f"{currency} has no fractions this fine", "money.too_fine", field)
