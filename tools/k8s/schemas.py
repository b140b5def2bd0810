"""Checks manifests by the schemas of Kubernetes, and of operators' resources.

Kubernetes' own come from the package `kubernetes-validate`, strictly: a field that it does not
know is refused. Those of operators are in their Go modules, which are fetched, pinned by their
checksums, and not built.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator

from tools.k8s.built import Manifest, Missing, run_go

VERSIONS = ("1.30", "1.37")  # the oldest that has all that is used, and the newest known here


@dataclass(frozen=True)
class Module:
    """A Go module, and the folder of its CustomResourceDefinitions."""

    path: str
    version: str
    checksum: str
    folder: str


GATEWAY = Module(
    "sigs.k8s.io/gateway-api",
    "v1.3.0",
    "h1:q6okN+/UKDATola4JY7zXzx40WO4VISk7i9DIfOvr9M=",
    "config/crd/standard",
)
PROMETHEUS = Module(
    "github.com/prometheus-operator/prometheus-operator",
    "v0.85.0",
    "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    "example/prometheus-operator-crd",
)
CERT_MANAGER = Module(
    "github.com/cert-manager/cert-manager",
    "v1.18.2",
    "h1:H2P75ycGcTMauV3gvpkDqLdS3RSXonWF2S49QGA1PZE=",
    "deploy/crds",
)
KEDA = Module(
    "github.com/kedacore/keda/v2",
    "v2.17.2",
    "h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=",
    "config/crd/bases",
)
CLOUDNATIVE_PG = Module(
    "github.com/cloudnative-pg/cloudnative-pg",
    "v1.27.0",
    "h1:mp0zlYO4vKAJmQdArWORWKr1lmB4Hj8JeBQGX5RBnpg=",
    "config/crd/bases",
)
BARMAN = Module(
    "github.com/cloudnative-pg/plugin-barman-cloud",
    "v0.15.0",
    "h1:gNVytrzzYUE08wxLDrjfJqy1FPPSFkMe1OEr4s4pVI0=",
    "config/crd/bases",
)
SPOTAHOME = Module(
    "github.com/spotahome/redis-operator",
    "v1.2.4",
    "h1:H5koLVJOhxNuuqO90OmJNJOCKzO01VJdZDepsjjgZUs=",
    "manifests",
)
# Each kind of operators' that is used, and the file that defines it.
DEFINED_IN = {
    "HTTPRoute": (GATEWAY, "gateway.networking.k8s.io_httproutes.yaml"),
    "ServiceMonitor": (PROMETHEUS, "monitoring.coreos.com_servicemonitors.yaml"),
    "PrometheusRule": (PROMETHEUS, "monitoring.coreos.com_prometheusrules.yaml"),
    "Issuer": (CERT_MANAGER, "crd-issuers.yaml"),
    "Certificate": (CERT_MANAGER, "crd-certificates.yaml"),
    "ScaledObject": (KEDA, "keda.sh_scaledobjects.yaml"),
    "Cluster": (CLOUDNATIVE_PG, "postgresql.cnpg.io_clusters.yaml"),
    "ScheduledBackup": (CLOUDNATIVE_PG, "postgresql.cnpg.io_scheduledbackups.yaml"),
    "ObjectStore": (BARMAN, "barmancloud.cnpg.io_objectstores.yaml"),
    "RedisFailover": (SPOTAHOME, "databases.spotahome.com_redisfailovers.yaml"),
}


def complaints(manifest: Manifest) -> Iterator[str]:
    """Yields where a manifest is not what its schema says. Raises Missing without Go."""
    if manifest["kind"] in DEFINED_IN:
        errors = _validator(manifest["kind"], manifest["apiVersion"]).iter_errors(manifest)
        yield from (f"{error.json_path}: {error.message}" for error in errors)
        return
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except (
            kubernetes_validate.ValidationError,
            kubernetes_validate.SchemaNotFoundError,
        ) as error:
            yield f"Kubernetes {version}: {error.message}"


def definitions() -> Iterator[Manifest]:
    """Yields each CustomResourceDefinition that is used. Raises Missing."""
    for kind in DEFINED_IN:
        definition = _definition(kind)
        definition["metadata"].pop("labels", None)  # those of cert-manager are for Helm to fill in
        yield definition


def _definition(kind: str) -> Manifest:
    module, file = DEFINED_IN[kind]
    defined: Manifest = yaml.load((_fetched(module) / file).read_text(), yaml.CSafeLoader)
    return defined


@cache
def _validator(kind: str, api_version: str) -> Draft202012Validator:
    definition = _definition(kind)
    group, _, version = api_version.partition("/")
    assert definition["spec"]["group"] == group, f"{kind} is not in {group}"  # noqa: S101
    (served,) = [one for one in definition["spec"]["versions"] if one["name"] == version]
    return Draft202012Validator(_strict(served["schema"]["openAPIV3Schema"], root=True))


@cache
def _fetched(module: Module) -> Path:
    """Returns the module's folder. Raises Missing, also where it is not what was pinned."""
    said = json.loads(run_go("mod", "download", "-json", f"{module.path}@{module.version}"))
    if said["Sum"] != module.checksum:
        raise Missing(f"{module.path} {module.version} has the checksum {said['Sum']}")
    return Path(said["Dir"]) / module.folder


def _strict(schema: Mapping[str, Any], *, root: bool = False) -> dict[str, Any]:
    """Returns the schema as JSON Schema, in which an unknown field is an error.

    Source: apiextensions.k8s.io/v1, "Specifying a structural schema".
    """
    made = {name: value for name, value in schema.items() if name in _PLAIN}
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if "properties" in schema:
        made["properties"] = {name: _strict(one) for name, one in schema["properties"].items()}
        if root:
            made["properties"]["metadata"] = {"type": "object"}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        made["items"] = _strict(schema["items"])
    return made


_PLAIN = (
    *("type", "enum", "required", "pattern", "minimum", "maximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
)
