"""Quotas, and the response headers that report them.

Source: draft-ietf-httpapi-ratelimit-headers-10, `RateLimit-Policy` and `RateLimit`.
"""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mesh.core import config

DAY_S = 86_400
_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True)
class Quota:
    """The `requests` of one class that a caller may make in `window_s`, at once or spread."""

    name: str
    requests: int
    window_s: int

    @cached_property
    def policy(self) -> str:
        return f'"{self.name}";q={self.requests};w={self.window_s}'


class Decision(NamedTuple):
    """`wait_s` is how long until a request is allowed: 0 for one that is."""

    quota: Quota
    remaining: int
    reset_s: float
    wait_s: float

    @property
    def headers(self) -> dict[str, str]:
        """Returns the headers; `t` is when the whole quota, or one request of it, is free."""
        in_s = math.ceil(self.wait_s or self.reset_s)
        return {
            "RateLimit-Policy": self.quota.policy,
            "RateLimit": f'"{self.quota.name}";r={self.remaining};t={in_s}',
        }


def quota(name: str, default: str) -> Quota | None:
    """Reads EDGE_RATE_<NAME>: `<requests>/<seconds>`, or `off`. Raises SettingError."""
    variable = f"EDGE_RATE_{name}"
    about = f"How many requests of the class `{name}` a caller may make, and in how long."
    value = config.text(variable, default, about=about, kind="requests/seconds, or `off`")
    if value == "off":
        return None
    match = _FORM.fullmatch(value)
    requests, window_s = (int(match[1]), int(match[2])) if match else (0, 0)
    if requests < 1 or not 1 <= window_s <= DAY_S:
        raise config.SettingError(f"{variable} must be requests/seconds or off, not {value!r}")
    return Quota(name.lower(), requests, window_s)
