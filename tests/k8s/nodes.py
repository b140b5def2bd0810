"""Nodes that are made up: kwok says for them what kubelets would, and lets pods seem to run."""

from collections.abc import Iterator
from pathlib import Path

from tests.k8s.programs import module_folder
from tools.k8s.built import Manifest

ZONES = ("a", "b", "c")
NODES = {f"node-{zone}{number}": zone for zone in ZONES for number in (1, 2)}
ROOM = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "20Gi", "pods": "110"}
# What nodes and pods go through; jobs end as soon as they run.
STAGES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")


def nodes() -> Iterator[Manifest]:
    for name, zone in NODES.items():
        labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone}
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "status": {"capacity": ROOM, "allocatable": ROOM},
        }


def stages() -> str:
    """Returns kwok's configuration, of the files that come with it."""
    folder = module_folder("sigs.k8s.io/kwok") / "kustomize" / "stage"
    files = [file for stage in STAGES for file in sorted((folder / stage).glob("*-*.yaml"))]
    return "\n---\n".join(map(Path.read_text, files))
