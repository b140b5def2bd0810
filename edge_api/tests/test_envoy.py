"""Envoy's transcoder before the same service reads the forms of `test_transcoding` likewise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_api.tests.conftest import edge_before
from edge_api.tests.test_transcoding import PATHS, REFUSED, TEXTS
from edge_api.tests.toy import Toy, toy_served
from mesh.contract.model import Contract
from tests.interop.proxy import cluster, envoy, route
from tests.interop.transcoder import transcoder
from tools.protos import for_stock_transcoders

FORMS = [
    *(path for path, _ in PATHS),
    *(f"?{query}" for query, _, _ in TEXTS),
    *(f"?{query}" for query in REFUSED),
    "/7/as/files/a?int32_value=8",
    "/7:again/",
]
# The forms that the edge and Envoy read differently, with the reason for the edge's way.
_TWICE = "Which of the two counts is a guess, and proxies guess differently."
_LIST = "http.proto: a parameter is no repeated message; whose members go together is a guess."
DIFFERENT = {
    "?timestamp=2026-01-31T12:00:00+01:00": "A time has no space, so that it was a plus is sure.",
    "?lines.text=x": _LIST,
    "?inner.inner.lines.text=x": _LIST,
    f"?{'inner.' * 64}int32_value=1": "A query nests no deeper than a body may.",
    "?struct.fields=x": "A Struct is one JSON value, of which the JSON mapping has no members.",
    "?int32_value=1&int32_value=2": _TWICE,
    "?int32_value=1&int32Value=1": _TWICE,
    "?inner.inner.int32_value=1&inner.inner.int32Value=1": _TWICE,
    "?bool_value=1": "The JSON mapping has true and false only.",
    "?bool_value=True": "The JSON mapping has true and false only.",
    "?wrapped_int64.value=7": "The JSON mapping of a wrapper has no member `value`.",
    "/7/as/files/a?int32_value=8": "http.proto: parameters are the fields that the path leaves.",
}


@pytest.fixture(scope="module")
def both(
    contract_file: Path, contract: Contract, toy: Toy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Yields clients of the edge and of Envoy, before one toy service."""
    folder = tmp_path_factory.mktemp("envoy")
    descriptors = folder / "transcoder.binpb"
    descriptors.write_bytes(for_stock_transcoders(contract_file.read_bytes()))
    filters = [transcoder(descriptors, {method.service_name for method in contract})]
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port) as url,
        httpx.Client(base_url=url, timeout=10) as edge,
        envoy(
            folder,
            filters,
            [route("/", "toy")],
            [cluster("toy", "127.0.0.1", port, grpc=True)],
        ) as stock,
    ):
        yield edge, stock


def test_forms_are_read_alike_but_for_those_with_a_reason(
    both: tuple[httpx.Client, httpx.Client],
) -> None:
    read = {form: tuple(outcome(client, form) for client in both) for form in FORMS}
    different = {form: each for form, each in read.items() if each[0] != each[1]}
    assert set(different) == set(DIFFERENT), different


def outcome(client: httpx.Client, form: str) -> Any:
    """Returns what was read, without what both leave out or fill in; None where refused."""
    answer = client.get(f"/toy/echo{form}")
    if not answer.is_success:
        return None
    tree: dict[str, Any] = answer.json()
    return {name: value for name, value in tree.items() if value not in ("", 0, [], {}, False)}
