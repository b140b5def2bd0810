"""The folder of each service in `deploy/k8s/base/services`: the same processes for every one."""

from collections.abc import Mapping

from dev.config import DATABASES, PORTS

HEAD = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
"""
SERVICE = (
    HEAD
    + """\
  - ../../service
namePrefix: {name}-
labels:
  - pairs: {{ app.kubernetes.io/name: {name} }}
    includeSelectors: true
images:
  - {{ name: service, newName: marketmesh/{name} }}
configMapGenerator:
  - name: own
    literals:
      - {NAME}_SERVICE_BIND=0.0.0.0:50051
      - {NAME}_SECRET_KEY_FILE=/run/secrets/secret_key
      - {NAME}_DATABASE_URL_FILE=/run/secrets/database_url
patches:
  - target: {{ kind: Deployment|Job }}
    patch: |-
      - op: replace
        path: /spec/template/spec/serviceAccountName
        value: {name}
      - op: replace
        path: /spec/template/spec/volumes/0/projected/sources/0/secret/name
        value: {name}
      - op: replace
        path: /spec/template/spec/volumes/0/projected/sources/1/secret/name
        value: {name}-db-app
"""
)


def service_folders() -> Mapping[str, str]:
    """Returns the content of each file, by its path below `deploy/k8s/base/services`."""
    listed = HEAD + "".join(f"  - {name}\n" for name in DATABASES)
    folders = {
        f"{name}/kustomization.yaml": SERVICE.format(name=name, NAME=name.upper())
        for name in DATABASES
    }
    shared = {"targets.env": _targets(), "pages.env": _pages()}
    return {"kustomization.yaml": listed, **shared, **folders}


def _targets() -> str:
    """Returns where callers find each service: headless names, of every ready replica."""
    lines = (f"{name.upper()}_SERVICE_TARGET=dns:///{name}-serve:50051\n" for name in DATABASES)
    return "".join(lines)


def _pages() -> str:
    """Returns where staff has each service's pages: the ports that are forwarded to them."""
    origins = {
        name: f"http://localhost:{PORTS[f'{name.upper()}_ADMIN_PORT'][0]}" for name in DATABASES
    }
    return admin_sites(origins) + "\n"


def admin_sites(origins: Mapping[str, str]) -> str:
    """Returns the setting that names the origin of each member's pages."""
    return "ADMIN_SITES=" + ",".join(f"{name}_service={at}" for name, at in origins.items())
