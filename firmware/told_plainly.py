"""How commands speak: a NodeError is a sentence for a person, and `--json` is one line."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import typer

from hal.errors import ConfigError, NodeError

EXIT_FAILED = 1
EXIT_MEND_YOUR_INPUT = 2


@contextmanager
def told_plainly() -> Generator[None]:
    """Print the sentence instead of a traceback, and end with the exit status that fits."""
    try:
        yield
    except NodeError as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        wrong_input = isinstance(error, ConfigError)
        raise typer.Exit(EXIT_MEND_YOUR_INPUT if wrong_input else EXIT_FAILED) from error


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
