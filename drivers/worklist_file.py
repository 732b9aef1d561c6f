"""Orders from a TOML file, for a site without a RIS: one `[[order]]` table each.

[[order]]
patient_id = "100042"
name = "LEFÈVRE^Éléonore"
birth_date = "19620314"
sex = "F"
accession_number = "A2026-0117"
requested_procedure_description = "Thorax de face"
body_part_examined = "CHEST"
"""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from hal.errors import ConfigError, Sentence
from hal.values import Issuer, Order, Patient, Priority, Uid

WRONG = Sentence(
    en="The worklist file {file} cannot be used: {reason}. Mend it and try again.",
    fr="Le fichier des demandes {file} est inutilisable : {reason}. Corrigez-le et réessayez.",
)
_PATIENT_KEYS = {"patient_id", "name", "birth_date", "sex"}
_ORDER_KEYS = {field.name for field in fields(Order) if field.type in (str, Uid)}
_OTHER_KEYS = {"issuer", "priority"}


class WorklistFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    def orders(self) -> tuple[Order, ...]:
        """Read anew each time, so that an edit needs no restart. Raises ConfigError."""
        try:
            return _orders(tomllib.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ConfigError(WRONG.fill(file=self._path, reason=error)) from error


class NoWorklist:
    def orders(self) -> tuple[Order, ...]:
        return ()


def _orders(document: dict[str, Any]) -> tuple[Order, ...]:
    if unknown := set(document) - {"order"}:
        raise ValueError(f"{min(unknown)!r} is not known here: each order begins with [[order]]")
    tables = document.get("order", [])
    if not isinstance(tables, list):
        raise TypeError("each order begins with [[order]], in two brackets")
    return tuple(_order(table) for table in tables)


def _order(table: dict[str, Any]) -> Order:
    unknown = set(table) - _PATIENT_KEYS - _ORDER_KEYS - _OTHER_KEYS
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}")
    for key, value in table.items():
        if not isinstance(value, str):
            raise TypeError(f"{key} must be text in quotes")
    for key in ("patient_id", "name"):
        if not table.get(key):
            raise ValueError(f"an order has no {key}")
    return Order(
        patient=Patient(
            issuer=Issuer(local=table.get("issuer", "")),
            **{key: table[key] for key in _PATIENT_KEYS & set(table)},
        ),
        priority=Priority(table.get("priority", "routine")),
        **{key: table[key] for key in _ORDER_KEYS & set(table)},
    )
