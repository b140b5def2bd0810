"""`market order` and `market watch`: an order, and its way to an end."""

import time
import uuid
from collections.abc import Iterator

import click
import grpc

from market.order.v1 import order_pb2, order_pb2_grpc
from tools.market import show, words
from tools.market.catalog import complete_item
from tools.market.client import Client, client
from tools.market.errors import OTHERWISE, told

ORDERS = order_pb2.DESCRIPTOR.services_by_name["OrderService"]
FINAL = {"CANCELLED", "REFUNDED", "FULFILLED"}
AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
AWAY_AT_MOST_S, ASKS_AGAIN_AFTER_S = 30.0, 0.5


class Item(click.ParamType[order_pb2.CreateOrderItem]):
    """A line to order: `MUG-BLUE`, or `MUG-BLUE:2` for two."""

    name = "item"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> order_pb2.CreateOrderItem:
        sku, _, count = value.partition(":")
        if not (count or "1").isdecimal():
            self.fail(f"{count!r} is no number of {sku}", param, ctx)
        return order_pb2.CreateOrderItem(sku=sku, quantity=int(count or 1))


@click.command()
@click.argument(
    "items",
    nargs=-1,
    required=True,
    type=Item(),
    metavar="SKU[:N]...",
    shell_complete=complete_item,
)
@click.option("--pay", default="pm_ok", show_default=True, help="Payment method.")
@click.option("--request-id", default="", help="UUID under which a repeat is the same order.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the charge.")
def order(
    items: tuple[order_pb2.CreateOrderItem, ...], pay: str, request_id: str, *, no_wait: bool
) -> None:
    """Place an order, and follow it until it is confirmed, or not.

    Exits with 9 when it is not.
    """
    shop = client()
    request = order_pb2.CreateOrderRequest(
        items=items, payment_method=pay, request_id=request_id or str(uuid.uuid4())
    )
    with told(as_json=shop.told.as_json):
        placed = orders_of(shop).CreateOrder(request).order
        if no_wait:
            _tell_order(shop, placed)
            return
        if not shop.told.as_json:
            click.echo(f"order {placed.id}, {show.money(placed.total)}")
        with show.console().status("charging"):
            reached = _follow(shop, placed.id, {"CONFIRMED", *FINAL})
        if shop.told.as_json:
            show.document(orders_of(shop).GetOrder(_of(placed.id)).order)
    if reached not in {"CONFIRMED", "FULFILLED"}:
        raise click.exceptions.Exit(OTHERWISE)


@click.command()
@click.argument("order_id")
@click.option("--after", type=int, default=0, help="Only events after this one.")
def watch(order_id: str, after: int) -> None:
    """Show what happened to an order, and what happens, until it ends.

    An interrupted stream goes on where it was. With --json an event is a line.
    """
    shop = client()
    with told(as_json=shop.told.as_json):
        for event in events(shop, order_id, after):
            show.document(event) if shop.told.as_json else _tell_event(event)
            if words.state(event.state) in FINAL:
                return


def events(shop: Client, order_id: str, after: int) -> Iterator[order_pb2.OrderEvent]:
    """Yields an order's events without end, through outages. Raises grpc.RpcError."""
    away_since = 0.0
    while True:
        request = order_pb2.WatchOrderRequest(order_id=order_id, after_event=after)
        try:
            for answer in orders_of(shop).WatchOrder(request):
                away_since = 0.0
                after = answer.event.seq
                yield answer.event
        except grpc.RpcError as error:
            away_since = away_since or time.monotonic()
            away_s = time.monotonic() - away_since
            if error.code() not in AWAY or away_s > AWAY_AT_MOST_S:
                raise
        time.sleep(ASKS_AGAIN_AFTER_S)


def _follow(shop: Client, order_id: str, until: set[str]) -> str:
    """Shows events up to one that brings the order to one of these states; returns which."""
    for event in events(shop, order_id, 0):
        if not shop.told.as_json:
            _tell_event(event)
        if (reached := words.state(event.state)) in until:
            return reached
    raise AssertionError("events have no end")


def _tell_event(event: order_pb2.OrderEvent) -> None:
    told = [
        show.when(event),
        f"[{show.STYLES[words.state(event.state)]}]{words.state(event.state)}[/]",
    ]
    if why := words.reason(event.cancel_reason):
        told.append(f"({why})")
    if event.refunded_amount.units or event.refunded_amount.nanos:
        told.append(f"{show.money(event.refunded_amount)} paid back")
    show.console().print("  ".join(told), soft_wrap=True)


def _tell_order(shop: Client, placed: order_pb2.Order) -> None:
    if shop.told.as_json:
        show.document(placed)
    else:
        click.echo(f"order {placed.id}, {show.money(placed.total)}, {words.state(placed.state)}")


def _of(order_id: str) -> order_pb2.GetOrderRequest:
    return order_pb2.GetOrderRequest(order_id=order_id)


def orders_of(shop: Client) -> order_pb2_grpc.OrderServiceStub:
    return shop.stub(order_pb2_grpc.OrderServiceStub, ORDERS)
