"""What makes two requests the same."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from google.protobuf import message, message_factory


def fingerprint(request: message.Message) -> bytes:
    """A keyed digest of all of a request but its id; equal requests have equal ones."""
    content = type(request)()
    content.CopyFrom(request)
    content.ClearField("request_id")
    serialized = content.SerializeToString(deterministic=True)
    return hmac.digest(settings.SECRET_KEY.encode(), serialized, hashlib.sha256)


def response_class(method: str, request: message.Message) -> type[message.Message]:
    """The class of the answers of `/package.Service/Method`, beside the request's own."""
    name = method.lstrip("/").replace("/", ".")
    method_descriptor: Any = request.DESCRIPTOR.file.pool.FindMethodByName(name)
    return message_factory.GetMessageClass(method_descriptor.output_type)
