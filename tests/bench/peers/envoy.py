"""Envoy's gRPC-JSON transcoder before the mesh's services: the config it is started with.

It can't take one field of a message as the answer (`response_body`), so the descriptors that it
reads are without that, and its answers are one object deeper.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from mesh.contract.model import DESCRIPTOR_SET

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_MANAGER = (
    "filters.network.http_connection_manager.v3.HttpConnectionManager",
    "filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
    "filters.http.router.v3.Router",
)
_HTTP = "upstreams.http.v3.HttpProtocolOptions"
SERVICES = {
    "market.user.v1.UserService": "user_service",
    "market.catalog.v1.CatalogService": "order_service",
    "market.order.v1.OrderService": "order_service",
}


def descriptors() -> bytes:
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes())
    for file in files.file:
        for service in file.service:
            for method in service.method:
                rule = method.options.Extensions[annotations_pb2.http]
                for binding in (rule, *rule.additional_bindings):
                    binding.ClearField("response_body")
    return files.SerializeToString()


def config(port: int, descriptor_set: Path, targets: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Returns Envoy's config; `targets` maps a service to the addresses of its processes."""
    transcoder = {
        "proto_descriptor": str(descriptor_set),
        "services": list(SERVICES),
        "print_options": {
            "always_print_primitive_fields": True,
            "preserve_proto_field_names": True,
        },
        "convert_grpc_status": True,
    }
    routes = [
        {"match": {"prefix": f"/{api}"}, "route": {"cluster": cluster, "timeout": "10s"}}
        for api, cluster in SERVICES.items()
    ]
    manager, transcoding, router = _MANAGER
    listener = {
        "address": _address(f"127.0.0.1:{port}"),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "http",
                        "typed_config": {
                            **_typed(manager),
                            "stat_prefix": "http",
                            "route_config": {
                                "virtual_hosts": [
                                    {"name": "all", "domains": ["*"], "routes": routes}
                                ]
                            },
                            "http_filters": [
                                {
                                    "name": "transcoder",
                                    "typed_config": {**_typed(transcoding), **transcoder},
                                },
                                {"name": "router", "typed_config": _typed(router)},
                            ],
                        },
                    }
                ]
            }
        ],
    }
    clusters = [_cluster(name, addresses) for name, addresses in targets.items()]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _cluster(name: str, addresses: Iterable[str]) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": _address(address)}} for address in addresses]
    http2 = {**_typed(_HTTP), "explicit_http_config": {"http2_protocol_options": {}}}
    return {
        "name": name,
        "connect_timeout": "5s",
        "typed_extension_protocol_options": {f"envoy.extensions.{_HTTP}": http2},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def _address(target: str) -> dict[str, Any]:
    host, _, port = target.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _typed(name: str) -> dict[str, Any]:
    return {"@type": f"{_EXTENSIONS}.{name}"}
