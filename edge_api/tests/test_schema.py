"""The OpenAPI document and the pages around it."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from drf_spectacular.validation import validate_schema
from google.protobuf import json_format

from edge_api.openapi.document import document_of, write_yaml
from edge_api.openapi.pages import FAVICON
from edge_api.tests.shapes import ANY_ID
from market.options.v1 import options_pb2
from mesh.contract.model import DESCRIPTOR_SET, market_contract

STORY = ["Catalog", "User", "Session", "Order", "Payment", "Credential", "Totp", "PersonalData"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of(DESCRIPTOR_SET.read_bytes())


def test_the_market_s_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate_schema(document)


def test_a_document_of_everything_is_valid_openapi(contract_file: Path) -> None:
    validate_schema(document_of(contract_file.read_bytes()))


def test_every_binding_is_an_operation_and_says_who_may_call_it(document: dict[str, Any]) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    published = [method for method in market_contract() if not method.access.internal]
    assert len(operations) == sum(len(method.bindings) for method in published)
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all("Open to" in one["description"] for one in operations)


def test_constraints_comments_and_errors_come_from_the_contract(document: dict[str, Any]) -> None:
    update = document["paths"]["/api/products/{sku}"]["patch"]
    stock = update["requestBody"]["content"]["application/json"]["schema"]["properties"]["stock"]
    assert (stock["minimum"], stock["type"]) == (0, "integer")
    assert stock["description"] == "How many can be ordered now."
    assert update["responses"]["404"]["description"] == "`NOT_FOUND`, `PRODUCT_NOT_FOUND`"
    assert update["security"] == [{"bearer": []}]


def test_the_errors_that_an_rpc_lists_are_responses_of_its_operation(contract_file: Path) -> None:
    operation = document_of(contract_file.read_bytes())["paths"]["/toy/notes"]["post"]
    assert "`TITLE_TAKEN`" in operation["responses"]["409"]["description"]


def test_what_is_deprecated_is_marked_so_and_says_until_when(contract_file: Path) -> None:
    described = document_of(contract_file.read_bytes())
    old = described["paths"]["/toy/old/{note_id}"]["get"]
    assert old["deprecated"]
    for said in ("since 2026-01-01", "from 2026-07-01", "`toy.v1.NoteService.GetNote` instead"):
        assert said in old["description"]
    assert {"Deprecation", "Sunset", "Link"} <= set(old["responses"]["200"]["headers"])
    listed = described["paths"]["/toy/notes"]["get"]["parameters"]
    assert [one["name"] for one in listed if "deprecated" in one] == ["label"]
    assert described["components"]["schemas"]["Note"]["properties"]["author"]["deprecated"]


def test_an_answer_says_which_members_it_always_has(document: dict[str, Any]) -> None:
    order = document["components"]["schemas"]["Order"]
    assert set(order["properties"]) - set(order["required"]) == {
        "total",
        "create_time",
        "update_time",
        "refunded_amount",
    }
    assert "required" not in document["components"]["schemas"]["MoneyInput"]


def test_enums_are_open_in_answers_and_closed_in_requests(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    answered, asked = schemas["OrderState"], schemas["OrderStateInput"]
    assert answered["x-extensible-enum"] == asked["enum"]
    assert "enum" not in answered
    assert "Values may be added" in answered["description"]


def test_every_operation_says_how_it_fails_and_by_which_headers(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for operation in (one for path in document["paths"].values() for one in path.values()):
        for status, response in operation["responses"].items():
            known = (
                responses[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            )
            assert {"X-Request-Id", "RateLimit", "RateLimit-Policy"} <= set(known["headers"])
            assert ("Retry-After" in known["headers"]) == (status in ("429", "503", "504"))
        assert {"500", "default"} <= set(operation["responses"])


def test_tags_of_versions_and_places_are_documented_where_they_are_sent(
    document: dict[str, Any],
) -> None:
    def sent(verb: str, path: str, status: str) -> set[str]:
        return set(document["paths"][path][verb]["responses"][status]["headers"])

    assert {"ETag", "Location"} <= sent("post", "/api/orders", "201")
    assert "ETag" in sent("get", "/api/orders/{order_id}", "304")
    assert not {"ETag", "Location"} & sent("get", "/api/orders", "200")


def test_a_version_may_be_demanded_only_of_what_is_there(document: dict[str, Any]) -> None:
    taking = {
        (verb, path)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if any(one["name"] == "If-Match" for one in operation["parameters"])
    }
    assert taking == {
        ("patch", "/api/products/{sku}"),
        ("patch", "/api/users/{user_id}"),
        ("delete", "/api/users/{user_id}"),
    }


def test_every_tag_is_declared(document: dict[str, Any]) -> None:
    used = {
        tag for path in document["paths"].values() for one in path.values() for tag in one["tags"]
    }
    assert [tag["name"] for tag in document["tags"]] == STORY
    assert set(STORY) == used


def test_an_id_that_me_stands_for_is_a_pattern(document: dict[str, Any]) -> None:
    get = document["paths"]["/api/users/{user_id}"]["get"]
    pattern = get["parameters"][0]["schema"]["pattern"]
    found = [bool(re.search(pattern, each)) for each in ("me", ANY_ID, "you", f"{ANY_ID}0")]
    assert found == [True, True, False, False]


def test_an_example_is_divided_as_the_binding_divides_a_request(contract_file: Path) -> None:
    paths = document_of(contract_file.read_bytes())["paths"]
    update = paths["/toy/notes/{note_id}"]["patch"]
    assert update["parameters"][0]["example"] == "n1"
    assert update["requestBody"]["content"]["application/json"]["example"] == {"title": "bread"}
    assert "example" not in update["parameters"][1]
    for path in ("/toy/notes", "/toy/users/{user_id}/notes"):
        given = {one["name"]: one.get("example") for one in paths[path]["get"]["parameters"]}
        assert (given["user_id"], given["tags"], given["page_size"]) == ("me", ["a", "b"], None)


def test_every_example_is_a_request_of_its_rpc() -> None:
    for method in market_contract():
        options: Any = method.descriptor.GetOptions()
        if example := options.Extensions[options_pb2.example]:
            json_format.Parse(example, method.request_class())


def test_what_is_given_may_have_no_unknown_members_and_an_answer_may(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["MoneyInput"]["additionalProperties"] is False
    assert schemas["CreateUserRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["User"]
    assert "create_time" in schemas["Product"]["properties"]
    assert "create_time" not in schemas["ProductInput"]["properties"]


def test_a_body_is_required_where_a_member_of_it_is(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert paths["/api/users"]["post"]["requestBody"]["required"] is True
    assert paths["/api/auth/password/reset"]["post"]["requestBody"]["required"] is True
    assert paths["/api/auth/sessions/revoke_all"]["post"]["requestBody"]["required"] is False


def test_members_of_a_oneof_exclude_one_another(document: dict[str, Any]) -> None:
    login = document["components"]["schemas"]["CreateTokenRequest"]
    assert login["allOf"] == [
        {"oneOf": [{"required": ["username"]}, {"required": ["email"]}]},
        {"not": {"required": ["totp_code", "recovery_code"]}},
    ]


def test_limits_are_said_as_the_edge_holds_them(document: dict[str, Any]) -> None:
    cancel = document["paths"]["/api/orders/{order_id}/cancel"]["post"]
    body = cancel["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert "CANCEL_REASON_PAYMENT_DECLINED" not in body["reason"]["enum"]
    assert body["request_id"]["format"] == "uuid"
    assert "anyOf" not in json.dumps(document)
    watch = document["paths"]["/api/orders/{order_id}/events"]["get"]
    schemas = {one["name"]: one["schema"] for one in watch["parameters"]}
    assert schemas["after_event"]["pattern"] == "^(0|[1-9][0-9]{0,17})$"
    assert schemas["Last-Event-ID"]["pattern"] == "^(0|[1-9][0-9]{0,17})$"
    batch = document["paths"]["/api/users:batchGet"]["get"]["parameters"]
    assert [(one["name"], one.get("required")) for one in batch] == [("user_ids", True)]
    update = document["paths"]["/api/users/{user_id}"]["patch"]["parameters"]
    assert [one["name"] for one in update if one.get("required")] == ["user_id"]
    event = document["paths"]["/api/payments/webhooks/stripe"]["post"]["parameters"]
    assert [(one["name"], one.get("required")) for one in event] == [("Stripe-Signature", True)]
    assert "304" in document["paths"]["/api/orders/{order_id}"]["get"]["responses"]
    assert "304" not in watch["responses"]


def test_an_update_s_schema_leaves_out_what_can_not_change(contract_file: Path) -> None:
    update = document_of(contract_file.read_bytes())["paths"]["/toy/notes/{note_id}"]["patch"]
    schema = update["requestBody"]["content"]["application/json"]["schema"]
    assert sorted(schema["properties"]) == ["etag", "lines", "request_id", "title"]
    assert "required" not in schema


def test_a_stream_is_documented_as_server_sent_events(document: dict[str, Any]) -> None:
    watch = document["paths"]["/api/orders/{order_id}/events"]["get"]
    content = watch["responses"]["200"]["content"]
    data = content["text/event-stream"]["schema"]["properties"]["data"]
    assert data["contentSchema"] == {"$ref": "#/components/schemas/OrderEvent"}
    assert "Last-Event-ID" in [one["name"] for one in watch["parameters"]]


def test_raw_bodies_and_header_fields_are_documented_as_such(contract_file: Path) -> None:
    turn = document_of(contract_file.read_bytes())["paths"]["/toy/turned/{name}"]["post"]
    raw = {"schema": {"type": "string", "format": "binary"}}
    assert turn["requestBody"]["required"] is False
    assert turn["requestBody"]["content"] == {"application/octet-stream": raw}
    assert turn["responses"]["200"]["content"] == {"*/*": raw}
    assert "415" not in turn["responses"]
    header = next(one for one in turn["parameters"] if one["name"] == "X-Toy-Signature")
    assert (header["in"], header["description"]) == ("header", "Who vouches for the content.")
    assert header["schema"]["maxLength"] == 20


def test_a_key_and_its_replay_are_documented(contract_file: Path) -> None:
    document = document_of(contract_file.read_bytes())
    pay = document["paths"]["/toy/paid"]["post"]
    key = next(one for one in pay["parameters"] if one["name"] == "Idempotency-Key")
    assert "Required" in key["description"]
    assert "`IDEMPOTENCY_KEY_REQUIRED`" in pay["responses"]["400"]["description"]
    assert "Idempotency-Replayed" in pay["responses"]["200"]["headers"]
    body = pay["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/PayRequest"}
    sent = document["components"]["schemas"]["PayRequest"]["properties"]
    assert sorted(sent) == ["amount", "request_id"]


def test_the_document_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        write_yaml(DESCRIPTOR_SET, tmp_path / name)
    first, second = (tmp_path / "one.yaml").read_text(), (tmp_path / "two.yaml").read_text()
    assert first == second
    assert yaml.safe_load(first)["openapi"] == "3.1.0"


def test_the_document_is_served(client: httpx.Client) -> None:
    response = client.get("/api/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert "/toy/notes/{note_id}" in response.json()["paths"]
    tag = {"If-None-Match": response.headers["etag"]}
    assert client.get("/api/openapi.json", headers=tag).status_code == 304


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_page_and_its_assets_are_local(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "https://" not in page.text
    bundle = "/api/docs/static/scalar/scalar.standalone.js"
    assert bundle in page.text
    asset = client.get(bundle)
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["cache-control"] == "no-cache"  # asked for again after an upgrade
    weakened = {"If-None-Match": f'"other", W/{asset.headers["etag"]}'}
    again = client.get(bundle, headers=weakened)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/api/docs/static/scalar/scalar.standalone.js", "/api/openapi.json"]
)
def test_what_is_long_is_sent_by_gzip_to_who_takes_it(client: httpx.Client, path: str) -> None:
    short, plain, refused = (
        client.get(path, headers={"Accept-Encoding": taken})
        for taken in ("br, gzip;q=0.8", "identity", "gzip;q=0, identity")
    )
    assert short.headers["content-encoding"] == "gzip"
    assert 2 * int(short.headers["content-length"]) < int(plain.headers["content-length"])
    assert short.content == plain.content == refused.content
    assert "content-encoding" not in {*plain.headers, *refused.headers}
    assert short.headers["etag"] != plain.headers["etag"]
    for answer in (short, plain):
        assert answer.headers["vary"] == "Accept-Encoding"
        again = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"}
        assert client.get(path, headers=again).status_code == (304 if answer is short else 200)


@pytest.mark.parametrize(
    ("tried", "meant"),
    [
        ("/api/", "/api/docs/"),
        ("/docs", "/api/docs/"),
        ("/openapi.json", "/api/openapi.json"),
        ("/favicon.ico", FAVICON),
    ],
)
def test_an_address_that_people_try_leads_to_what_is_meant(
    client: httpx.Client, tried: str, meant: str
) -> None:
    led = client.get(tried, follow_redirects=True)
    assert (led.status_code, led.url.path) == (200, meant)
    assert client.post(tried).status_code == 404


@pytest.mark.parametrize("name", ["nope.js", "../settings.py", "%2e%2e/settings.py", ""])
def test_nothing_but_assets_is_served_as_one(client: httpx.Client, name: str) -> None:
    assert client.get(f"/api/docs/static/{name}").status_code == 404


def test_the_errors_page_explains_every_code(client: httpx.Client) -> None:
    page = client.get("/api/docs/errors/").text
    assert 'id="TITLE_TAKEN"' in page
    assert "Another note has this title." in page
    assert 'id="BODY_TOO_LARGE"' in page
