"""Any: a message that names its own type."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from edge_api.codec.errors import DecodeError

TYPE, VALUE = "@type", "value"
HasOwnForm = Callable[[Descriptor], bool]


def encoder(
    has_own_form: HasOwnForm, of: Callable[[Descriptor], Callable[[Any], Any]]
) -> Callable[[Any], dict[str, Any]]:
    def encode(message: Any) -> dict[str, Any]:
        if not message.type_url:
            return {}
        inner = _type_named(message.type_url, message)
        value = of(inner)(GetMessageClass(inner).FromString(message.value))
        return {TYPE: message.type_url, **({VALUE: value} if has_own_form(inner) else value)}

    return encode


def filler(
    has_own_form: HasOwnForm, of: Callable[[Descriptor], Callable[[Any, Any], None]]
) -> Callable[[Any, Any], None]:
    """Returns what fills an Any from an object, for types of the contract only."""

    def fill(message: Any, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise DecodeError("must be an object")
        if not tree:
            return
        members = dict(tree)
        type_url = members.pop(TYPE, None)
        if not isinstance(type_url, str) or "/" not in type_url:
            raise DecodeError("must be a type URL", TYPE)
        try:
            inner = _type_named(type_url, message)
        except KeyError:
            raise DecodeError("is not a type of this API", TYPE) from None
        if has_own_form(inner) and set(members) != {VALUE}:
            raise DecodeError("must have @type and value, nothing else")
        value = GetMessageClass(inner)()
        of(inner)(value, members[VALUE] if has_own_form(inner) else members)
        message.type_url, message.value = type_url, value.SerializeToString()

    return fill


def _type_named(type_url: str, within: Any) -> Descriptor:
    """Finds a type in the contract that `within` belongs to. Raises KeyError."""
    pool = within.DESCRIPTOR.file.pool
    found: Descriptor = pool.FindMessageTypeByName(type_url.rpartition("/")[2])
    return found
