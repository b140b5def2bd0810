from payment_service.payments.tests.client import Client, outcome, uid


def test_the_owner_staff_and_the_order_service_see_a_payment(
    nobody: Client, orders: Client
) -> None:
    payment = orders.capture()
    assert orders.get(payment.id) == payment
    assert nobody.as_user(payment.user_id).get(payment.id) == payment
    assert nobody.as_user(uid(), "payments.read").get(payment.id) == payment


def test_anothers_payment_is_as_if_it_were_not_there(nobody: Client, orders: Client) -> None:
    payment = orders.capture()
    stranger = nobody.as_user(uid(), "payments.write", "orders.read")
    assert outcome(lambda: stranger.get(payment.id)) == "PAYMENT_NOT_FOUND"
    assert outcome(lambda: stranger.get(uid())) == "PAYMENT_NOT_FOUND"


def test_without_a_token_nothing_is_seen(nobody: Client, orders: Client) -> None:
    payment = orders.capture()
    assert outcome(lambda: nobody.get(payment.id)) == "TOKEN_MISSING"
    assert outcome(lambda: nobody.as_service("user_service").get(payment.id)) == "TOKEN_MISSING"


def test_an_id_that_is_no_uuid_is_refused(orders: Client) -> None:
    assert outcome(lambda: orders.get("seven")) == "REQUEST_INVALID"


def test_the_etag_changes_with_every_change(orders: Client) -> None:
    payment = orders.capture()
    refunded = orders.refund(payment.id)
    assert payment.etag != refunded.etag
    assert refunded.update_time.ToDatetime() > payment.update_time.ToDatetime()
