import grpc
from django_grpc_framework.services import Service

from market.catalog.v1 import catalog_pb2
from mesh.contract.updates import masked
from mesh.rpc.idempotency.once import once
from order_service.catalog import actions, convert, queries


class CatalogService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.catalog.v1.CatalogService`."""

    def CreateProduct(
        self, request: catalog_pb2.CreateProductRequest, context: grpc.ServicerContext
    ) -> catalog_pb2.CreateProductResponse:
        sent = request.product
        price = convert.price(sent.price)

        def create() -> catalog_pb2.CreateProductResponse:
            product = actions.create_product(
                sku=sent.sku,
                title=sent.title,
                description=sent.description,
                price=price,
                stock=sent.stock,
            )
            return catalog_pb2.CreateProductResponse(product=convert.to_wire(product))

        return once(request, create)

    def GetProduct(
        self, request: catalog_pb2.GetProductRequest, context: grpc.ServicerContext
    ) -> catalog_pb2.GetProductResponse:
        product = queries.product(sku=request.sku)
        return catalog_pb2.GetProductResponse(product=convert.to_wire(product))

    def ListProducts(
        self, request: catalog_pb2.ListProductsRequest, context: grpc.ServicerContext
    ) -> catalog_pb2.ListProductsResponse:
        products, next_page_token = queries.products_page(
            size=request.page_size, token=request.page_token
        )
        return catalog_pb2.ListProductsResponse(
            products=map(convert.to_wire, products), next_page_token=next_page_token
        )

    def UpdateProduct(
        self, request: catalog_pb2.UpdateProductRequest, context: grpc.ServicerContext
    ) -> catalog_pb2.UpdateProductResponse:
        sent = request.product
        fields = masked(request.update_mask, convert.CHANGEABLE)
        product = actions.update_product(
            sku=sent.sku, etag=sent.etag, **convert.changes(sent, fields)
        )
        return catalog_pb2.UpdateProductResponse(product=convert.to_wire(product))
