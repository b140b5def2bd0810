"""Settings of Django and DRF that the edge does not use are refused, with what to do instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_api.gateway.unused_settings import INSTEAD_OF_DJANGO, INSTEAD_OF_DRF
from edge_api.tests.test_commands import ROOT, environment, run

# Lines of a settings module, the names they set, and where the refusal points to.
SET = [
    ("MIDDLEWARE = ['django.middleware.gzip.GZipMiddleware']", "MIDDLEWARE", "edge_api/app.py"),
    ("CORS_ALLOWED_ORIGINS = ['https://a.example']", "CORS_ALLOWED_ORIGINS", "EDGE_CORS_ORIGINS"),
    *(
        (f"REST_FRAMEWORK = REST_FRAMEWORK | {{{name!r}: {value}}}", name, instead)
        for name, value, instead in [
            (
                "DEFAULT_AUTHENTICATION_CLASSES",
                "['rest_framework.authentication.BasicAuthentication']",
                "edge_api/gateway/authentication.py",
            ),
            (
                "DEFAULT_PERMISSION_CLASSES",
                "['rest_framework.permissions.IsAuthenticated']",
                "`access`",
            ),
            (
                "DEFAULT_THROTTLE_CLASSES",
                "['rest_framework.throttling.AnonRateThrottle']",
                "`rate_class`",
            ),
            ("DEFAULT_THROTTLE_RATES", "{'anon': '1/day'}", "EDGE_RATE_READ"),
            (
                "DEFAULT_RENDERER_CLASSES",
                "['rest_framework.renderers.JSONRenderer']",
                "edge_api/codec",
            ),
            ("DEFAULT_PARSER_CLASSES", "['rest_framework.parsers.JSONParser']", "edge_api/codec"),
        ]
    ),
]


def environment_with(contract_file: Path, folder: Path, line: str) -> dict[str, str]:
    """Returns the environment of an edge whose settings end with a line."""
    (folder / "own_settings.py").write_text(f"from edge_api.settings import *\n\n{line}\n")
    environ = environment(contract_file, DJANGO_SETTINGS_MODULE="own_settings")
    return environ | {"PYTHONPATH": os.pathsep.join([str(folder), environ["PYTHONPATH"]])}


@pytest.mark.parametrize(("line", "name", "instead"), SET, ids=[name for _, name, _ in SET])
def test_a_start_is_refused_in_one_line_that_says_where_to_do_it_instead(
    contract_file: Path, tmp_path: Path, line: str, name: str, instead: str
) -> None:
    done = run(environment_with(contract_file, tmp_path, line), "serve")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert instead in done.stderr


def test_djangos_own_check_tells_of_all_at_once(contract_file: Path, tmp_path: Path) -> None:
    environ = environment_with(contract_file, tmp_path, "\n".join(line for line, _, _ in SET))
    command = [sys.executable, "-m", "django", "check"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("edge_api.E001") == len(SET)


def test_a_server_of_ones_own_choice_is_refused_too(contract_file: Path, tmp_path: Path) -> None:
    environ = environment_with(contract_file, tmp_path, SET[0][0])
    command = [sys.executable, "-m", "uvicorn", "--factory", "edge_api.app:application"]
    done = subprocess.run(
        [*command, "--port", "0"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "the setting MIDDLEWARE has no effect at the edge" in done.stderr


def test_what_is_told_to_look_at_is_there() -> None:
    words = (
        " ".join([*INSTEAD_OF_DJANGO.values(), *INSTEAD_OF_DRF.values()]).replace(",", " ").split()
    )
    files = [word for word in words if "/" in word]
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []
