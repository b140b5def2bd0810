"""Django settings of the sample service."""

from mesh.runtime.settings import APPS, service

globals().update(service("sample_service"))

INSTALLED_APPS = [*APPS, "sample_service.gadgets"]
