"""Excuses: what schemathesis takes for a failure and the contract does not, with the reasons."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from google.protobuf import json_format
from requests import PreparedRequest

from edge_api.openapi.constraints import rules_of
from edge_api.transcoding.http_body import is_raw
from mesh.contract.model import HttpBinding, Method, market_contract
from mesh.contract.validation import violations
from tests.fuzz.contract import OF_ANY, errors_of

Tree = dict[str, Any]
WHOLE_FLOAT = re.compile(rb"[0-9]\.0\b|[0-9][eE][+-]?[0-9]")
EMPTIED = "must not be empty"
ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
BINDINGS = {
    f"{method.service_name.rpartition('.')[2]}_{method.name}{number or ''}": (method, http)
    for method in market_contract()
    for number, http in zip(("", *range(2, 9)), method.bindings, strict=False)
}


def _cel_rules(message: Any, seen: set[str]) -> Iterator[str]:
    if message.full_name not in seen:
        seen.add(message.full_name)
        for field in message.fields:
            yield from (rule.id for rule in rules_of(field).cel)
            if field.message_type is not None:
                yield from _cel_rules(field.message_type, seen)


CEL_RULES = {
    rule
    for method in market_contract()
    for rule in _cel_rules(method.request_class.DESCRIPTOR, set())
}


def rightly_refused(method: Method, sent: bytes, problem: Mapping[str, Any]) -> bool:
    """Returns whether a request that fits the document is refused for what no schema can say."""
    code = problem["code"]
    if code in {error.partition("/")[2] for error in errors_of(method) - OF_ANY}:
        return True  # what the request is about is not as it would have to be
    if problem["detail"].endswith("must be an integer") and WHOLE_FLOAT.search(sent):
        return True  # JSON Schema takes 1.0 for one: docs/decisions/0006-codec.md
    if problem["detail"] == "the body names no field that can be changed":
        return True  # unless `update_mask` names some: no schema of the body alone can say it
    if problem["errors"] and all(one["detail"] == EMPTIED for one in problem["errors"]):
        return True  # the same: what the mask does not name may be empty
    if code == "HEADER_INVALID":  # a header and a member of the body exclude each other
        return "not both" in problem["detail"] or "differ" in problem["detail"]
    # The document has what a CEL expression asks for in words, and a currency its own unit.
    unsaid = CEL_RULES | {"money.too_fine"}
    if not sent and any(
        is_raw(field.message_type) for field in method.descriptor.input_type.fields
    ):
        unsaid |= {"required"}  # generators make a file of it, and can't say that it is not empty
    return bool(problem["errors"]) and all(one["code"] in unsaid for one in problem["errors"])


def rightly_accepted(
    method: Method, http: HttpBinding, request: PreparedRequest, path: Mapping[str, Any]
) -> bool:
    """Returns whether a request that does not fit the document is good by the JSON mapping.

    The document has the canonical form only; the mapping takes `null` for an absent member,
    numbers as texts, enum values by number and lowerCamel names too. Google's own
    implementation of it is asked, and then the contract's constraints.
    """
    message = method.request_class()
    try:
        json_format.ParseDict(_tree(method, http, request, path), message)
    except (json_format.ParseError, ValueError):
        return False
    return not violations(message)


def _tree(
    method: Method, http: HttpBinding, request: PreparedRequest, path: Mapping[str, Any]
) -> Tree:
    tree: Tree = {}
    fields, sent = method.descriptor.input_type, cast("bytes", request.body)
    if http.body and sent:
        body = json.loads(sent)
        tree = body if http.body == "*" else {http.body: body}
        if not isinstance(body, dict):
            raise ValueError("no object")  # of the text, not of a caller
        if http.verb == "PATCH":  # made from the body by the edge
            tree["update_mask"] = ",".join(body)
    for name, text in parse_qsl(urlsplit(request.url or "").query, keep_blank_values=True):
        field = fields.fields_by_name.get(name) or fields.fields_by_camelcase_name.get(name)
        if field is not None and field.is_repeated:
            tree.setdefault(name, []).append(text)
        else:
            _put(tree, name, text)
    for name, value in path.items():
        _put(tree, name, ANY_ID if value == "me" else value)
    return tree


def _put(tree: Tree, path: str, value: Any) -> None:
    *owners, name = path.split(".")
    for owner in owners:
        tree = tree.setdefault(owner, {})
    tree[name] = value
