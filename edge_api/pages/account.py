"""The pages that mails link to: verify an address, set a new password, see an order.

Each is the same document, whose script looks at the path and asks the API. A token is in the
fragment of a link, which browsers send nowhere.
"""

from django.urls import URLPattern, re_path

from edge_api.pages.serving import template

# What is after `/account/`, as a pattern and as telemetry names it.
PAGES = {
    "verify-email": "verify-email",
    "reset-password": "reset-password",
    "orders/[0-9A-Fa-f-]{36}": "orders/{order_id}",
}


def account_pages(shown: bool) -> list[URLPattern]:
    if not shown:
        return []
    page = template("edge_api/account.html")
    return [
        re_path(f"^account/{pattern}/?$", page, name=f"/account/{name}")
        for pattern, name in PAGES.items()
    ]
