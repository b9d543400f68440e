"""Documents: what a command prints with ``--json``, declared once; the pages and JSON Schemas are written from here.

A document is an interface: its fields change only with a new number in its name. Each room declares the documents of its commands
in its own ``documents.py``; the Desk's views derive theirs. One rule about null holds everywhere: a field may be null if and only
if its meaning says what null stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_SAYS_NULL = re.compile(r"\bnull\b")


class Kind(StrEnum):
    """What a value is; the word is the one in the pages."""

    TEXT = "text"
    WHOLE = "whole number"
    SHARE = "number"
    FLAG = "true or false"
    OBJECT = "object"


_JSON = {Kind.TEXT: "string", Kind.WHOLE: "integer", Kind.SHARE: "number", Kind.FLAG: "boolean", Kind.OBJECT: "object"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document. `parts` are the fields of an object; a *map* is an object whose names are data.

    `only_when` says when the field is there at all; empty means always. In a list of texts that may be null its texts may be, too.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    is_list: bool = False
    is_map: bool = False
    parts: tuple[Field, ...] = ()
    only_when: str = ""

    @property
    def may_be_null(self) -> bool:
        """True when the meaning says what null stands for."""
        return _SAYS_NULL.search(self.meaning) is not None

    @property
    def type_words(self) -> str:
        """The type as a person reads it."""
        many = {Kind.TEXT: "texts", Kind.WHOLE: "whole numbers", Kind.SHARE: "numbers", Kind.FLAG: "flags", Kind.OBJECT: "objects"}
        words = f"list of {many[self.kind]}" if self.is_list else str(self.kind)
        return f"object of name → {words}" if self.is_map else words

    def to_schema(self) -> dict[str, object]:
        """The JSON Schema of its value."""
        one: dict[str, object] = {"type": _JSON[self.kind]} if not self.parts else _object(self.parts)
        if self.is_list:
            if self.kind is Kind.TEXT and self.may_be_null:
                one = {"type": [one["type"], "null"]}
            one = {"type": "array", "items": one}
        if self.is_map:
            one = {"type": "object", "additionalProperties": one}
        if self.may_be_null:
            one["type"] = [one["type"], "null"]
        return {"description": f"{self.meaning} ({self.unit})" if self.unit else self.meaning, **one}


def _object(fields: tuple[Field, ...]) -> dict[str, object]:
    properties = {field.name: field.to_schema() for field in fields}
    required = [field.name for field in fields if not field.only_when]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document: ``{"schema":"bakau.NAME/NUMBER", …}``. `commands` are the command lines that print it, without ``bakau``."""

    name: str
    meaning: str
    commands: tuple[str, ...]
    fields: tuple[Field, ...]
    number: int = 1

    @property
    def schema(self) -> str:
        """How the document names itself."""
        return f"bakau.{self.name}/{self.number}"

    @property
    def file_name(self) -> str:
        """Name of its JSON Schema file in docs/schemas."""
        return f"{self.name}-{self.number}.json"

    def to_schema(self) -> dict[str, object]:
        """JSON Schema (draft 2020-12) of the whole document."""
        whole = _object(self.fields)
        properties = {"schema": {"const": self.schema}, **{field.name: field.to_schema() for field in self.fields}}
        required = ["schema", *(field.name for field in self.fields if not field.only_when)]
        head: dict[str, object] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.schema}
        return {**head, "description": self.meaning, **whole, "properties": properties, "required": required}


#: The field that follows the schema in every document.
SNAPSHOT = Field("snapshot", Kind.TEXT, "the facts it stands on: ledger version and the first digits of their hash")
#: The same where no workspace takes part.
NO_SNAPSHOT = Field("snapshot", Kind.TEXT, "always null: no workspace takes part")


def text(name: str, meaning: str, *, only_when: str = "") -> Field:
    """A text field."""
    return Field(name, Kind.TEXT, meaning, only_when=only_when)


def whole(name: str, meaning: str, unit: str = "", *, only_when: str = "") -> Field:
    """A whole-number field."""
    return Field(name, Kind.WHOLE, meaning, unit, only_when=only_when)


def flag(name: str, meaning: str) -> Field:
    """A true-or-false field."""
    return Field(name, Kind.FLAG, meaning)


def texts(name: str, meaning: str) -> Field:
    """A list of texts."""
    return Field(name, Kind.TEXT, meaning, is_list=True)


def objects(name: str, meaning: str, *parts: Field) -> Field:
    """A list of objects."""
    return Field(name, Kind.OBJECT, meaning, is_list=True, parts=parts)


def mapped(name: str, meaning: str, kind: Kind = Kind.WHOLE, *parts: Field, unit: str = "", only_when: str = "") -> Field:
    """An object whose names are data."""
    return Field(name, kind, meaning, unit, is_map=True, parts=parts, only_when=only_when)
