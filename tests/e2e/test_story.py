"""The story that the README tells, on a running mesh: over HTTP and over the stubs."""

import time
import uuid

import grpc
import httpx
import pytest
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from market.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from market.order.v1 import order_pb2, order_pb2_grpc
from market.payment.v1 import payment_pb2, payment_pb2_grpc
from market.user.v1 import session_pb2, session_pb2_grpc, user_pb2, user_pb2_grpc
from tests.support.mesh_under_test import PASSWORD, Market, Person

MUG = "MUG-BLUE"


def test_a_person_orders_and_two_mails_arrive(market: Market) -> None:
    ada = market.register("ada")
    before = market.stock(MUG)
    placed = market.place_order(ada, MUG, quantity=2)
    assert placed.status_code == 201
    order = placed.json()
    assert order["state"] == "ORDER_STATE_PENDING"
    assert placed.headers["Location"] == f"/api/orders/{order['id']}/"
    ended = market.order_at_rest(ada, order["id"], within_s=2)
    assert ended["state"] == "ORDER_STATE_CONFIRMED"
    assert ended["payment_id"]
    assert market.stock(MUG) == before - 2
    welcome = market.mail_about(ada.email, "welcome")
    confirmed = market.mail_about(ada.email, "confirmed")
    assert welcome["MessageID"] != confirmed["MessageID"]
    payment = market.get(f"/api/payments/{ended['payment_id']}/", ada).json()
    assert payment["state"] == "PAYMENT_STATE_CAPTURED"
    assert payment["amount"] == ended["total"]


def test_a_person_who_reads_german_gets_german_mails(market: Market) -> None:
    ada = market.register("ada")
    changed = market.request("PATCH", "/api/users/me/", ada, json={"locale": "de"})
    assert changed.json()["locale"] == "de"
    order = market.place_order(ada, MUG).json()
    mail = market.mail_about(ada.email, "deine bestellung ist bestätigt")
    text = market.http.get(f"{market.at.mailbox}/api/v1/message/{mail['ID']}").json()["Text"]
    assert f"Bestellung {order['id']}" in text
    assert "Gesamtbetrag: 12,90\xa0€" in text


def test_a_person_whose_browser_prefers_german_is_welcomed_in_german(market: Market) -> None:
    name = f"eva-{uuid.uuid4().hex[:10]}"
    profile = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    prefers = {"Accept-Language": "fr-FR, de-AT;q=0.8, en;q=0.5"}
    registered = market.post("/api/users/", json=profile, headers=prefers)
    assert (registered.status_code, registered.json()["locale"]) == (201, "de-AT")
    mail = market.mail_about(profile["email"], "willkommen")
    text = market.http.get(f"{market.at.mailbox}/api/v1/message/{mail['ID']}").json()["Text"]
    assert "dein Konto bei Marketmesh" in text


def test_a_declined_payment_cancels_the_order_and_puts_the_stock_back(market: Market) -> None:
    bob = market.register("bob")
    before = market.stock(MUG)
    placed = market.place_order(bob, MUG, quantity=3, payment_method="pm_declined").json()
    ended = market.order_at_rest(bob, placed["id"])
    assert ended["state"] == "ORDER_STATE_CANCELLED"
    assert ended["cancel_reason"] == "CANCEL_REASON_PAYMENT_DECLINED"
    assert market.stock(MUG) == before
    market.mail_about(bob.email, "declined")


@pytest.mark.parametrize("method", ["pm_timeout", "pm_flaky"])
def test_a_provider_in_trouble_delays_the_order_and_charges_once(
    market: Market, method: str
) -> None:
    eve = market.register("eve")
    placed = market.place_order(eve, MUG, payment_method=method).json()
    ended = market.order_at_rest(eve, placed["id"], within_s=60)
    assert ended["state"] == "ORDER_STATE_CONFIRMED"
    payment = market.get(f"/api/payments/{ended['payment_id']}/", eve).json()
    assert len(payment["ledger"]) >= 1
    assert payment["amount"] == ended["total"]


