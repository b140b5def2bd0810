"""What commands print: tables for people, tab-separated lines for pipes, JSON if asked for."""

import json
import sys
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC
from decimal import Decimal
from functools import cache
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.type.money_pb2 import Money
from rich import box
from rich.console import Console
from rich.table import Table

WIDE = 120  # columns
STYLES = {
    "PENDING": "yellow",
    "CANCELLING": "yellow",
    "CONFIRMED": "green",
    "FULFILLED": "green",
    "CANCELLED": "red",
    "REFUNDED": "magenta",
}


@cache  # one, as a spinner makes way only for what its own console prints
def console() -> Console:
    """Returns a terminal that heeds NO_COLOR, and no terminal where output goes elsewhere."""
    return Console(highlight=False)


def document(message: Message) -> None:
    """Prints a message as a line of JSON."""
    fields = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    click.echo(json.dumps(fields, ensure_ascii=False))


def table(
    columns: Sequence[str], lines: Iterable[Sequence[str]], *, wide: Collection[str] = ()
) -> None:
    """Prints lines below each other; a column whose name ends in `>` stands to the right.

    Those of `wide` are left out in a narrow terminal, so that ids are whole.
    """
    if not sys.stdout.isatty():
        for line in lines:
            click.echo("\t".join(line))
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shown_columns = [
        at for at, name in enumerate(columns) if console().width >= WIDE or name not in wide
    ]
    for name in (columns[at] for at in shown_columns):
        right = name.endswith(">")
        shown.add_column(
            name.rstrip(">"), justify="right" if right else "left", no_wrap=name != "what"
        )
    for line in lines:
        shown.add_row(*(_styled(line[at]) for at in shown_columns))
    console().print(shown)


def _styled(cell: str) -> Any:
    return f"[{STYLES[cell]}]{cell}[/]" if cell in STYLES else cell.replace("[", r"\[")


def money(amount: Money) -> str:
    """Returns an amount with two digits, or as many as it has."""
    units = Decimal(amount.units) + Decimal(amount.nanos).scaleb(-9)
    exact = units.normalize()
    return f"{max(units.quantize(Decimal('0.01')), exact, key=_digits)} {amount.currency_code}"


def _digits(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def when(message: Any, form: str = "%Y-%m-%d %H:%M:%S %Z") -> str:
    """Returns when an order was placed, or an event happened, in the zone of who reads."""
    local = message.create_time.ToDatetime(tzinfo=UTC).astimezone()
    return str(local.strftime(form))
