"""Usernames that speak for the market, and so are nobody's to register."""

from user_service.accounts.errors import UsernameTaken

RESERVED = frozenset(
    "abuse account accounts admin administrator administration all anonymous api billing bot ceo"
    " contact customerservice daemon everyone help helpdesk hostmaster info mail mailerdaemon"
    " marketmesh me moderator nobody noreply null official operator order orders owner payment"
    " payments postmaster root sales security self staff superuser support sysadmin system team"
    " undefined user users webmaster".split()
)
_SEPARATORS = str.maketrans("", "", "_.-")


def refuse_reserved(username: str) -> None:
    """Raises UsernameTaken, however the name is cased or separated, as in `Ad.min`."""
    if username.lower().translate(_SEPARATORS) in RESERVED:
        raise UsernameTaken("this username is reserved")
