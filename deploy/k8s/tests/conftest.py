"""The manifests as kustomize builds them; tests of them are left out where it can't be had."""

import copy

import pytest

from tests.support.left_out import leave_out
from tools.k8s.built import Manifest, Missing, every


def built(path: str) -> list[Manifest]:
    try:
        return copy.deepcopy(every(path))
    except Missing as missing:
        leave_out(str(missing))


@pytest.fixture
def prod() -> list[Manifest]:
    return built("overlays/prod")


@pytest.fixture
def dev() -> list[Manifest]:
    return built("overlays/dev")
