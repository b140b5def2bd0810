"""The fields of money and time, against protobuf's own messages."""

from datetime import UTC, datetime, timedelta, timezone

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money
from hypothesis import given
from hypothesis import strategies as st

from mesh.contract import money, timestamps
from mesh.contract.money import Amount

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-9)))))
def test_a_time_has_the_fields_that_protobuf_gives_it(time: datetime) -> None:
    expected = Timestamp()
    expected.FromDatetime(time)
    assert Timestamp(**timestamps.fields(time)) == expected


@given(st.integers(-(2**63), 2**63 - 1), CURRENCIES)
def test_money_comes_back_as_it_was(minor: int, currency: str) -> None:
    sent = Money(**money.fields(minor, currency))
    assert sent == money.to_wire(Amount(minor, currency))
    assert sent.units * sent.nanos >= 0
    assert money.from_wire(sent, "") == Amount(minor, currency)
