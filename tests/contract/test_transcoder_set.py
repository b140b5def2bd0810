"""A stock transcoder, Envoy's, loads the set that is made for it, and not the mesh's own."""

import subprocess
from pathlib import Path

from mesh.contract.model import DESCRIPTOR_SET, market_contract
from tests.interop.proxy import command
from tests.interop.transcoder import transcoder

TRANSCODER_SET = DESCRIPTOR_SET.with_name("transcoder.binpb")
WITHIN_S = 120


def test_envoy_takes_every_service_of_the_transcoder_set(tmp_path: Path) -> None:
    done = validated(TRANSCODER_SET, tmp_path)
    assert done.returncode == 0, done.stderr


def test_envoy_refuses_the_mesh_s_own_set_for_its_response_bodies(tmp_path: Path) -> None:
    assert "HttpBody" in validated(DESCRIPTOR_SET, tmp_path).stderr


def validated(descriptors: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Has Envoy build its listener, transcoder included, without opening a port."""
    services = {method.service_name for method in market_contract()}
    return subprocess.run(
        [*command(folder, 0, [transcoder(descriptors, services)]), "--mode", "validate"],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
