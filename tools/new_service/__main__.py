"""Adds a service to the mesh, or removes it: `make service NAME=inventory RESOURCE=item`.

The service's own files are those of `template/`, with its names in the place of `sample` and
`gadget`. Outside of them, a file that names the payment service gets the same lines for the new
one. What is generated is made anew.
"""

import argparse
import keyword
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from dev.config import DATABASES, ROOT
from dev.steps import box
from dev.supervisor.procfile import read_procfile
from tools.new_service.blocks import copied, without
from tools.new_service.names import MODEL, TEMPLATE, Names, renamed

FILES = Path(__file__).parent / "template"
# The files outside a service's folder that name it; all else asks one of them.
PLACES = (
    "dev/config.py",
    "Procfile",
    "pyproject.toml",
    "compose.yaml",
    "compose.override.yaml",
    "compose.test.yaml",
    "compose.tls.yaml",
    "deploy/observability/prometheus.yaml",
    "deploy/k8s/overlays/dev/kustomization.yaml",
    "deploy/k8s/overlays/dev/databases.yaml",
    "deploy/k8s/overlays/prod/kustomization.yaml",
    "deploy/k8s/examples/cloudnative-pg/clusters.yaml",
    "protos/market/user/v1/session.proto",  # that every verifier of tokens is told of revoked ones
)
# What only the payment service has: a provider, and data about people.
OWN = re.compile(r"^.*(PAYMENT_PROVIDER|payment_service\.personal_data).*\n", re.MULTILINE)


class Refused(Exception):
    """The service can't be added or removed; the text says why."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make service", description=__doc__)
    parser.add_argument("name", help="one word, such as inventory")
    parser.add_argument("--resource", default="item", help="what it keeps, in the singular")
    parser.add_argument("--remove", action="store_true")
    options = parser.parse_args()
    try:
        if options.remove:
            remove(options.name)
        else:
            add(Names(options.name, options.resource))
    except Refused as error:
        print(f"make service: {error}", file=sys.stderr)
        return 1
    return 0


def add(new: Names) -> None:
    """Makes the service's files, names it in PLACES, and generates what is generated.

    Raises Refused, with nothing changed.
    """
    if complaint := next(_complaints(new), None):
        raise Refused(complaint)
    made = [_render(file, new) for file in sorted(FILES.rglob("*")) if file.is_file()]
    for place in PLACES:
        path = ROOT / place
        path.write_text(copied(path.read_text(), MODEL.service, lambda block: lines_of(block, new)))
    # Names sort, and lines break, otherwise than in the template.
    python = [str(path) for path in made if path.suffix == ".py"]
    _run("ruff", "check", "--quiet", "--select=I", "--fix", *python)
    _run("ruff", "format", "--quiet", *python)
    _generate()
    print(box(_what_next(new)))


def remove(service: str) -> None:
    """Undoes `add`: deletes the service's folder and contract, and its lines in PLACES.

    Raises Refused.
    """
    names = Names(service, "")
    if service not in DATABASES:
        raise Refused(f"there is no service {service!r}; NAME is one of {', '.join(DATABASES)}")
    if service == MODEL.service:
        raise Refused(f"the {service} service is the model of new ones")
    shutil.rmtree(ROOT / names.package)
    shutil.rmtree((ROOT / names.proto).parent.parent)
    shutil.rmtree(ROOT / "deploy" / "k8s" / "base" / "services" / service)
    for place in PLACES:
        path = ROOT / place
        path.write_text(without(path.read_text(), service))
    _generate()


def _complaints(new: Names) -> Iterator[str]:
    for word in (new.service, new.resource):
        if not re.fullmatch("[a-z]{2,20}", word) or keyword.iskeyword(word):
            yield f"{word!r} must be one English word of 2 to 20 small letters"
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    taken = {*read_procfile(ROOT / "Procfile"), *compose["services"], TEMPLATE.service}
    if new.service in taken or (ROOT / new.proto).parent.parent.exists():
        yield f"there is something else called {new.service!r}"
    if new.service in new.resource or new.resource in new.service:
        yield "NAME and RESOURCE must be different words"
    if any(ROOT.glob(f"*_service/{new.resources}")):
        yield f"another service has {new.resources}: give another RESOURCE"


def _render(file: Path, new: Names) -> Path:
    path = ROOT / renamed(str(file.relative_to(FILES)), TEMPLATE, new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(renamed(file.read_text(), TEMPLATE, new))
    return path


def lines_of(block: str, new: Names) -> str:
    """Returns a block of the payment service as the new one's, with the port of its pages."""
    text = renamed(OWN.sub("", block), MODEL, new)
    number = len(DATABASES) + 1
    return re.sub(rf"({new.service.upper()}_ADMIN_PORT:-)\d+", rf"\g<1>{8000 + number}", text)


def _generate() -> None:
    _run("make", "--silent", "gen")


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def _what_next(new: Names) -> list[str]:
    return [
        f"the {new.service} service is made",
        "",
        f"contract    {new.proto}",
        f"service     {new.package}/{new.resources}",
        f"its tests   python -m pytest {new.package}",
        f"try it      make up, then: curl http://localhost:8000/api/{new.resources}",
        f"undo        make service NAME={new.service} REMOVE=1",
        "",
        "how to build on it: docs/tutorial.md",
    ]


if __name__ == "__main__":
    sys.exit(main())
