"""The tutorial's design: a gateway, a user and an order service that call one another over REST.

Each call opens a connection, as `requests.get` does; with PEER_POOLED=on sessions keep
theirs. The services are the monolith's views, each with a database of its own; the order
service asks the user service whether the user exists.
"""

import os
from typing import Any

import requests
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.bench.peers import monolith

TIMEOUT_S = 5
USERS = os.environ.get("PEER_USERS", "")
ORDERS = os.environ.get("PEER_ORDERS", "")
FORWARDED = ("Authorization", "Content-Type", "Idempotency-Key")

http: Any = requests.Session() if os.environ.get("PEER_POOLED") == "on" else requests


def call(method: str, service: str, request: Request, path: str, **options: Any) -> Any:
    """Calls a service on behalf of the request's user."""
    headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
    return http.request(method, service + path, headers=headers, timeout=TIMEOUT_S, **options)


class Gateway(APIView):
    """Answers what a service answers."""

    service = ORDERS

    def get(self, request: Request, **_: Any) -> Response:
        query = request.query_params
        answer = call("GET", self.service, request, request.path, params=query)
        return Response(answer.json(), status=answer.status_code)

    def post(self, request: Request, **_: Any) -> Response:
        answer = call("POST", self.service, request, request.path, json=request.data)
        return Response(answer.json(), status=answer.status_code)


class OrdersView(monolith.OrdersView):
    def require_user(self, request: Request, user_id: str) -> None:
        """Raises ValidationError."""
        if call("GET", USERS, request, f"/api/users/{user_id}/").status_code != 200:
            raise ValidationError("Invalid user")


GATEWAY = [
    path(
        "api/products/<str:pk>/",
        Gateway.as_view(permission_classes=[AllowAny], authentication_classes=[]),
    ),
    path("api/users/<uuid:pk>/", Gateway.as_view(service=USERS)),
    path("api/orders/", Gateway.as_view()),
    path("api/orders/<uuid:pk>/", Gateway.as_view()),
]
USER_SERVICE = [path("api/users/<uuid:pk>/", monolith.UserView.as_view())]
ORDER_SERVICE = [
    path("api/products/<str:pk>/", monolith.ProductView.as_view()),
    path("api/orders/", OrdersView.as_view()),
    path("api/orders/<uuid:pk>/", monolith.OrderView.as_view()),
]
urlpatterns = {"gateway": GATEWAY, "users": USER_SERVICE, "orders": ORDER_SERVICE}[
    os.environ.get("PEER_TIER", "gateway")
]
