"""Envoy's `grpc_json_transcoder`, set up to come as near to the edge as it can."""

from collections.abc import Iterable
from pathlib import Path

from tests.interop.proxy import FILTERS, Config, of

TRANSCODER = f"{FILTERS}.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"


def transcoder(descriptors: Path, services: Iterable[str]) -> Config:
    return of(
        TRANSCODER,
        proto_descriptor=str(descriptors),
        services=sorted(services),
        convert_grpc_status=True,
        print_options={"preserve_proto_field_names": True, "always_print_primitive_fields": True},
        # As google/api/http.proto has it; Envoy's own default keeps all reserved characters.
        url_unescape_spec="ALL_CHARACTERS_EXCEPT_SLASH",
        query_param_unescape_plus=True,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
        },
    )
