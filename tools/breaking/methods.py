"""What breaks the callers of an RPC: its REST form, access, limits, errors."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import MethodDescriptor

from market.options.v1 import options_pb2
from mesh.contract.errors import UnknownReason, errors_of
from mesh.contract.model import MAX_REQUEST_BYTES
from tools.breaking.files import Parts
from tools.breaking.finding import BEHAVIOUR, REST, WIRE, Finding

_BRACES = re.compile(r"\{[^}=]+(=[^}]*)?\}")
_SAFETY = {
    descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN: 0,
    descriptor_pb2.MethodOptions.IDEMPOTENT: 1,
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS: 2,
}
BESIDE = "serve both until the old one's sunset"
V2 = "leave it here, and do it in the next version of the package"


def method_findings(old: Parts, new: Parts, today: date) -> Iterator[Finding]:
    for name, before in old.methods.items():
        after = new.methods.get(name)
        if after is None:
            continue  # buf says so
        for rule, breaks, what, instead in (
            *_rest(before, after),
            *_access(_option(before, options_pb2.access), _option(after, options_pb2.access)),
            *_limits(before, after),
            *_sunset(before, after, today),
            *_max_age(before, after),
            *_errors(before, after),
        ):
            yield Finding(rule, name, breaks, what, instead)


_Found = tuple[str, str, str, str]


def _rest(old: MethodDescriptor, new: MethodDescriptor) -> Iterator[_Found]:
    kept = dict(bindings(new))
    for route, (body, response_body) in bindings(old):
        if route not in kept:
            yield (
                "REST_BINDING_GONE",
                REST,
                f"{route} is not served any more",
                (f"keep it among the additional_bindings, or {BESIDE}"),
            )
            continue
        if kept[route][0] != body:
            was = f"body of {route} is {kept[route][0]!r}, and was {body!r}"
            yield "REST_BODY_CHANGED", REST, was, "bind the new form to another path"
        if kept[route][1] != response_body:
            was = f"response_body of {route} is {kept[route][1]!r}, and was {response_body!r}"
            yield "REST_RESPONSE_BODY_CHANGED", REST, was, "bind the new form to another path"


def bindings(method: MethodDescriptor) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields each REST form, as verb and path without names, with its body and response_body."""
    options: Any = method.GetOptions()
    if options.HasExtension(annotations_pb2.http):
        rule: Any = options.Extensions[annotations_pb2.http]
        for one in (rule, *rule.additional_bindings):
            verb = one.WhichOneof("pattern")
            path = one.custom.path if verb == "custom" else getattr(one, verb or "get")
            verb = one.custom.kind if verb == "custom" else verb or ""
            route = f"{verb.upper()} {_BRACES.sub(lambda m: '{' + (m[1] or '=*') + '}', path)}"
            yield route, (one.body, one.response_body or rule.response_body)


def _access(old: Any, new: Any) -> Iterator[_Found]:
    lost = []
    if old.anyone and not new.anyone:
        lost.append("strangers")
    if old.signed_in and not (new.signed_in or new.anyone):
        lost.append("signed-in users")
    if old.owner_field and old.owner_field != new.owner_field:
        lost.append(f"owners by {old.owner_field}")
    if old.staff_scope and old.staff_scope != new.staff_scope and not new.anyone:
        lost.append(f"staff with {old.staff_scope}")
    gone = set(old.services) - set(new.services)
    if gone and not new.anyone:
        lost += sorted(gone)
    if lost:
        yield (
            "ACCESS_NARROWED",
            BEHAVIOUR,
            f"{', '.join(lost)} may not call any more",
            ("offer a narrower RPC beside it, and deprecate this one"),
        )


def _limits(old: MethodDescriptor, new: MethodDescriptor) -> Iterator[_Found]:
    before, after = _option(old, options_pb2.deadline_ms), _option(new, options_pb2.deadline_ms)
    if after < before:
        what = f"deadline_ms is {after}, and was {before}"
        yield "DEADLINE_SHORTENED", BEHAVIOUR, what, "make it faster and leave the limit"
    required = options_pb2.IDEMPOTENCY_KEY_REQUIRED
    if (
        required
        == _option(new, options_pb2.idempotency_key)
        != _option(old, options_pb2.idempotency_key)
    ):
        yield "IDEMPOTENCY_KEY_REQUIRED", BEHAVIOUR, "the Idempotency-Key is required now", V2
    safety = [_SAFETY[one.GetOptions().idempotency_level] for one in (old, new)]
    if safety[1] < safety[0]:
        yield "IDEMPOTENCY_WEAKENED", BEHAVIOUR, "clients that repeat it are not safe any more", V2
    before, after = (
        _option(one, options_pb2.max_request_bytes) or MAX_REQUEST_BYTES for one in (old, new)
    )
    if after < before:
        what = f"max_request_bytes is {after}, and was {before}"
        yield "REQUEST_LIMIT_LOWERED", BEHAVIOUR, what, "leave the limit"
    before, after = (_option(one, options_pb2.max_open_streams_per_caller) for one in (old, new))
    if after and (not before or after < before):
        what = f"max_open_streams_per_caller is {after}, and was {before or 'unlimited'}"
        yield "STREAM_LIMIT_LOWERED", BEHAVIOUR, what, "leave the limit"
    if _rate_class(old) != _rate_class(new):
        yield "RATE_CLASS_CHANGED", BEHAVIOUR, "it draws on another budget", "name the class it had"
    before, after = (_served_by(one) for one in (old, new))
    if before != after:
        what = f"{after} serves it, and {before} did"
        yield "SERVED_ELSEWHERE", WIRE, what, f"let {before} pass calls on until clients moved"
    if _option(old, options_pb2.lists_revoked_tokens) > _option(
        new, options_pb2.lists_revoked_tokens
    ):
        yield "REVOCATIONS_GONE", BEHAVIOUR, "verifiers find no revoked tokens here", V2


def _sunset(old: MethodDescriptor, new: MethodDescriptor, today: date) -> Iterator[_Found]:
    before, after = (_option(one, options_pb2.life_cycle).sunset for one in (old, new))
    if before and (after or before) < before:
        what = f"its sunset is {after}, and was {before}"
        yield "SUNSET_EARLIER", BEHAVIOUR, what, "keep the day that callers were told"
    if after and not before and after <= today.isoformat():
        what = f"its sunset, {after}, has passed already, and callers were told of none"
        yield "SUNSET_PAST", BEHAVIOUR, what, "name a day that leaves them time"


def _max_age(old: MethodDescriptor, new: MethodDescriptor) -> Iterator[_Found]:
    """Lets a first age through: a client that says `no-cache` is answered as before."""
    before, after = (_option(one, options_pb2.max_age_s) for one in (old, new))
    if before and after > before:
        what = f"max_age_s is {after}, and was {before}"
        yield "MAX_AGE_RAISED", BEHAVIOUR, what, "leave the age that callers were told"


def _errors(old: MethodDescriptor, new: MethodDescriptor) -> Iterator[_Found]:
    try:
        before, after = ({e.reason: e for e in errors_of(one)} for one in (old, new))
    except UnknownReason:
        return  # the gate of generated/ says which
    for reason, error in before.items():
        if reason not in after:
            yield (
                "ERROR_GONE",
                BEHAVIOUR,
                f"{error.name} is not listed any more",
                ("clients act on it: keep it for the same case"),
            )
        elif after[reason].code != error.code:
            what = f"{error.name} is {after[reason].name} now"
            yield "ERROR_CODE_CHANGED", BEHAVIOUR, what, "add another reason"
        elif after[reason].domain != error.domain:
            what = f"{reason} is of {after[reason].domain} now, and was of {error.domain}"
            yield "ERROR_DOMAIN_CHANGED", BEHAVIOUR, what, "add another reason"


def _rate_class(method: MethodDescriptor) -> int:
    """Returns the class that the option sets, or that its comment says is the default."""
    if explicit := _option(method, options_pb2.rate_class):
        return int(explicit)
    options: Any = method.GetOptions()
    if options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS:
        return options_pb2.RATE_CLASS_READ
    anyone = options.Extensions[options_pb2.access].anyone
    return options_pb2.RATE_CLASS_LOGIN if anyone else options_pb2.RATE_CLASS_WRITE


def _option(method: MethodDescriptor, extension: Any) -> Any:
    options: Any = method.GetOptions()
    return options.Extensions[extension]


def _served_by(method: MethodDescriptor) -> str:
    options: Any = method.containing_service.GetOptions()
    return str(options.Extensions[options_pb2.served_by])
