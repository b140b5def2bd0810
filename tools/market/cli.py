"""The commands, each imported when it is wanted: a start costs what the command needs."""

import sys
from importlib import import_module
from typing import NamedTuple

import click

from tools.market.options import add_shared

COMPLETE = "_MARKET_COMPLETE"


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    help: str


PLACES = {
    "register": Place("account", "Open an account and sign in."),
    "login": Place("account", "Sign in."),
    "logout": Place("account", "End the session."),
    "products": Place("catalog", "List what can be ordered."),
    "order": Place("placing", "Place an order and follow it."),
    "watch": Place("placing", "Follow an order as things happen to it."),
    "orders": Place("orders", "List orders, newest first."),
    "cancel": Place("orders", "Give an order up."),
    "refund": Place("orders", "Pay an order back (staff)."),
    "completion": Place("completion", "Print a script that completes words in a shell."),
}


class Commands(click.Group):
    """A group that imports a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PLACES:
            return None
        module = import_module(f"{__package__}.{PLACES[cmd_name].module}")
        command: click.Command = getattr(module, cmd_name)
        return add_shared(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in PLACES.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def market() -> None:
    """Order from the shop, from a terminal.

    A command exits with 0 when it did what was asked, 2 when it was asked in a wrong way, and
    else with a number that says why not: 3 not signed in, 4 not allowed, 5 not found, 6 a value
    is refused, 7 not in this state, 8 try again later, 9 the order ended otherwise, 1 all else.
    """


add_shared(market)


def main() -> None:
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    try:
        code: int | None = market.main(
            arguments, prog_name="market", complete_var=COMPLETE, standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # as of `market orders | head`
        sys.stderr.close()
        return 141
    return code or 0
