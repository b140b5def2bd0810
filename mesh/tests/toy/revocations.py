"""The toy's list of revoked tokens, kept in memory, which can be made unavailable."""

from mesh.auth.revocations import Page, Revoked
from mesh.core.errors import Unavailable


class RevocationList:
    """A list with two entries a page; `asked` records the sync tokens of all reads."""

    def __init__(self) -> None:
        self.revoked: list[Revoked] = []
        self.away = False
        self.asked: list[str] = []

    def add(self, user_id: str, token_version: int) -> None:
        self.revoked.append(Revoked(user_id, token_version))

    def since(self, sync_token: str) -> Page:
        self.asked.append(sync_token)
        if self.away:
            raise Unavailable("the list is away")
        begin = int(sync_token or 0)
        page = self.revoked[begin : begin + 2]
        end = begin + len(page)
        return Page(page, str(end), more=end < len(self.revoked))
