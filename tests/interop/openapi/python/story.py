"""Registers, signs in and orders by the client that openapi-python-client makes.

Prints the state in which the order comes to rest.
"""

import sys
import time
from uuid import uuid4

from market import AuthenticatedClient, Client
from market.api.order import order_service_create_order, order_service_get_order
from market.api.session import session_service_create_token
from market.api.user import user_service_create_user
from market.models import (
    CreateOrderItemInput,
    CreateOrderRequest,
    CreateTokenRequest,
    CreateTokenResponse,
    CreateUserRequest,
    Order,
    User,
)

PASSWORD = "correct horse battery staple"
url, name = sys.argv[1], f"py-{uuid4().hex[:10]}"

with Client(url) as anyone:
    account = CreateUserRequest(name, f"{name}@example.org", PASSWORD)
    assert isinstance(user_service_create_user.sync(client=anyone, body=account), User)
    login = CreateTokenRequest(username=name, password=PASSWORD)
    tokens = session_service_create_token.sync(client=anyone, body=login)
    assert isinstance(tokens, CreateTokenResponse), tokens
with AuthenticatedClient(url, tokens.access_token) as signed_in:
    wanted = CreateOrderRequest([CreateOrderItemInput("MUG-BLUE", 1)], "pm_ok")
    order = order_service_create_order.sync(client=signed_in, body=wanted)
    assert isinstance(order, Order), order
    while order.state == "ORDER_STATE_PENDING":
        time.sleep(0.1)
        order = order_service_get_order.sync(order.id, client=signed_in)
        assert isinstance(order, Order), order
print(order.state)
