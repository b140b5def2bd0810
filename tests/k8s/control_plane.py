"""A Kubernetes control plane on 127.0.0.1, and nodes on which kwok lets pods seem to run."""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from dev.config import ROOT
from dev.ports import HOST, free_ports
from tests.k8s.nodes import nodes, stages
from tests.support.waiting import eventually
from tools.k8s.built import Manifest
from tools.k8s.schemas import definitions

READY_WITHIN_S = 180
COMMAND_WITHIN_S = 120
STOPPED_WITHIN_S = 30


class ControlPlane:
    """The processes, which keep everything in one folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        names = ("etcd", "peers", "api", "scheduler", "controllers")
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._token = secrets.token_urlsafe()
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> Mapping[str, str]:
        """Returns what a shell needs for `kubectl` to talk to this control plane."""
        path = os.pathsep.join([str(self._programs), os.environ["PATH"]])
        return os.environ | {"KUBECONFIG": str(self._folder / "kubeconfig"), "PATH": path}

    def start(self) -> None:
        """Starts all, defines what operators would, and makes the nodes."""
        self._write_files()
        etcd, peers = (f"http://{HOST}:{self._ports[name]}" for name in ("etcd", "peers"))
        self._run(
            "server",  # as the last part of etcd's module is called
            "--name=test",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=test={peers}",
            "--unsafe-no-fsync",
        )
        self._run("kube-apiserver", f"--etcd-servers={etcd}", *self._api_flags())
        eventually(self._answers, READY_WITHIN_S)
        self._run("kube-scheduler", *self._client_flags("scheduler"))
        self._run(
            "kube-controller-manager",
            *self._client_flags("controllers"),
            f"--service-account-private-key-file={self._folder / 'accounts.key'}",
        )
        self._run_kwok()
        self.create(*definitions(), *nodes())
        self.kubectl("wait", "--for", "condition=Established", "crd", "--all", "--timeout", "60s")
        self.kubectl("wait", "--for", "condition=Ready", "node", "--all", "--timeout", "60s")

    def stop(self) -> None:
        """Ends the processes, those that were started last first."""
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def create(self, *manifests: Manifest) -> None:
        documents = {"apiVersion": "v1", "kind": "List", "items": manifests}
        self.kubectl("create", "--filename", "-", told=json.dumps(documents))

    def kubectl(self, *arguments: str, told: str = "") -> str:
        """Returns what a command prints. Raises AssertionError with what it complains of."""
        done = self.tried(*arguments, told=told)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def tried(self, *arguments: str, told: str = "") -> "subprocess.CompletedProcess[str]":
        """Runs a command that may be refused."""
        return subprocess.run(
            [str(self._programs / "kubectl"), *arguments],
            env=self.environment,
            input=told,
            timeout=COMMAND_WITHIN_S,
            check=False,
            capture_output=True,
            text=True,
        )

    def objects(self, kind: str, namespace: str, selector: str = "") -> list[Manifest]:
        told = self.kubectl("get", kind, "-n", namespace, "-l", selector, "-o", "json")
        items: list[Manifest] = json.loads(told)["items"]
        return items

    def _run(self, program: str, *flags: str) -> None:
        command = [str(self._programs / program), *flags]
        with (self._folder / f"{program}.log").open("wb") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT))

    def _write_files(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (self._folder / "accounts.key").write_bytes(private)
        (self._folder / "accounts.pub").write_bytes(public)
        (self._folder / "tokens.csv").write_text(f'{self._token},admin,admin,"system:masters"\n')
        cluster = {"server": self._url, "certificate-authority": str(self._authority)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
        (self._folder / "kubeconfig").write_text(json.dumps(config))

    @property
    def _url(self) -> str:
        return f"https://{HOST}:{self._ports['api']}"

    @property
    def _authority(self) -> Path:
        """Returns the certificate that the API server makes for itself."""
        return self._folder / "apiserver" / "apiserver.crt"

    def _api_flags(self) -> list[str]:
        return [
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self._ports['api']}",
            f"--cert-dir={self._authority.parent}",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",  # as clusters are run; who may is PodSecurity's
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._folder / 'accounts.pub'}",
            f"--service-account-signing-key-file={self._folder / 'accounts.key'}",
        ]

    def _client_flags(self, name: str) -> list[str]:
        return [
            f"--kubeconfig={self._folder / 'kubeconfig'}",
            f"--bind-address={HOST}",
            f"--secure-port={self._ports[name]}",
            f"--cert-dir={self._folder / name}",
            "--leader-elect=false",
        ]

    def _run_kwok(self) -> None:
        file = self._folder / "stages.yaml"
        file.write_text(stages())
        self._run(
            "kwok",
            f"--kubeconfig={self._folder / 'kubeconfig'}",
            f"--config={file}",
            "--manage-all-nodes",
            "--node-lease-duration-seconds=40",
        )

    def _answers(self) -> bool:
        api = self._running[-1]
        assert api.poll() is None, (self._folder / "kube-apiserver.log").read_text()[-2000:]
        return self.tried("get", "--raw", "/readyz").returncode == 0
