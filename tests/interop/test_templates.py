"""The bundle's templates make code by each language's own plugins, as far as those can be had.

Those for Go, Rust and TypeScript are tried with the programs in those languages.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.interop.clients import program
from tests.support.left_out import fetched, need

WITHIN_S = 120
ORDERS = "com/marketmesh/order/v1"
ONLY_IN_NUGET = {"grpc_csharp_plugin"}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with protoc and the plugins that Maven has."""
    need("java")
    need("mvn")
    folder = program("templates", tmp_path_factory.mktemp("tools"))
    fetched("mvn", "--batch-mode", "--quiet", "dependency:copy", folder=folder)
    (folder / "target/protoc-gen-grpc-kotlin").write_text('#!/bin/sh\nexec java -jar "$0.jar"\n')
    for tool in (folder / "target").iterdir():
        tool.chmod(0o755)
    return folder / "target"


@pytest.mark.parametrize(
    ("language", "made"),
    [
        ("csharp", ["Market/Order/V1/PersonalData.cs", "Market/User/V1/PersonalData.cs"]),
        ("java", [f"{ORDERS}/Order.java", f"{ORDERS}/OrderServiceGrpc.java"]),
        ("kotlin", [f"{ORDERS}/OrderKt.kt", f"{ORDERS}/OrderProtoGrpcKt.kt"]),
    ],
)
def test_a_template_makes_code(
    language: str, made: list[str], bundle: Path, tools: Path, tmp_path: Path
) -> None:
    template = yaml.safe_load((bundle / f"buf.gen.{language}.yaml").read_text())
    plugins = template["plugins"]
    template["plugins"] = [one for one in plugins if one.get("local") not in ONLY_IN_NUGET]
    done = subprocess.run(
        ["buf", "generate", "--template", json.dumps(template), "-o", str(tmp_path)],
        cwd=bundle,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "duplicate" not in done.stderr, done.stderr
    assert [name for name in made if not (tmp_path / "gen" / name).exists()] == []
