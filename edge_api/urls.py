"""The edge's own pages; every other path belongs to the contract."""

from django.conf import settings
from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from edge_api.edge import Edge
from edge_api.health import Readiness, livez
from edge_api.pages import asset, errors_page, openapi_json
from edge_api.views import RpcView


class Urls:
    """A URLconf for one edge. Its own pages are few, so they are asked first.

    A name is what the page is called in telemetry: its `http.route`.
    """

    def __init__(self, edge: Edge) -> None:
        contract = edge.config.contract
        assets = str(settings.STATIC_URL).lstrip("/")
        docs = SpectacularSwaggerSplitView.as_view(url="/api/openapi.json", url_self="/api/docs/")
        self.urlpatterns = [
            path("livez", livez, name="/livez"),
            path("readyz", Readiness(edge).__call__, name="/readyz"),
            path("api/openapi.json", openapi_json(contract), name="/api/openapi.json"),
            re_path("^api/docs/?$", docs, name="/api/docs/"),
            re_path("^api/docs/errors/?$", errors_page(contract), name="/api/docs/errors/"),
            path(f"{assets}<path:name>", asset, name=f"/{assets}{{name}}"),
            re_path("", RpcView.as_view(edge=edge)),
        ]
