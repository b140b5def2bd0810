from mesh.core.errors import Aborted, InvalidArgument


class RequestInProgress(Aborted):
    """The same request is being executed; a later retry gets its response."""

    reason = "REQUEST_IN_PROGRESS"


class RequestIdReused(InvalidArgument):
    """The request_id belongs to another request."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self) -> None:
        super().__init__("this request_id was used for another request")
