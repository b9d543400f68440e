"""The mission's checklist: docs/coverage.yaml, one row per system, safeguarding rule and package; shipped inside the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import yaml

from bakau.errors import FileError

FIELDS = ("id", "title", "state", "command", "test", "note")


class State(StrEnum):
    """How far a row is. *Works* is a promise that CI holds: the named test ran and passed."""

    WORKS = "works"
    PARTLY = "partly"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the mission asks for: how far it is, the command that does it, the test that holds it."""

    id: str
    title: str
    state: State
    command: str
    test: str
    note: str


def load_coverage() -> list[Row]:
    """All rows in the order of the page; FileError when it cannot be read or a row says something else than FIELDS."""
    shipped = files("bakau_casework") / "coverage.yaml"
    path = shipped if shipped.is_file() else Path(__file__).resolve().parents[2] / "docs" / "coverage.yaml"
    try:
        return [_to_row(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise FileError("docs/coverage.yaml cannot be read", hint="each row holds " + ", ".join(FIELDS)) from error


def _to_row(entry: dict[str, object]) -> Row:
    if tuple(entry) != FIELDS or not all(isinstance(value, str) for value in entry.values()):
        raise ValueError("not the fields of a row")
    row_id, title, state, command, test, note = (str(entry[name]) for name in FIELDS)
    return Row(row_id, title, State(state), command, test, note)
