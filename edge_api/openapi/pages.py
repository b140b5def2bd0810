"""`/api/openapi.json`, and the pages of the API's documentation."""

from pathlib import Path

import orjson
from django.template.loader import render_to_string

from edge_api.openapi.document import document_of
from edge_api.openapi.reasons import reasons_of
from edge_api.pages.serving import Page, rendered
from edge_api.transcoding.response import JSON

FAVICON = "/api/docs/static/edge_api/favicon.svg"
# Addresses that people try, and where they lead.
TRIED = {
    "api": "/api/docs/",
    "docs": "/api/docs/",
    "openapi.json": "/api/openapi.json",
    "favicon.ico": FAVICON,
}


def openapi_json(contract: Path) -> Page:
    return rendered(lambda: orjson.dumps(document_of(contract.read_bytes())), JSON)


def errors_page(contract: Path) -> Page:
    def render() -> bytes:
        reasons = reasons_of(contract.read_bytes())
        return render_to_string("edge_api/errors.html", {"reasons": reasons}).encode()

    return rendered(render)
