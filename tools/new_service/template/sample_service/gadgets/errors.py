"""What can go wrong with gadgets; reasons are those of `market.sample.v1.ErrorReason`."""

from mesh.core.errors import DomainError, NotFound


class SampleError(DomainError):
    domain = "market.sample.v1"


class GadgetNotFound(SampleError, NotFound):
    reason = "GADGET_NOT_FOUND"
