"""Requests that the tests of the catalog make, about one product: MUG."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.type.money_pb2 import Money

from market.catalog.v1 import catalog_pb2

EUR_12_90 = Money(currency_code="EUR", units=12, nanos=900_000_000)


def mug(**fields: Any) -> catalog_pb2.Product:
    values = {"sku": "MUG", "title": "Mug", "price": EUR_12_90, "stock": 3, **fields}
    return catalog_pb2.Product(**values)


def creation(request_id: str = "", **fields: Any) -> catalog_pb2.CreateProductRequest:
    return catalog_pb2.CreateProductRequest(product=mug(**fields), request_id=request_id)


def update(*paths: str, **fields: Any) -> catalog_pb2.UpdateProductRequest:
    return catalog_pb2.UpdateProductRequest(
        product=catalog_pb2.Product(sku="MUG", **fields), update_mask=FieldMask(paths=paths)
    )
