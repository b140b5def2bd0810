"""The binding of each path."""

import pytest

from edge_api.codec import DecodeError
from edge_api.transcoding.path_template import parse_template
from edge_api.transcoding.router import Routes
from mesh.contract.model import ContractError

TEMPLATES = [
    "/api/users",
    "/api/users/{user_id}",
    "/api/users/{user_id}/orders",
    "/api/users/self/orders",
    "/api/users:batchGet",
    "/api/users/{user.id}:lock",
    "/files/{name=**}",
    "/shelves/{book=shelves/*/books/*}",
]


@pytest.fixture(scope="module")
def routes() -> Routes[str]:
    made: Routes[str] = Routes()
    for template in TEMPLATES:
        made.add("GET", parse_template(template), template)
    return made


FOUND = [
    ("/api/users", "/api/users", []),
    ("/api/users/", "/api/users", []),
    ("/api/users/7", "/api/users/{user_id}", ["7"]),
    ("/api/users/self", "/api/users/{user_id}", ["self"]),
    ("/api/users/self/orders", "/api/users/self/orders", []),
    ("/api/users/7/orders/", "/api/users/{user_id}/orders", ["7"]),
    ("/api/users:batchGet", "/api/users:batchGet", []),
    ("/api/users/7:lock", "/api/users/{user.id}:lock", ["7"]),
    ("/api/users/7:unlock", "/api/users/{user_id}", ["7:unlock"]),
    ("/api/users/a%2Fb", "/api/users/{user_id}", ["a/b"]),
    ("/api/users/7%3Alock", "/api/users/{user_id}", ["7:lock"]),
    ("/api/users/7:lock/", "/api/users/{user_id}", ["7:lock"]),
    ("/api/users/%D9%A1", "/api/users/{user_id}", ["\u0661"]),
    ("/files/a/b/c", "/files/{name=**}", ["a/b/c"]),
    ("/files/a%2Fb/%63", "/files/{name=**}", ["a%2Fb/c"]),
    ("/shelves/shelves/1/books/2", "/shelves/{book=shelves/*/books/*}", ["shelves/1/books/2"]),
]


@pytest.mark.parametrize(("path", "template", "variables"), FOUND)
def test_a_path_leads_to_the_most_exact_template(
    routes: Routes[str], path: str, template: str, variables: list[str]
) -> None:
    match = routes.match(path)
    assert match is not None
    assert match.targets["GET"] == template
    assert match.variables("GET") == variables


@pytest.mark.parametrize(
    "path", ["/", "", "/api", "/api/users//", "/api//users", "/api/users/7/x", "/API/users", "/x:y"]
)
def test_other_paths_lead_nowhere(routes: Routes[str], path: str) -> None:
    assert routes.match(path) is None


@pytest.mark.parametrize("path", ["/api/users/%", "/api/users/%zz", "/api/users/%ff", "/a%00"])
def test_a_path_that_is_not_encoded_utf8_is_refused(routes: Routes[str], path: str) -> None:
    with pytest.raises(DecodeError):
        routes.match(path)


def test_two_bindings_of_one_path_stop_the_start(routes: Routes[str]) -> None:
    with pytest.raises(ContractError, match="bound twice"):
        routes.add("GET", parse_template("/api/users/{other}"), "again")


@pytest.mark.parametrize("text", ["api", "/a/{b", "/a/{B}", "/**/a", "/a b", "/{a=**}/c"])
def test_a_malformed_template_stops_the_start(text: str) -> None:
    with pytest.raises(ContractError):
        parse_template(text)
