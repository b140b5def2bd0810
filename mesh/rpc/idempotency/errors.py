from mesh.core.errors import Aborted, InvalidArgument


class RequestInProgress(Aborted):
    """The same request is being worked on; asking again gets its answer."""

    reason = "REQUEST_IN_PROGRESS"


class RequestIdReused(InvalidArgument):
    """The request_id belongs to another request."""

    reason = "REQUEST_ID_REUSED"
