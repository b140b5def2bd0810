"""Headers by which every response limits what browsers do with it.

Source: OWASP, "HTTP Headers".
"""

from django.http import HttpResponseBase

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_CSP = b"content-security-policy"
_FOR_DATA = [*_ALWAYS, (_CSP, b"default-src 'none'; frame-ancestors 'none'")]
# For the API's pages: Swagger UI has inline styles, data: images, and calls the API.
_PAGES = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_FOR_PAGES = [*_ALWAYS, (_CSP, _PAGES)]


def security_headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return _FOR_PAGES if is_page else _FOR_DATA
