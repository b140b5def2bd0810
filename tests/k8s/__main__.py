"""`make test-k8s`: `deploy/k8s` applied to a real control plane, with nodes that are made up.

The API server, the scheduler, the controllers, etcd and kubectl are built of their Go modules at
the first run, which takes a quarter of an hour of CPU; later runs take a minute or two.
"""

import os
import shutil
import subprocess
import sys

from tests.k8s.programs import PROGRAMS, build, folder


def main() -> int:
    if shutil.which("go") is None:
        print("go is not installed: test-k8s needs Go 1.26 or newer, to build Kubernetes")
        return 1
    if not folder().exists():
        print("test-k8s builds Kubernetes, etcd and kwok of their Go modules; once, for long")
        build()
    command = [sys.executable, "-m", "pytest", "-vv", *sys.argv[1:], "tests/k8s"]
    told = os.environ | {PROGRAMS: str(folder())}
    return subprocess.run(command, env=told, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
