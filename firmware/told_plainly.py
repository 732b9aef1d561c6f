"""How commands speak: a NodeError is a sentence for a person, and `--json` is one line."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer

from hal.errors import ConfigError, NodeError, Sentence

EXIT_FAILED = 1
EXIT_MEND_YOUR_INPUT = 2
YES = frozenset({"o", "oui", "y", "yes"})
"""Whoever is asked in one language may have the other at their fingertips."""
YES_OR_NO = Sentence(en="{question} [y/N]", fr="{question} [o/N]")


@dataclass
class Speech:
    """One command's: in English until it has read which language the node speaks."""

    language: str = "en"

    def told(self, sentence: Sentence) -> str:
        return sentence.said(self.language)

    def is_agreed(self, question: Sentence) -> bool:
        asked = self.told(YES_OR_NO.fill(question=question))
        answer = typer.prompt(asked, default="", show_default=False, err=True)
        return str(answer).strip().casefold() in YES


@contextmanager
def told_plainly() -> Generator[Speech]:
    """Print the sentence instead of a traceback, and end with the exit status that fits."""
    speech = Speech()
    try:
        yield speech
    except NodeError as error:
        typer.secho(speech.told(error.sentence), err=True, fg=typer.colors.RED)
        wrong_input = isinstance(error, ConfigError)
        raise typer.Exit(EXIT_MEND_YOUR_INPUT if wrong_input else EXIT_FAILED) from error


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
