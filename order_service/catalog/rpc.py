from collections.abc import Sequence

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.catalog.v1 import catalog_pb2 as pb
from mesh.contract.updates import masked
from mesh.core.errors import DomainError
from mesh.rpc.batching.calls import Asked
from mesh.rpc.idempotency.once import once
from order_service.catalog import actions, convert, queries
from order_service.catalog.errors import ProductNotFound


def get_products(asked: Sequence[Asked]) -> list[pb.GetProductResponse | DomainError]:
    """Serves GetProduct."""
    skus = [each.request.sku for each in asked]
    found = queries.products(skus=set(skus))
    return [
        pb.GetProductResponse(product=convert.to_wire(found[sku]))
        if sku in found
        else ProductNotFound("there is no such product", sku=sku)
        for sku in skus
    ]


class CatalogService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.catalog.v1.CatalogService`, all but `get_products`."""

    def CreateProduct(
        self, request: pb.CreateProductRequest, _: Context
    ) -> pb.CreateProductResponse:
        sent = request.product
        price = convert.price_from_wire(sent.price)

        def create() -> pb.CreateProductResponse:
            product = actions.create_product(
                sku=sent.sku,
                title=sent.title,
                description=sent.description,
                price=price,
                stock=sent.stock,
            )
            return pb.CreateProductResponse(product=convert.to_wire(product))

        return once(request, create)

    def ListProducts(self, request: pb.ListProductsRequest, _: Context) -> pb.ListProductsResponse:
        products, next_page_token = queries.products_page(
            size=request.page_size, token=request.page_token
        )
        return pb.ListProductsResponse(
            products=map(convert.to_wire, products), next_page_token=next_page_token
        )

    def UpdateProduct(
        self, request: pb.UpdateProductRequest, _: Context
    ) -> pb.UpdateProductResponse:
        sent = request.product
        fields = masked(request.update_mask, convert.CHANGEABLE)
        product = actions.update_product(
            sku=sent.sku, etag=sent.etag, **convert.changes(sent, fields)
        )
        return pb.UpdateProductResponse(product=convert.to_wire(product))
