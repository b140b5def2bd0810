"""The example request of an RPC, divided as one of its HTTP bindings divides a request."""

import json
from dataclasses import dataclass, field
from typing import Any

from edge_api.transcoding.field_mask import MASK
from edge_api.transcoding.request import WHOLE, Binding
from market.options.v1 import options_pb2
from mesh.contract.model import ContractError, HttpBinding, Method

Tree = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """Values by the parameters' names, and the body; `body` is None where there is none."""

    parameters: Tree = field(default_factory=dict)
    body: Any = None


def example_of(method: Method, http: HttpBinding, binding: Binding) -> Example:
    """Returns an empty example where the contract has none. Raises ContractError."""
    tree = request_of(method)
    return divided(tree, http, binding) if tree else Example()


def request_of(method: Method) -> Tree:
    """Returns the whole example, empty where the contract has none. Raises ContractError."""
    options: Any = method.descriptor.GetOptions()
    text = options.Extensions[options_pb2.example]
    try:
        tree: Tree = json.loads(text or "{}")
    except ValueError as error:
        raise ContractError(f"{method.path}: the example is no JSON: {error}") from error
    return tree


def divided(tree: Tree, http: HttpBinding, binding: Binding) -> Example:
    """Divides a request, of which it leaves nothing, as a binding does."""
    found = {one.name: _taken(tree, one.path) for one in binding.variables}
    body = tree if http.body == WHOLE else tree.pop(http.body, None) if http.body else None
    if http.body != WHOLE:
        if http.verb == "PATCH":
            tree.pop(MASK, None)  # the edge makes it from the body
        found |= {one.name: _taken(tree, one.path) for one in binding.query}
    parameters = {name: value for name, value in found.items() if value is not None}
    return Example(parameters, body)


def _taken(tree: Tree, path: tuple[str, ...]) -> Any:
    """Removes and returns the value at a path; None where there is none."""
    *owners, name = path
    for owner in owners:
        tree = tree.get(owner, {})
    return tree.pop(name, None)
