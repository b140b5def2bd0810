"""Clients that popular generators make of the document compile as they are and run the story.

A story registers somebody, signs in, orders, and prints the state in which the order comes to
rest. The programs beside this file are what a user of the generated client writes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev.config import ROOT
from tests.interop.clients import GO
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market

HERE = Path(__file__).parent
DOCUMENT = ROOT / "generated" / "openapi" / "edge.yaml"
GENERATOR = "openapi-generator-cli"
GENERATOR_VERSION = "7.17.0"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
WITHIN_S = 300


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns openapi-generator's program, which Maven keeps in its cache."""
    need("java")
    need("mvn")
    folder = tmp_path_factory.mktemp("jar")
    artifact = f"-Dartifact=org.openapitools:{GENERATOR}:{GENERATOR_VERSION}"
    fetched("mvn", "-q", "-B", COPY, artifact, f"-DoutputDirectory={folder}", folder=folder)
    return folder / f"{GENERATOR}-{GENERATOR_VERSION}.jar"


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the TypeScript compiler and both stories."""
    need("node")
    need("npm")
    folder = tmp_path_factory.mktemp("ts") / "story"
    shutil.copytree(HERE / "typescript", folder)
    fetched("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return folder


def test_openapi_generator_s_go_client_runs_the_story(
    market: Market, jar: Path, tmp_path: Path
) -> None:
    need("go")
    folder = tmp_path / "story"
    shutil.copytree(HERE / "golang", folder)
    generate(jar, "go", folder / "market", "packageName=market", "withGoMod=false")
    shutil.rmtree(folder / "market" / "test", ignore_errors=True)
    run(folder, "go", "build", "-buildvcs=false", "-o", "story", ".")
    assert story(market, folder, "./story") == "ORDER_STATE_CONFIRMED"


def test_openapi_generator_s_typescript_client_runs_the_story(
    market: Market, jar: Path, typescript: Path
) -> None:
    generate(jar, "typescript-fetch", typescript / "market", "importFileExtension=.js")
    compile_ts(typescript, "generator.ts")
    assert story(market, typescript, "node", "built/generator.js") == "ORDER_STATE_CONFIRMED"


def test_openapi_typescript_s_types_fit_the_story(market: Market, typescript: Path) -> None:
    run(typescript, "node_modules/.bin/openapi-typescript", str(DOCUMENT), "-o", "market.ts")
    compile_ts(typescript, "types.ts")
    assert story(market, typescript, "node", "built/types.js") == "ORDER_STATE_CONFIRMED"


def test_openapi_python_client_s_client_runs_the_story(market: Market, tmp_path: Path) -> None:
    run(tmp_path, sys.executable, "-m", "venv", "venv")
    locked = str(HERE / "python" / "requirements.lock")
    python = str(tmp_path / "venv" / "bin" / "python")
    install = ("-m", "pip", "install", "--quiet", "--require-hashes", "-r", locked)
    fetched(python, *install, folder=tmp_path)
    (tmp_path / "config.yaml").write_text("package_name_override: market\n")
    made = ("generate", "--path", str(DOCUMENT), "--config", "config.yaml", "--meta", "none")
    command = str(tmp_path / "venv" / "bin" / "openapi-python-client")
    run(tmp_path, command, *made, "--output-path", "market", "--fail-on-warning")
    shutil.copy(HERE / "python" / "story.py", tmp_path)
    assert story(market, tmp_path, python, "story.py") == "ORDER_STATE_CONFIRMED"


def generate(jar: Path, kind: str, target: Path, *properties: str) -> None:
    parts = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"
    run(
        target.parent,
        *("java", "-jar", str(jar), "generate", "-g", kind, "-i", str(DOCUMENT), "-o", str(target)),
        *("--global-property", parts, "--additional-properties", ",".join(properties)),
    )


def compile_ts(folder: Path, file: str) -> None:
    run(folder, "node_modules/.bin/tsc", "-p", only(folder, file))


def only(folder: Path, file: str) -> str:
    """Writes a project of one story, so that a fault in one client hides none of the other."""
    project = folder / f"{file}.json"
    project.write_text(f'{{"extends": "./tsconfig.json", "files": ["{file}"]}}')
    return project.name


def story(market: Market, folder: Path, *command: str) -> str:
    return run(folder, *command, market.at.edge).strip()


def run(folder: Path, *command: str) -> str:
    path = os.pathsep.join([str(folder / "venv" / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **GO},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
