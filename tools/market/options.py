"""The options that every command takes, before or after its name, and what they come to."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

CommandT = TypeVar("CommandT", bound=click.Command)

# Those of `make up`.
LOCAL = {
    "user_service": "127.0.0.1:50051",
    "order_service": "127.0.0.1:50052",
    "payment_service": "127.0.0.1:50053",
}


@dataclass(frozen=True)
class Options:
    """What a command was told, beside its own options.

    `addresses` maps a service to its gRPC target. `server_name` is the name in the certificates
    of servers, in which `{service}` stands for `user`, `order` or `payment`.
    """

    as_json: bool
    addresses: dict[str, str]
    tls: bool
    ca_file: Path | None
    cert_file: Path | None
    key_file: Path | None
    server_name: str


def add_shared(command: CommandT) -> CommandT:
    """Gives a command the options that every command takes."""
    if not any(option.name == "as_json" for option in command.params):
        command.params += _shared()
    return command


def options(ctx: click.Context) -> Options:
    """Returns what was told, wherever it stood. Raises UsageError for half a certificate."""
    told: dict[str, Any] = ctx.meta
    if bool(told.get("cert_file")) != bool(told.get("key_file")):
        raise click.UsageError("--cert-file and --key-file go together")
    files = {name: told.get(name) for name in ("ca_file", "cert_file", "key_file")}
    return Options(
        as_json=bool(told.get("as_json")),
        addresses=_addresses(told.get("address") or ()),
        tls=bool(told.get("tls")) or any(files.values()),
        server_name=told.get("server_name") or "",
        **files,
    )


def _addresses(told: tuple[str, ...]) -> dict[str, str]:
    """Returns each service's target: as told, else as the mesh's own variables say."""
    found = {name: os.environ.get(f"{name.upper()}_TARGET", LOCAL[name]) for name in LOCAL}
    for address in told:
        service, named, target = address.rpartition("=")
        name = f"{service}_service"
        if named and name not in LOCAL:
            raise click.UsageError(f"--address: {service!r} is not user, order or payment")
        found |= {name: target} if named else dict.fromkeys(LOCAL, target)
    return {name: f"ipv4:{at}" if "," in at else at for name, at in found.items()}


def _shared() -> list[click.Parameter]:
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        _option("--json", "as_json", is_flag=True, help="Print JSON, as the REST API has it."),
        _option(
            "--address",
            multiple=True,
            envvar="MARKET_ADDRESS",
            metavar="[SERVICE=]HOST:PORT",
            help="Where the services are (user, order, payment), or the one that leads to all.",
        ),
        _option("--tls", is_flag=True, envvar="MARKET_TLS", help="Connect by TLS."),
        _option("--ca-file", type=file, envvar="MARKET_CA_FILE", help="Trusted authorities."),
        _option("--cert-file", type=file, envvar="MARKET_CERT_FILE", help="Own certificate."),
        _option("--key-file", type=file, envvar="MARKET_KEY_FILE", help="The certificate's key."),
        _option(
            "--server-name",
            envvar="MARKET_SERVER_NAME",
            help="Name in the servers' certificates, such as '{service}-service.market.internal'.",
        ),
    ]


def _option(*names: str, **more: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=_keep, **more)


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Keeps a value where the group and its commands share it; the later one counts.

    The environment's, which both find, does not count beside one that was typed.
    """
    if value and option.name:
        typed = ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
        if typed or option.name not in ctx.meta:
            ctx.meta[option.name] = value
