"""The edge's own pages; every other path belongs to the contract."""

from django.conf import settings
from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerView

from edge_api.edge import Edge
from edge_api.health import Readiness, livez
from edge_api.pages import asset, errors_page, openapi_json
from edge_api.views import RpcView


class Urls:
    """A URLconf for one edge. Its own pages are few, so they are asked first."""

    def __init__(self, edge: Edge) -> None:
        contract = edge.config.contract
        assets = str(settings.STATIC_URL).lstrip("/")
        docs = SpectacularSwaggerView.as_view(url="/api/openapi.json")
        self.urlpatterns = [
            path("livez", livez),
            path("readyz", Readiness(edge).__call__),
            path("api/openapi.json", openapi_json(contract)),
            re_path("^api/docs/?$", docs),
            re_path("^api/docs/errors/?$", errors_page(contract)),
            path(f"{assets}<path:name>", asset),
            re_path("", RpcView.as_view(edge=edge)),
        ]
