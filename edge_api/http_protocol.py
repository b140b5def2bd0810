"""Answers what is not well-formed HTTP with a problem document too."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from edge_api.errors import RequestMalformed
from edge_api.problems import PROBLEM_JSON, answer, problem_of


class EdgeProtocol(HttpToolsProtocol):
    def send_400_response(self, msg: str) -> None:
        """uvicorn's own answer is plain text; no request came about, so there is no id."""
        content = answer(problem_of(RequestMalformed(msg)), instance="").content
        head = (
            f"content-type: {PROBLEM_JSON}\r\n"
            f"content-length: {len(content)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[400] + head.encode() + content)
        self.transport.close()
