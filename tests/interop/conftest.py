"""The bundle and a mesh with TLS, for the programs of other languages."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.interop.clients import GO, Guarded, unpacked
from tests.support.left_out import fetched, need
from tests.support.local_mesh import LocalMesh

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the unpacked bundle of contracts."""
    return unpacked(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def programs(
    request: pytest.FixtureRequest, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Path]]]:
    """Yields the folders of the programs that are to be run, which are built side by side."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    modules = {test.module for test in tests if test.module.__package__ == __package__}
    with ThreadPoolExecutor() as building:
        yield {
            module.__name__: building.submit(module.build, bundle, tmp_path_factory.mktemp("shop"))
            for module in modules
            if hasattr(module, "build")
        }


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, programs: dict[str, Future[Path]]) -> Path:
    """Returns the folder of the module's program, once it is built."""
    return programs[request.module.__name__].result()


@pytest.fixture(scope="session")
def grpcurl(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Returns the variables of a shell that finds grpcurl."""
    if shutil.which("grpcurl"):
        return {}
    need("go")
    folder = tmp_path_factory.mktemp("grpcurl")
    fetched("go", "install", GRPCURL, folder=folder, GOBIN=str(folder), **GO)
    return {"PATH": os.pathsep.join([str(folder), os.environ["PATH"]])}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Yields a mesh of its own with mutual TLS."""
    local = LocalMesh(tmp_path_factory.mktemp("tls"), {"MESH_TLS": "on"})
    try:
        at, folder = local.start(), local.var / "certs"
        files = {
            "MESH_CA_FILE": folder / "ca.pem",
            "MESH_CERT_FILE": folder / "edge_api.pem",
            "MESH_KEY_FILE": folder / "edge_api.key",
        }
        yield Guarded(at, local.var, {name: str(path) for name, path in files.items()})
    finally:
        local.stop()
