"""The request of an RPC as command lines: curl over REST, grpcurl over gRPC.

They run as they stand on a mesh as `make up` starts it. The request is the contract's example.
What that leaves out, as only an answer or a mail has it, is a variable of the shell that is named
like its field: `$ORDER_ID`.
"""

import json
import re
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from google.protobuf.descriptor import FieldDescriptor

from dev.config import PORTS
from edge_api.codec import Decoder
from edge_api.openapi.document import VARIABLE
from edge_api.openapi.examples import Tree, divided, request_of
from edge_api.transcoding.field_mask import is_required
from edge_api.transcoding.http_body import is_raw
from edge_api.transcoding.request import Binding
from mesh.auth.access import ME
from mesh.auth.tls import dns_name
from mesh.contract.model import Access, Method

NEW_LINE = " \\\n  "
_OF_THE_SHELL = re.compile(r"\$\w+")
_RAW = {"content_type": "application/json", "data": "$BODY_BASE64"}
_CERTIFICATES = '-cacert "$MESH_CA_FILE" -cert "$MESH_CERT_FILE" -key "$MESH_KEY_FILE"'


def curl(method: Method) -> str:
    """Returns the line for the first REST binding; empty where callers over REST have none."""
    if not method.bindings or method.access.internal:
        return ""
    http, tree = method.bindings[0], _filled_in(method)
    binding = Binding(method, http, Decoder())
    headers = {
        name: tree.pop(field.name)
        for name, field in binding.headers.by_header.items()
        if field.name in tree
    }
    if token := _token(method.access):
        headers["Authorization"] = f"Bearer {token}"
    if method.needs_idempotency_key:
        headers["Idempotency-Key"] = "$REQUEST_ID"
    if http.body:
        headers["Content-Type"] = "application/json"
    request = divided(tree, http, binding)
    path = VARIABLE.sub(lambda name: _in_url(request.parameters.pop(name[1])), http.template)
    query = urlencode(request.parameters, doseq=True, safe="$")
    url = f"${{EDGE:-http://127.0.0.1:{PORTS['EDGE_PORT'][0]}}}{path}{'?' if query else ''}{query}"
    words = [
        "curl --fail-with-body" + (" --no-buffer" if method.descriptor.server_streaming else ""),
        *([] if http.verb == "GET" else [f"-X {http.verb}"]),
        *(f'-H "{name}: {value}"' for name, value in headers.items()),
        *([_body(request.body, raw=binding.takes_raw_body)] if http.body else []),
        f'"{url}"',
    ]
    return NEW_LINE.join(words)


def grpcurl(method: Method) -> str:
    """Returns the line for a plaintext mesh; for RPCs of services alone, one of mutual TLS."""
    service, tree = method.served_by, _filled_in(method)
    port, _ = PORTS[f"{service.removesuffix('_service').upper()}_PORT"]
    token = _token(method.access)
    inside = method.access.internal
    transport = f"{_CERTIFICATES} -authority {dns_name(service)}" if inside else "-plaintext"
    words = [
        f"grpcurl {transport}",
        "-protoset descriptors/market.binpb",
        *([f'-H "authorization: Bearer {token}"'] if token else []),
        *([f"-d {_quoted(tree)}"] if tree else []),
        f'"${{{service.upper()}_TARGET:-127.0.0.1:{port}}}"',
        method.full_name,
    ]
    return NEW_LINE.join(words)


def _token(access: Access) -> str:
    if access.anyone or access.internal:
        return ""
    staff = not (access.signed_in or access.owner_field)
    return "$STAFF_ACCESS_TOKEN" if staff else "$ACCESS_TOKEN"


def _filled_in(method: Method) -> Tree:
    """Returns the example, with what else is required before it."""
    given = request_of(method)
    wanted = [one for one in method.descriptor.input_type.fields if is_required(one)]
    missing = {one.name: _placeholder(one) for one in wanted if one.name not in given}
    if missing.keys() & set(method.access.owner_field) and len(method.access.owner_field) == 1:
        missing[method.access.owner_field[0]] = ME
    return missing | given


def _placeholder(field: FieldDescriptor) -> Any:
    if is_raw(field.message_type):
        return _RAW
    name = field.name.upper()
    return [f"${name.removesuffix('S')}"] if field.is_repeated else f"${name}"


def _body(body: Any, *, raw: bool) -> str:
    return '--data-binary "$BODY"' if raw else f"-d {_quoted(body or {})}"


def _in_url(value: Any) -> str:
    return quote(str(value), safe="$")


def _quoted(tree: Any) -> str:
    """Returns JSON as one word of the shell, which still replaces its variables."""
    word = shlex.quote(json.dumps(tree, ensure_ascii=False))
    return _OF_THE_SHELL.sub(lambda found: f"'\"{found[0]}\"'", word)
