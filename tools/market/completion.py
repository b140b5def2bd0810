"""`market completion`."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from tools.market import cli

KINDS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
PLACES = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/market.fish",
}


@click.command(
    epilog="\b\n" + "\n".join(f"market completion {shell} >> {at}" for shell, at in PLACES.items())
)
@click.argument("shell", type=click.Choice(list(PLACES)))
def completion(shell: str) -> None:
    """Print a script that completes commands, options and products in a shell."""
    click.echo(KINDS[shell](cli.market, {}, "market", cli.COMPLETE).source())
