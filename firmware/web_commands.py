"""`sapi-node web user`: who may sign in on the page. The node need not be told: it looks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.config import load_config
from firmware.config_web import WebSection
from firmware.tables import table
from firmware.told_plainly import print_json, told_plainly
from firmware.web.accounts import Account, AccountFile, Role, check_name, check_secret
from firmware.web.sign_in import HASHER
from hal.errors import ConfigError, Sentence

app = typer.Typer(no_args_is_help=True, help="The web page.")
user_app = typer.Typer(no_args_is_help=True, help="Who may sign in on it.")
app.add_typer(user_app, name="user")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
NameArgument = Annotated[str, typer.Argument(help="Up to 32 letters, digits, dots, hyphens.")]
DEFAULT_CONFIG = Path("node.toml")

NOT_THE_SAME = Sentence(
    en="These two are not the same. Nothing was changed.",
    fr="Les deux saisies diffèrent. Rien n'a été changé.",
)


@user_app.command("add")
def add(
    name: NameArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    role: Annotated[
        Role, typer.Option(help="An administrator may also hold and release the queue.")
    ] = Role.TECHNICIAN,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the PIN or password from one line of input.")
    ] = False,
) -> None:
    """Let somebody sign in, with a PIN of at least 6 digits or a password of at least 10."""
    with told_plainly():
        check_name(name)
        accounts = _accounts(config)
        secret = typer.get_text_stream("stdin").readline().rstrip("\r\n") if stdin else _asked()
        check_secret(secret)
        accounts.add(Account(name, role, HASHER.hash(secret)))
    typer.echo(f"{name} may sign in as {role.value}.")


@user_app.command("remove")
def remove(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Sign somebody out, and never let them in again; at once."""
    with told_plainly():
        _accounts(config).remove(name)
    typer.echo(f"{name} may not sign in any more.")


@user_app.command("list")
def list_users(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Names and roles; a PIN or password is nowhere to be read."""
    with told_plainly():
        found = _accounts(config).accounts().values()
    rows = [{"name": one.name, "role": one.role.value} for one in found]
    if as_json:
        return print_json(rows)
    Console().print(table("Who may sign in", ("name", "role"), rows))
    return None


def _accounts(config: Path) -> AccountFile:
    section = load_config(config).web
    # Accounts may be made before the page is switched on.
    return AccountFile(Path(section.accounts) if section else config.parent / DEFAULT_ACCOUNTS)


DEFAULT_ACCOUNTS = WebSection().accounts


def _asked() -> str:
    secret: str = typer.prompt("PIN or password", hide_input=True)
    if typer.prompt("Again", hide_input=True) != secret:
        raise ConfigError(NOT_THE_SAME)
    return secret
