"""`market orders`, `cancel` and `refund`."""

import uuid
from decimal import Decimal, InvalidOperation

import click
from google.type.money_pb2 import Money

from market.order.v1 import order_pb2
from market.payment.v1 import payment_pb2, payment_pb2_grpc
from tools.market import show, words
from tools.market.client import Client, client
from tools.market.errors import told
from tools.market.placing import orders_of

PAYMENTS = payment_pb2.DESCRIPTOR.services_by_name["PaymentService"]
STATES = [name.removeprefix("ORDER_STATE_") for name in order_pb2.OrderState.keys()[1:]]
COLUMNS = ("order", "placed", "what", "total>", "paid back>", "state")


class Units(click.ParamType[Decimal]):
    """An amount of money in whole units, such as 12.90."""

    name = "amount"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is no amount", param, ctx)


@click.command()
@click.option(
    "--state", type=click.Choice(STATES, case_sensitive=False), help="Only in this state."
)
@click.option("--limit", type=click.IntRange(1, 200), default=20, help="How many on a page.")
@click.option("--page-token", default="", help="Where the page before ended.")
@click.option("--all", "all_pages", is_flag=True, help="All pages.")
@click.option("--everybody", is_flag=True, help="Everybody's (staff).")
def orders(
    state: str | None, limit: int, page_token: str, *, all_pages: bool, everybody: bool
) -> None:
    """List orders, newest first.

    With --json a page is a line.
    """
    shop = client()
    request = order_pb2.ListOrdersRequest(
        user_id="" if everybody else "me",
        state=f"ORDER_STATE_{(state or 'UNSPECIFIED').upper()}",
        page_size=limit,
        page_token=page_token,
    )
    found: list[order_pb2.Order] = []
    while True:
        with told(as_json=shop.told.as_json):
            page = orders_of(shop).ListOrders(request)
        if shop.told.as_json:
            show.document(page)
        found += page.orders
        request.page_token = page.next_page_token
        if not (all_pages and request.page_token):
            break
    if shop.told.as_json:
        return
    show.table(COLUMNS, map(_line, found), wide=("what", "paid back>"))
    if request.page_token:
        click.echo(f"more: market orders --page-token {request.page_token}", err=True)


@click.command()
@click.argument("order_id")
def cancel(order_id: str) -> None:
    """Give an order up: what was paid is paid back."""
    shop = client()
    request = order_pb2.CancelOrderRequest(
        order_id=order_id, reason="CANCEL_REASON_REQUESTED", request_id=str(uuid.uuid4())
    )
    with told(as_json=shop.told.as_json):
        given_up = orders_of(shop).CancelOrder(request).order
    if shop.told.as_json:
        show.document(given_up)
    else:
        click.echo(f"order {given_up.id}, {words.state(given_up.state)}")


@click.command()
@click.argument("order_id")
@click.option("--amount", type=Units(), help="How much, in the order's currency; else all.")
@click.option("--request-id", default="", help="UUID under which a repeat pays nothing more.")
def refund(order_id: str, amount: Decimal | None, request_id: str) -> None:
    """Pay an order back, in whole or in part; for staff."""
    shop = client()
    with told(as_json=shop.told.as_json):
        of = orders_of(shop).GetOrder(order_pb2.GetOrderRequest(order_id=order_id)).order
        if not of.payment_id:
            raise click.ClickException(f"order {order_id} is {words.state(of.state)}, not paid")
        request = payment_pb2.RefundPaymentRequest(
            payment_id=of.payment_id,
            amount=None if amount is None else _money(amount, of.total.currency_code),
            request_id=request_id or str(uuid.uuid4()),
        )
        payment = _payments(shop).RefundPayment(request).payment
    if shop.told.as_json:
        show.document(payment)
    else:
        click.echo(f"{show.money(payment.refunded_amount)} of {show.money(of.total)} paid back")


def _line(order: order_pb2.Order) -> tuple[str, ...]:
    what = ", ".join(f"{item.quantity} x {item.title}" for item in order.items)
    back = order.refunded_amount
    paid_back = show.money(back) if back.units or back.nanos else ""
    return (
        order.id,
        show.when(order, "%Y-%m-%d %H:%M"),
        what,
        show.money(order.total),
        paid_back,
        words.state(order.state),
    )


def _money(units: Decimal, currency: str) -> Money:
    whole = int(units)
    nanos = int((units - whole).scaleb(9))
    return Money(currency_code=currency, units=whole, nanos=nanos)


def _payments(shop: Client) -> payment_pb2_grpc.PaymentServiceStub:
    return shop.stub(payment_pb2_grpc.PaymentServiceStub, PAYMENTS)
