"""The house's rules for pods: what a schema allows and a review would not.

Source of the first: Pod Security Standards, level `restricted`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tools.k8s.built import Manifest

WORKLOADS = ("Deployment", "StatefulSet", "Job")
VOLUMES = {"name", "configMap", "secret", "projected", "emptyDir", "persistentVolumeClaim"}


def complaints(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Yields what the manifests of one build break."""
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        if manifest["kind"] in WORKLOADS:
            pod = manifest["spec"]["template"]["spec"]
            yield from (f"{name}: {what}" for what in _pod(pod, manifest["kind"]))
        if manifest["kind"] == "Secret":
            yield f"{name}: secrets are referred to, not written down"
        if manifest["kind"] == "Namespace":
            labels = manifest["metadata"].get("labels", {})
            if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
                yield f"{name} does not enforce the level `restricted`"
    yield from _replicas(manifests)
    yield from _reached(manifests)
    yield from _hosts_for_staff(manifests)


def _pod(pod: Manifest, kind: str) -> Iterator[str]:
    security = pod.get("securityContext", {})
    if not (security.get("runAsNonRoot") and security.get("runAsUser")):
        yield "may run as root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "gets a token of the API"
    if pod.get("enableServiceLinks") is not False:
        yield "gets variables that look like settings"
    if any(pod.get(shared) for shared in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares the node's namespaces"
    for volume in pod.get("volumes", []):
        if strange := set(volume) - VOLUMES:
            yield f"mounts {strange}"
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        yield from (f"{container['name']} {what}" for what in _container(container, kind))


def _container(container: Manifest, kind: str) -> Iterator[str]:
    security, resources = container.get("securityContext", {}), container.get("resources", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield "may gain privileges"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "may change its image's files"
    _, colon, tag = container["image"].rpartition("/")[2].partition(":")
    if not colon or tag == "latest":
        yield f"runs {container['image']}, which names no version"
    if not {"cpu", "memory"} <= set(resources.get("requests", {})):
        yield "requests no CPU or no memory"
    if "memory" not in resources.get("limits", {}):
        yield "has no limit of memory"  # and none of CPU, which would only make it wait
    if kind != "Job" and "livenessProbe" not in container:
        yield "has no liveness probe"
    ports = {port["name"] for port in container.get("ports", [])}
    if ports - {"metrics"} and kind != "Job" and "readinessProbe" not in container:
        yield "serves without a readiness probe"


def _replicas(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Yields Deployments of the mesh that no budget guards, or that nobody scales."""
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]
        for one in manifests
        if one["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")
    }
    budgets = [one["spec"] for one in manifests if one["kind"] == "PodDisruptionBudget"]
    for manifest in _mesh(manifests):
        name, labels = manifest["metadata"]["name"], _labels(manifest)
        if not any(_selects(budget["selector"], labels) for budget in budgets):
            yield f"{name} has no disruption budget"
        if (name in scaled) == ("replicas" in manifest["spec"]):
            yield f"{name} has two or no owners of its number of replicas"
        if not manifest["spec"]["template"]["spec"].get("topologySpreadConstraints"):
            yield f"{name} may have all its replicas on one node"


def _reached(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Yields Services and policies that select no pod, and pods that no policy of theirs names."""
    pods = [_labels(one) for one in manifests if one["kind"] in WORKLOADS]
    if not pods:  # of engines that an operator runs
        return
    policies = [one for one in manifests if one["kind"] == "NetworkPolicy"]
    for service in (one for one in manifests if one["kind"] == "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        if not any(_selects(selector, labels) for labels in pods):
            yield f"Service {service['metadata']['name']} selects no pod"
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if not any(one["spec"] == deny for one in policies):
        yield "no policy denies what no other allows"
    for labels in pods:
        if not any(one["spec"]["podSelector"] and _of(one, labels) for one in policies):
            yield f"no policy says what {labels} may reach"


def _hosts_for_staff(manifests: Iterable[Manifest]) -> Iterator[str]:
    """Yields hosts at which pages for staff are reached, and no sign-in comes back to."""
    told = [one["data"] for one in manifests if one["kind"] == "ConfigMap"]
    sites = ",".join(data["ADMIN_SITES"] for data in told if "ADMIN_SITES" in data)
    known = {site.partition("=https://")[2] for site in sites.split(",")}
    for route in (one for one in manifests if one["kind"] == "HTTPRoute"):
        backends = [to["name"] for rule in route["spec"]["rules"] for to in rule["backendRefs"]]
        if any(name.endswith("-admin") for name in backends):
            for host in set(route["spec"]["hostnames"]) - known:
                yield f"HTTPRoute {route['metadata']['name']}: ADMIN_SITES does not name {host}"


def _of(policy: Manifest, labels: Manifest) -> bool:
    whole_mesh = policy["metadata"]["name"] == "telemetry"
    return not whole_mesh and _selects(policy["spec"]["podSelector"], labels)


def _mesh(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    of_mesh = "app.kubernetes.io/part-of"
    yield from (one for one in manifests if one["kind"] == "Deployment" and of_mesh in _labels(one))


def _labels(manifest: Manifest) -> Any:
    return manifest["spec"]["template"]["metadata"]["labels"]


def _selects(selector: Manifest, labels: Manifest) -> bool:
    wanted = selector.get("matchLabels", {})
    return bool(wanted) and wanted.items() <= labels.items()
