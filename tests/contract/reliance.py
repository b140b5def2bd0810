"""What consumers rely on, replayed on a contract: see tests/contract/consumers/README.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor

from mesh.contract.model import Contract, Method
from mesh.contract.validation import violations

CONSUMERS = Path(__file__).parent / "consumers"
# The id of what an entry is `given`, by the field that takes it.
ANY_ORDER = {"order_id": "0190a3c4-0000-7000-8000-000000000000"}
Entry = dict[str, Any]


def entries() -> Iterator[tuple[str, Entry]]:
    """Yields each call that somebody relies on, with who says so, and where."""
    for path in sorted(CONSUMERS.glob("*/*.yaml")):
        text = path.read_text()
        calls: Any = yaml.compose(text, yaml.SafeLoader)
        for call, entry in zip(calls.value, yaml.safe_load(text), strict=True):
            yield f"{path.parent.name} ({path.name}:{call.start_mark.line + 1})", entry


def broken(consumer: str, entry: Entry, contract: Contract) -> list[str]:
    """Returns what of an entry does not hold, each with whom it breaks."""
    method = method_of(entry, contract)
    found = ["is gone"] if method is None else list(_broken(entry, method))
    return [f"{consumer} relies on {entry['rpc']}: {what}" for what in found]


def method_of(entry: Entry, contract: Contract) -> Method | None:
    service, _, name = entry["rpc"].rpartition(".")
    return contract.methods.get(f"/{service}/{name}")


def sent(entry: Entry, method: Method, given: Mapping[str, str]) -> Entry:
    """Returns what an entry sends, with the ids of what it is given."""
    known = method.descriptor.input_type.fields_by_name if "given" in entry else {}
    ids = {name: value for name, value in given.items() if name in known}
    return {**ids, **entry.get("sends", {})}


def _broken(entry: Entry, method: Method) -> Iterator[str]:
    routes = [f"{binding.verb} {binding.template}" for binding in method.bindings]
    if "rest" in entry and entry["rest"] not in routes:
        yield f"{entry['rest']} is no route of it"
    request = method.request_class()
    try:
        json_format.ParseDict(sent(entry, method, ANY_ORDER), request)
    except json_format.ParseError as error:
        yield f"can't send this any more: {error}"
    else:
        yield from (f"{one.field} {one.description}" for one in violations(request))
    for path in entry.get("reads", ()):
        if not _has(method.descriptor.output_type, path.split(".")):
            yield f"the response has no {path}"
    relied_on = {*entry.get("errors", ()), *([entry["fails"]] if "fails" in entry else [])}
    missing = relied_on - {error.reason for error in method.all_errors}
    yield from (f"it never fails with {reason}" for reason in sorted(missing))
    if entry.get("within_ms", 0) > method.deadline_s * 1000:
        yield f"it has {method.deadline_s * 1000:.0f} ms at most"


def _has(message: Descriptor | None, path: list[str]) -> bool:
    for name in path:
        field = message.fields_by_name.get(name) if message is not None else None
        if field is None:
            return False
        message = field.message_type
    return True
