"""A monolith: one Django REST framework project with one database."""

from typing import Any

from django.urls import path
from rest_framework.generics import RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from order_service.catalog.models import Product
from order_service.orders.models import Order
from tests.bench.peers import orders
from tests.bench.peers.serializers import (
    NewOrderSerializer,
    OrderSerializer,
    ProductSerializer,
    UserSerializer,
)
from user_service.accounts.models import User


class ProductView(RetrieveAPIView[Product]):
    permission_classes = [AllowAny]
    authentication_classes = []
    queryset = Product.objects.all()
    serializer_class = ProductSerializer


class UserView(RetrieveAPIView[User]):
    """A user sees itself; another is not found."""

    serializer_class = UserSerializer

    def get_queryset(self) -> Any:
        return User.objects.filter(erased_time=None, id=str(self.request.user.id))


class OrderView(RetrieveAPIView[Order]):
    serializer_class = OrderSerializer

    def get_queryset(self) -> Any:
        return orders.orders_of(str(self.request.user.id))


class OrdersView(APIView):
    def get(self, request: Request) -> Response:
        size = int(request.query_params.get("page_size", 50))
        before = request.query_params.get("page_token", "")
        return Response(orders.page_of(str(request.user.id), size, before))

    def post(self, request: Request) -> Response:
        sent = NewOrderSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        user_id = str(request.user.id)
        self.require_user(request, user_id)
        key = request.headers.get("Idempotency-Key", "")
        return Response(orders.place(user_id, sent.validated_data, key), status=201)

    def require_user(self, request: Request, user_id: str) -> None:
        """Raises ValidationError; here the account was looked up with the token."""


urlpatterns = [
    path("api/products/<str:pk>/", ProductView.as_view()),
    path("api/users/<uuid:pk>/", UserView.as_view()),
    path("api/orders/", OrdersView.as_view()),
    path("api/orders/<uuid:pk>/", OrderView.as_view()),
]