def test_the_price_is_the_catalogs_whatever_the_client_says(market: Market) -> None:
    ada = market.register()
    body = {
        "items": [{"sku": MUG, "quantity": 1, "unit_price": {"units": "0"}}],
        "payment_method": "pm_ok",
    }
    answer = market.post("/api/orders/", ada, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "items[0].unit_price"


def test_staff_ordering_for_an_unknown_user_is_told_so(market: Market) -> None:
    body = {
        "user_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "items": [{"sku": MUG, "quantity": 1}],
        "payment_method": "pm_ok",
    }
    answer = market.post("/api/orders/", market.staff(), json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "USER_NOT_FOUND"
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_another_s_order_and_profile_do_not_exist_for_you(market: Market) -> None:
    ada, bob = market.register("ada"), market.register("bob")
    order = market.place_order(ada, MUG).json()
    for path in (f"/api/orders/{order['id']}/", f"/api/users/{ada.id}/"):
        assert market.get(path, ada).status_code == 200
        assert market.get(path, bob).status_code == 404
        assert market.get(path).status_code == 401
    assert market.get(f"/api/users/{ada.id}/orders/", bob).status_code == 404
    assert [o["id"] for o in market.get("/api/users/me/orders/", ada).json()["orders"]] == [
        order["id"]
    ]
    assert market.get("/api/orders/", bob).json() == {"orders": [], "next_page_token": ""}


def test_a_profile_is_read_changed_with_its_etag_and_erased(market: Market) -> None:
    ada = market.register("ada")
    read = market.get("/api/users/me/", ada)
    etag = read.headers["ETag"]
    again = market.get("/api/users/me/", ada, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    changed = market.request(
        "PATCH",
        "/api/users/me/",
        ada,
        json={"full_name": "Ada Lovelace"},
        headers={"If-Match": etag},
    )
    assert changed.json()["full_name"] == "Ada Lovelace"
    stale = market.request(
        "PATCH", "/api/users/me/", ada, json={"full_name": "No"}, headers={"If-Match": etag}
    )
    assert stale.status_code == 412
    erased = market.request("DELETE", "/api/users/me/", ada, headers=market.proof(ada))
    assert erased.status_code == 204
    assert market.get(f"/api/users/{ada.id}/", market.staff()).status_code == 404


def test_an_address_is_changed_by_who_knows_the_password_and_reads_the_new_mailbox(
    market: Market,
) -> None:
    ada = market.register("ada")
    new = {"email": f"new-{ada.email}"}
    stolen = market.request("PATCH", "/api/users/me/", ada, json=new)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "REAUTHENTICATION_REQUIRED")
    assert "insufficient_user_authentication" in stolen.headers["WWW-Authenticate"]
    asked = market.request("PATCH", "/api/users/me/", ada, json=new, headers=market.proof(ada))
    assert (asked.json()["email"], asked.json()["pending_email"]) == (ada.email, new["email"])
    mail = market.mail_about(new["email"], "verify")
    market.mail_about(ada.email, "security notice")
    token = market.token_in(mail["ID"])
    verified = market.post("/api/auth/email/verify/", json={"token": token})
    assert verified.status_code == 204, verified.text
    user = market.get("/api/users/me/", ada).json()
    assert (user["email"], user["email_verified"]) == (new["email"], True)


def test_the_catalog_is_the_staff_s_to_change(market: Market) -> None:
    sku = f"NEW-{time.time_ns()}"
    product = {
        "sku": sku,
        "title": "New",
        "price": {"currency_code": "EUR", "units": "3", "nanos": 500000000},
        "stock": 1,
    }
    assert market.post("/api/products/", json=product).status_code == 401
    assert market.post("/api/products/", market.register(), json=product).status_code == 403
    made = market.post("/api/products/", market.staff(), json=product)
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/products/{sku}/")
    taken = market.post("/api/products/", market.staff(), json=product)
    assert (taken.status_code, taken.json()["code"]) == (409, "SKU_TAKEN")


def test_refresh_tokens_rotate_and_a_revoked_session_is_over(market: Market) -> None:
    ada = market.register()
    first = {"refresh_token": ada.refresh_token}
    second = market.post("/api/auth/token/refresh/", json=first).json()
    assert second["refresh_token"] != ada.refresh_token
    revoked = market.post(
        "/api/auth/token/revoke/", json={"refresh_token": second["refresh_token"]}
    )
    assert revoked.status_code == 204
    over = market.post("/api/auth/token/refresh/", json={"refresh_token": second["refresh_token"]})
    assert (over.status_code, over.json()["code"]) == (401, "REFRESH_TOKEN_INVALID")


def test_the_same_story_through_the_stubs(market: Market) -> None:
    person = Person(username=f"grpc-{time.time_ns()}", email=f"grpc-{time.time_ns()}@example.org")
    with market.channel("user_service") as users, market.channel("order_service") as orders:
        user = (
            user_pb2_grpc.UserServiceStub(users)
            .CreateUser(
                user_pb2.CreateUserRequest(
                    username=person.username, email=person.email, password=PASSWORD
                ),
                timeout=5,
            )
            .user
        )
        tokens = session_pb2_grpc.SessionServiceStub(users).CreateToken(
            session_pb2.CreateTokenRequest(username=person.username, password=PASSWORD), timeout=5
        )
        as_user = (("authorization", f"Bearer {tokens.access_token}"),)
        products = catalog_pb2_grpc.CatalogServiceStub(orders).ListProducts(
            catalog_pb2.ListProductsRequest(page_size=1), timeout=5
        )
        order = (
            order_pb2_grpc.OrderServiceStub(orders)
            .CreateOrder(
                order_pb2.CreateOrderRequest(
                    items=[{"sku": products.products[0].sku, "quantity": 1}],
                    payment_method="pm_ok",
                ),
                metadata=as_user,
                timeout=5,
            )
            .order
        )
        assert order.user_id == user.id
    person.token = tokens.access_token
    assert market.order_at_rest(person, order.id)["state"] == "ORDER_STATE_CONFIRMED"


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("user_service", "market.user.v1.UserService"),
        ("order_service", "market.order.v1.OrderService"),
        ("payment_service", "market.payment.v1.PaymentService"),
    ],
)
def test_reflection_tells_a_stock_client_the_whole_contract(
    market: Market, service: str, name: str
) -> None:
    with market.channel(service) as channel:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        assert pool.FindServiceByName(name).methods


def test_an_internal_rpc_refuses_a_signed_in_user(market: Market) -> None:
    ada = market.register()
    with market.channel("payment_service") as channel:
        payments = payment_pb2_grpc.PaymentServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            payments.CapturePayment(
                payment_pb2.CapturePaymentRequest(),
                metadata=(("authorization", f"Bearer {ada.token}"),),
                timeout=5,
            )
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED


def test_every_kind_of_wrong_request_is_a_problem(market: Market) -> None:
    ada = market.register()
    answers = {
        404: market.get("/api/nothing/"),
        405: market.request("DELETE", "/api/products/"),
        406: market.get("/api/products/", headers={"Accept": "text/csv"}),
        415: market.post("/api/orders/", ada, content=b"a", headers={"Content-Type": "text/csv"}),
        400: market.post(
            "/api/orders/", ada, content=b"{", headers={"Content-Type": "application/json"}
        ),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_problem(answer)


def assert_problem(answer: httpx.Response) -> None:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert {"type", "title", "detail", "instance", "code"} <= problem.keys()
