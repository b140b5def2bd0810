"""`market register`, `login` and `logout`."""

import sys

import click

from market.user.v1 import session_pb2, user_pb2, user_pb2_grpc
from tools.market.client import Client, client
from tools.market.errors import Refused, told

USERS = user_pb2.DESCRIPTOR.services_by_name["UserService"]
SECOND_FACTOR = "TOTP_REQUIRED"

password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.command()
@click.argument("username")
@click.option("--email", prompt=True, help="Where mails go.")
@click.option("--name", default="", help="Full name.")
@click.option("--locale", default="", help="Language of mails: en, de, de-AT ….  [default: en]")
@password_stdin
def register(username: str, email: str, name: str, locale: str, *, password_stdin: bool) -> None:
    """Open an account and sign in."""
    shop = client()
    password = _password(from_stdin=password_stdin, anew=True)
    request = user_pb2.CreateUserRequest(
        username=username, email=email, full_name=name, locale=locale, password=password
    )
    with told(as_json=shop.told.as_json):
        shop.stub(user_pb2_grpc.UserServiceStub, USERS).CreateUser(request)
        _sign_in(shop, session_pb2.CreateTokenRequest(username=username, password=password))


@click.command()
@click.argument("username")
@password_stdin
@click.option("--code", default="", help="Code of the second factor; asked for if need be.")
def login(username: str, code: str, *, password_stdin: bool) -> None:
    """Sign in by a user name or an e-mail address.

    The tokens are kept in the folder for settings, and renewed when need be.
    """
    shop = client()
    password = _password(from_stdin=password_stdin)
    by = {"email" if "@" in username else "username": username}
    request = session_pb2.CreateTokenRequest(password=password, totp_code=code or None, **by)
    try:
        with told(as_json=shop.told.as_json):
            _sign_in(shop, request)
    except Refused as refused:
        if refused.reason != SECOND_FACTOR or code:
            raise
        request.totp_code = click.prompt("Code of the second factor")
        with told(as_json=shop.told.as_json):
            _sign_in(shop, request)


@click.command()
def logout() -> None:
    """End the session, at the service and here."""
    shop = client()
    session = shop.sessions.read()
    if session is None:
        click.echo("nobody is signed in", err=True)
        return
    with told(as_json=shop.told.as_json):
        shop.auth.RevokeToken(session_pb2.RevokeTokenRequest(refresh_token=session.refresh_token))
    shop.sessions.keep(None)
    click.echo(f"{session.username} is signed out", err=True)


def _sign_in(shop: Client, request: session_pb2.CreateTokenRequest) -> None:
    """Raises grpc.RpcError."""
    session = shop.keep(request.username or request.email, shop.auth.CreateToken(request))
    click.echo(f"signed in as {session.username}", err=True)


def _password(*, from_stdin: bool, anew: bool = False) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=anew, err=True))
