"""`market products`."""

import click
import grpc
from click.shell_completion import CompletionItem

from market.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tools.market import show
from tools.market.client import Client, client
from tools.market.errors import told
from tools.market.options import options

CATALOG = catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"]
MOST = 200


@click.command()
@click.option("--limit", type=click.IntRange(1, MOST), default=50, help="How many at most.")
@click.option("--page-token", default="", help="Where the page before ended.")
def products(limit: int, page_token: str) -> None:
    """List what can be ordered."""
    shop = client()
    with told(as_json=shop.told.as_json):
        page = _page(shop, limit, page_token)
    if shop.told.as_json:
        show.document(page)
        return
    columns = ("sku", "what", "price>", "in stock>")
    show.table(
        columns, [(p.sku, p.title, show.money(p.price), str(p.stock)) for p in page.products]
    )
    if page.next_page_token:
        click.echo(f"more: market products --page-token {page.next_page_token}", err=True)


def complete_item(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Returns the products whose sku begins so; none while the service is away."""
    try:
        page = _page(Client(options(ctx)), MOST, "")
    except grpc.RpcError:
        return []
    found = [one for one in page.products if one.sku.startswith(incomplete)]
    return [CompletionItem(one.sku, help=one.title) for one in found]


def _page(shop: Client, size: int, token: str) -> catalog_pb2.ListProductsResponse:
    request = catalog_pb2.ListProductsRequest(page_size=size, page_token=token)
    stub = shop.stub(catalog_pb2_grpc.CatalogServiceStub, CATALOG)
    page: catalog_pb2.ListProductsResponse = stub.ListProducts(request)
    return page
