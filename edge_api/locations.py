"""Where a created resource is: the address of the GET binding that answers it."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from mesh.contract.model import Contract, HttpBinding, Method

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def resource_of(method: Method, http: HttpBinding) -> Descriptor | None:
    """The type of the message that a binding answers with, where it is a resource."""
    field = method.descriptor.output_type.fields_by_name.get(http.response_body)
    return field.message_type if field is not None and not field.is_repeated else None


def location_of(
    method: Method, http: HttpBinding, contract: Contract
) -> Callable[[Message], str] | None:
    """From a created resource to its path; None where no GET of its service answers it.

    The path's only variable is the field of that name, or else the resource's `id`.
    """
    resource = resource_of(method, http)
    for template in _read_templates(method, contract, resource):
        variables = _VARIABLE.findall(template)
        if len(variables) != 1 or resource is None:
            continue
        name = variables[0] if variables[0] in resource.fields_by_name else "id"
        if name in resource.fields_by_name:
            before, _, after = _VARIABLE.split(template)
            return lambda created: f"{before}{quote(str(getattr(created, name)), safe='')}{after}/"
    return None


def _read_templates(
    method: Method, contract: Contract, resource: Descriptor | None
) -> Iterator[str]:
    for other in contract:
        if other.service_name == method.service_name:
            for binding in other.bindings:
                if binding.verb == "GET" and resource_of(other, binding) is resource:
                    yield binding.template
