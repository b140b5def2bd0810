"""Finds message classes of generated code, which the contract's own descriptors do not make."""

from functools import lru_cache
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message


@lru_cache(maxsize=256)
def response_class(path: str, request: Descriptor) -> type[Message]:
    """Returns the response class of `/package.Service/Method`, from the pool of its request."""
    pool: Any = request.file.pool
    method = pool.FindMethodByName(path.lstrip("/").replace("/", "."))
    return message_factory.GetMessageClass(method.output_type)
