"""What the Desk hands out: a table whose every column was declared with a marking, and facts beside it declared the same way.

SQL engines drop Arrow metadata, so a marking is declared per view and never inherited. A column made of several canonical ones takes
the highest of their markings (`Shown.of`). What was not declared is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.markings import Marking, highest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau.model import Column
    from bakau_casework.purpose import Reveals


@dataclass(frozen=True, slots=True)
class Shown:
    """One declared column (or fact) of a view. `reveals` says what a personal or free-text value would tell; `holds_ids` that
    it, or a field ``id`` inside it, carries surrogates, which are then checked against the protected ones. It may be null if and
    only if its meaning says what null stands for.
    """

    name: str
    type: pa.DataType
    meaning: str
    marking: Marking | None
    reveals: Reveals | None = None
    holds_ids: bool = False
    unit: str = ""

    @classmethod
    def of(cls, *columns: Column, name: str = "", meaning: str = "", reveals: Reveals | None = None) -> Shown:
        """Shown as declared in the model: first column's name, type, meaning and unit, highest marking of all of them."""
        first, marking = columns[0], highest(column.marking for column in columns)
        words = meaning or first.meaning
        if "null" not in words and (marking.in_vault or not first.required):
            words += "; null when masked or not stated" if marking.in_vault else "; null when not stated"
        return cls(name or first.name, first.type, words, marking, reveals, unit=first.unit)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A view: its name, under which key its rows stand in the document, and every column and fact with a marking.

    `single` views show one object (or null) instead of a list. `number` is the document's number: a change of meaning takes the next.
    """

    name: str
    meaning: str
    rows_name: str
    columns: tuple[Shown, ...]
    facts: tuple[Shown, ...] = ()
    single: bool = False
    number: int = 1

    @property
    def schema(self) -> str:
        """How the document names itself."""
        return f"bakau.{self.name}/{self.number}"

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])


@dataclass(frozen=True, slots=True)
class Draft:
    """What a view function found, before redaction: never leaves the Desk. `asked` are the surrogates the question named."""

    rows: pa.Table
    facts: Mapping[str, object] = field(default_factory=dict)
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What a person gets: redacted rows, facts, for every masked column the reason, and the number of the audit entry about it."""

    declaration: Declaration
    snapshot: str
    purpose: str
    case: str | None
    rows: pa.Table
    facts: Mapping[str, object]
    masked: Mapping[str, str]
    audit_id: int

    @property
    def schema(self) -> str:
        """The name and number of the document."""
        return self.declaration.schema

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table (`.to_pandas()` makes a frame of it)."""
        return self.rows

    def to_document(self) -> dict[str, object]:
        """The JSON document as an object, as described in docs/cli.md."""
        rows = self.rows.to_pylist()
        shown: object = (rows[0] if rows else None) if self.declaration.single else rows
        return {**self.head(self.schema), **self.facts, self.declaration.rows_name: shown}

    def head(self, schema: str) -> dict[str, object]:
        """What every document made of this view begins with."""
        said: dict[str, object] = {"schema": schema, "snapshot": self.snapshot, "purpose": self.purpose, "case": self.case}
        return {**said, "masked": dict(self.masked)}


def text(name: str, meaning: str, *, marking: Marking = Marking.RESTRICTED, holds_ids: bool = False) -> Shown:
    """A text column of a view."""
    return Shown(name, pa.string(), meaning, marking, holds_ids=holds_ids)


def count(name: str, meaning: str, *, marking: Marking = Marking.RESTRICTED) -> Shown:
    """A whole-number column of a view."""
    return Shown(name, pa.int64(), meaning, marking)


def flag(name: str, meaning: str) -> Shown:
    """A yes-or-no column of a view."""
    return Shown(name, pa.bool_(), meaning, Marking.RESTRICTED)


def account_id(name: str, meaning: str) -> Shown:
    """A column of account surrogates; null stands for a protected account."""
    return Shown(name, pa.string(), meaning, Marking.RESTRICTED, holds_ids=True)


def nested(name: str, meaning: str, fields: Mapping[str, pa.DataType], *, holds_ids: bool = False) -> Shown:
    """A column of lists of small objects."""
    kind = pa.list_(pa.struct([pa.field(key, value) for key, value in fields.items()]))
    return Shown(name, kind, meaning, Marking.RESTRICTED, holds_ids=holds_ids)
