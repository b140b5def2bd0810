"""Headers by which every response limits what browsers do with it, as lines.

Source: OWASP, "HTTP Headers".
"""

_ALWAYS = (
    b"x-content-type-options: nosniff\r\n"
    b"referrer-policy: no-referrer\r\n"
    b"cross-origin-resource-policy: same-origin\r\n"
    b"content-security-policy: %b\r\n"
)
_FOR_DATA = _ALWAYS % b"default-src 'none'; frame-ancestors 'none'"
# For the API's pages: Swagger UI has inline styles, data: images, and calls the API.
_PAGES = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_FOR_PAGES = _ALWAYS % _PAGES


def security_headers(content_type: str) -> bytes:
    return _FOR_PAGES if content_type.startswith("text/html") else _FOR_DATA
