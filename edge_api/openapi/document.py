"""The OpenAPI document, by drf-spectacular's generator over the contract's bindings."""

import re
from pathlib import Path
from typing import Any

import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.settings import spectacular_settings
from google.protobuf import descriptor_pb2

from edge_api.openapi.comments import comments_of
from edge_api.openapi.constraints import Schema
from edge_api.openapi.headers import LIFE_CYCLE_HEADERS, RESPONSE_HEADERS
from edge_api.openapi.operations import BEARER, Operations, tag_of
from mesh.contract.model import Contract

VARIABLE = re.compile(r"\{([^{}=]*)[^{}]*\}")

_BEARER: Schema = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Access token of `POST /api/auth/token`, a JWT (RFC 9068) that is verified as"
    " RFC8725 recommends: only EdDSA, by published keys, for this issuer and audience.",
}


class ContractSchemaGenerator(SchemaGenerator):
    """Takes paths from the contract where drf-spectacular looks for views."""

    def __init__(self, descriptor_set: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # drf-spectacular has no types
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
        comments = comments_of(files)
        self._contract = Contract.from_descriptor_set(descriptor_set)
        self._paths: dict[str, str] = {}
        self._comments = comments
        self._operations = Operations(self.registry, comments, self._contract)

    def parse(self, input_request: Any, public: bool) -> dict[str, Any]:
        ends = any(method.life_cycle for method in self._contract)
        headers = {**RESPONSE_HEADERS, **(LIFE_CYCLE_HEADERS if ends else {})}
        for name, header in headers.items():
            self._register(name, ResolvedComponent.HEADER, header)
        self._register(BEARER, ResolvedComponent.SECURITY_SCHEMA, _BEARER)
        paths: dict[str, Any] = {}
        for method in self._contract:
            if method.access.internal:
                continue
            for number, http in enumerate(method.bindings):
                path, names = self._path(http.template)
                operation = self._operations.operation(method, http, number, names)
                paths.setdefault(path, {})[http.verb.lower()] = operation
        return dict(sorted(paths.items()))

    def tags(self) -> list[dict[str, str]]:
        """Returns the services that are published, each a tag with its comment.

        They are in the order of drf-spectacular's setting, and others by name after them.
        """
        services = {
            method.descriptor.containing_service
            for method in self._contract
            if method.bindings and not method.access.internal
        }
        comments = {
            tag_of(one.name): self._comments.get(one.full_name, one.name) for one in services
        }
        titled = {tag["name"]: tag for tag in spectacular_settings.TAGS}
        names = [name for name in titled if name in comments]
        names += sorted(comments.keys() - titled.keys())
        return [
            {**titled.get(name, {"name": name}), "description": comments[name]} for name in names
        ]

    def _path(self, template: str) -> tuple[str, list[str]]:
        """Returns the path and its variables' names.

        `/users/{user_id}` and `/users/{user.id}` are one path to OpenAPI, for which the names
        of the first are used.
        """
        shape = VARIABLE.sub("{}", template)
        path = self._paths.setdefault(shape, VARIABLE.sub(r"{\1}", template))
        return path, VARIABLE.findall(path)

    def _register(self, name: str, kind: str, schema: dict[str, Any]) -> None:
        self.registry.register(ResolvedComponent(name=name, type=kind, schema=schema, object=name))


def document_of(descriptor_set: bytes) -> dict[str, Any]:
    """Returns the OpenAPI document of a contract, the same for the same contract."""
    generator: Any = ContractSchemaGenerator(descriptor_set)
    document: dict[str, Any] = generator.get_schema(public=True)
    return document | {"tags": generator.tags()}


def write_yaml(descriptor_set: Path, target: Path) -> None:
    document = document_of(descriptor_set.read_bytes())
    target.write_text(
        yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100), encoding="utf-8"
    )
