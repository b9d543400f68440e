"""Mappings: YAML that says which column of a file is what. Data only; checked by schema, hashed into every batch's identity.

The language is described in docs/mappings.md. Every column of a file must be mapped, a label (never loaded) or ignored by name; a
column the mapping does not know stops the file, so that nothing is dropped silently.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bakau.errors import InputError, MappingError, Place
from bakau.model import get_table
from bakau.plain_yaml import read_yaml
from bakau.times import get_zone

#: Raised when the same mapping would make other rows of the same file.
LANGUAGE = 1
#: Words added to the language since: left out of the hash where a mapping does not use them, so that older mappings keep theirs.
ADDED = frozenset({"reader", "scheme_column", "sheet", "header_line", "header", "statement"})

Scheme = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?(:[A-Za-z0-9_.-]+)?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Epoch(_Strict):
    """Steps of a simulator: `start` is the day of step `first`, each step one `unit` long."""

    start: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    unit: Literal["day", "hour", "minute", "second"]
    first: int = 0


class Cell(_Strict):
    """Where a canonical value comes from: a column or a constant, and how its text is read."""

    column: Name | None = None
    value: str | None = None
    map: dict[str, str] | None = None
    default: str | None = None
    scheme: Scheme | None = None
    scheme_column: Name | None = None
    realm: Literal["account", "party", "identifier"] | None = None
    formats: tuple[str, ...] = ("iso",)
    zone: str = "UTC"
    zone_column: Name | None = None
    local_hour: bool = False
    epoch: Epoch | None = None
    decimal: Literal["point", "comma"] = "point"
    thousands: Literal["", ",", ".", " ", "'"] = ""
    negative: Literal["reject", "absolute"] = "reject"

    @model_validator(mode="after")
    def _check(self) -> Cell:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column or value")
        if self.scheme is not None and self.scheme_column is not None:
            raise ValueError("give either scheme or scheme_column")
        if self.thousands == {"point": ".", "comma": ","}[self.decimal]:
            raise ValueError("thousands and decimal are the same sign")
        try:
            get_zone(self.zone)
        except InputError as error:
            raise ValueError(error.message) from error
        return self


class Statement(_Strict):
    """The table lists one account's movements: whose it is, the other side, and which way each amount goes.

    Give `amount` (a minus says that money leaves the account, or comes in with `minus: in`; or `direction` says it in words, mapped to
    ``in`` and ``out``), or `debit` (money leaves) and `credit`. The transfer rows of the file then say neither `src`, `dst` nor `amount`.
    """

    own: Cell
    other: Cell | None = None
    other_name: Cell | None = None
    amount: Cell | None = None
    direction: Cell | None = None
    debit: Cell | None = None
    credit: Cell | None = None
    minus: Literal["out", "in"] = "out"

    @model_validator(mode="after")
    def _check(self) -> Statement:
        if (self.amount is None) == (self.debit is None) or (self.debit is None) != (self.credit is None):
            raise ValueError("give either amount, or debit and credit")
        if self.direction is not None and (self.amount is None or not set((self.direction.map or {"": ""}).values()) <= {"in", "out"}):
            raise ValueError("direction stands beside amount, with a map to in and out")
        if self.own.scheme is None:
            raise ValueError("own: needs a scheme (iban, phone, local …)")
        return self

    def columns(self) -> set[str]:
        """Columns of the file that are read for it."""
        cells = (self.own, self.other, self.other_name, self.amount, self.direction, self.debit, self.credit)
        return {cell.column for cell in cells if cell is not None and cell.column is not None}


def _payer_payee(statement: object, rows: object) -> object:
    """The rows of a statement with what `own_account.unfold` adds to each record: payer, payee, amount, and who the other side is."""
    if not isinstance(statement, dict) or not isinstance(rows, list):
        return rows
    told = statement.get("amount") or statement.get("debit") or {}
    style = {name: told[name] for name in ("decimal", "thousands") if isinstance(told, dict) and name in told}
    ends: dict[str, object] = {
        "src": {"column": "@payer", "scheme_column": "@payer_scheme"}, "dst": {"column": "@payee", "scheme_column": "@payee_scheme"},
        "amount": {"column": "@amount", "negative": "absolute", **style},
        "src_party": {"column": "@payer_party", "scheme": "local.holder"}, "dst_party": {"column": "@payee_party", "scheme": "local.holder"},
    }  # fmt: skip
    made = []
    for one in rows:
        if isinstance(one, dict) and one.get("table") == "transfer" and isinstance(one.get("fields"), dict):
            made.append(one | {"fields": ends | one["fields"]})
        else:
            made.append(one)
    party = {"column": "@other_party", "scheme": "local.holder"}
    account = {"column": "@other", "scheme_column": "@other_scheme"}
    return [
        *made,
        {"table": "account", "fields": {"number": {"column": "@own", "scheme_column": "@own_scheme"}, "kind": {"value": "bank_account"}}},
        {"table": "account", "when": "@other", "fields": {"number": account, "kind": {"column": "@other_kind"}}},
        {
            "table": "party",
            "when": "@other_party",
            "fields": {"number": party, "kind": {"value": "unknown"}, "name": {"column": "@other_name"}},
        },
        {"table": "holding", "when": "@other_party", "fields": {"party": party, "account": account, "role": {"value": "owner"}}},
    ]


class Rows(_Strict):
    """Canonical rows made from each record; `when`: only where that column is not empty."""

    table: Literal["party", "account", "holding", "relation", "institution", "transfer", "identifier", "tag"]
    fields: dict[str, Cell]
    when: Name | None = None

    @model_validator(mode="after")
    def _check(self) -> Rows:
        known = FIELDS[self.table]
        unknown, missing = set(self.fields) - set(known), {name for name, needed in known.items() if needed} - set(self.fields)
        if unknown or missing:
            raise ValueError(f"{self.table}: fields unknown {sorted(unknown)}, missing {sorted(missing)}")
        for name, cell in self.fields.items():
            if name in REALMS and cell.scheme is None and cell.scheme_column is None:
                raise ValueError(f"{self.table}.{name}: needs a scheme (iban, phone, local …)")
        return self


class FileMapping(_Strict):
    """One kind of file: the names it has, its format, how it is written, what its records are. The first of `rows` that applies stands for the record.

    `reader` names the format (an entry point of ``bakau.readers``); without it the file's beginning tells. `header_line` is the line
    with the column names where other lines stand before it; `sheet` names the sheet of a workbook that has several. `header` gives delimited text its column
    names: where there is no line of names, or (with `header_line`) in place of it. Written in YAML, `rows_like: NAME` takes the rows of a
    shipped mapping.
    """

    match: tuple[Name, ...] = ("*",)
    reader: Name | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: str | None = None
    quoted: bool = True
    header_line: Annotated[int, Field(ge=1, le=1000)] | None = None
    sheet: Name | None = None
    header: tuple[Name, ...] | None = None
    labels: tuple[Name, ...] = ()
    ignore: tuple[Name, ...] = ()
    corrections: bool = False
    statement: Statement | None = None
    rows: tuple[Rows, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _borrow_rows(cls, document: object) -> object:
        if isinstance(document, dict) and document.get("statement") is not None and not _is_unfolded(document.get("rows")):
            document = document | {"rows": _payer_payee(document["statement"], document.get("rows"))}
        if not isinstance(document, dict) or "rows_like" not in document:
            return document
        rest = {name: value for name, value in document.items() if name != "rows_like"}
        name = document["rows_like"]
        if "rows" in rest or name not in shipped():
            raise ValueError("rows_like: names a shipped mapping, and stands in place of rows")
        return rest | {"rows": load_mapping(name).files[0].rows}

    def columns(self) -> set[str]:
        """Columns of the file that are read."""
        cells = [cell for rows in self.rows for cell in rows.fields.values()]
        named = {name for cell in cells for name in (cell.column, cell.zone_column, cell.scheme_column)} | {rows.when for rows in self.rows}
        told = self.statement.columns() if self.statement is not None else set()
        return {name for name in named if name is not None and not name.startswith("@")} | told

    def covers(self, file_name: str) -> bool:
        """Is a file of that name meant? Compression endings do not count."""
        bare = re.sub(r"\.(gz|zst|zstd)$", "", file_name)
        return any(fnmatch.fnmatchcase(bare, pattern) for pattern in self.match)


class Mapping(_Strict):
    """A whole mapping: name, meaning, and one entry per kind of file, in the order in which a directory is loaded."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    meaning: str
    files: tuple[FileMapping, ...] = Field(min_length=1)

    def hash_of(self, file: FileMapping) -> str:
        """What of the mapping takes part in a batch's identity: the language's number and everything said about this file."""
        text = json.dumps([LANGUAGE, _said(file.model_dump(mode="json"))], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def get_file(self, path: Path) -> FileMapping:
        """The entry for a file; MappingError when none or the choice is open."""
        found = [file for file in self.files if file.covers(path.name)]
        if found:
            return found[0]
        if len(self.files) == 1:
            return self.files[0]
        patterns = ", ".join(pattern for file in self.files for pattern in file.match)
        raise MappingError(f"the mapping {self.name} has no entry for this file name", hint=f"it covers {patterns}", at=Place(path.name))


def _is_unfolded(rows: object) -> bool:
    """Are these the rows of a statement already (a copy of a mapping that was read)?"""
    return "@payer" in repr(rows)


def _said(document: object) -> object:
    """The document without the added words that say nothing."""
    if isinstance(document, dict):
        return {name: _said(value) for name, value in document.items() if value is not None or name not in ADDED}
    return [_said(value) for value in document] if isinstance(document, list) else document


#: Field of a mapping → must it be there, per table. Surrogate fields (see REALMS) stand for their key, id, scheme and clear value.
FIELDS: dict[str, dict[str, bool]] = {
    "party": {"number": True, "kind": False, "country": False, "kyc_level": False, "status": False, "since": False, "name": False, "birth_date": False, "sex": False},
    "account": {
        "number": True, "kind": False, "institution_id": False, "country": False, "currency": False, "opened": False, "status": False,
        "product": False, "mcc": False, "balance": False,
    },
    "holding": {"party": True, "account": True, "role": True, "since": False, "until": False},
    "relation": {"subject": True, "object": True, "kind": True, "since": False, "until": False, "share": False},
    "institution": {"institution_id": True, "name": False, "kind": False, "bic": False, "country": False},
    "transfer": {
        "ts": True, "src": True, "dst": True, "amount": False, "currency": True, "channel": True, "status": False, "purpose_code": False,
        "src_country": False, "dst_country": False, "src_outlet": False, "dst_outlet": False, "src_party": False, "dst_party": False,
        "uetr": False, "reference": False, "group": False, "purpose": False,
    },
    "identifier": {"kind": True, "value": True, "party": False, "account": False, "status": False, "first_seen": False, "last_seen": False},
    "tag": {"subject": True, "concept": True, "label": False, "giver": False, "confidence": False, "asserted": False, "text": False},
}  # fmt: skip

#: Surrogate fields and the realm they stand for; `relation` and `tag` say theirs in the cell (`realm:`).
REALMS = {
    "number": "", "src": "account", "dst": "account", "party": "party", "account": "account", "src_party": "party", "dst_party": "party",
    "subject": "", "object": "",
}  # fmt: skip


@lru_cache(maxsize=64)
def parse_mapping(file: str, text: str) -> Mapping:
    """A mapping from YAML text, read once (a supply names the same one for every file). MappingError with file, line and field."""
    document = read_yaml(file, text, what="a mapping", error=MappingError).document
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()[:4])
        raise MappingError(problems, hint="docs/mappings.md; `bakau mappings show amlsim` prints an example", at=Place(file)) from error


def load_mapping(name: str, *, beside: Path | None = None) -> Mapping:
    """A shipped mapping by name, or one from a YAML file (relative to `beside` when given)."""
    if name.endswith((".yaml", ".yml")):
        path = beside / name if beside else Path(name)
        try:
            return parse_mapping(path.name, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError("the mapping cannot be read", at=Place(str(path))) from error
    if name not in shipped():
        raise MappingError(f"no mapping {name!r}", hint=f"shipped: {', '.join(shipped())}; or give a YAML file")
    return parse_mapping(f"{name}.yaml", shipped_text(name))


def shipped() -> list[str]:
    """Names of the shipped mappings."""
    entries = (files("bakau_ingest") / "mappings").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))


@cache
def mapping_of_reader(name: str) -> Mapping | None:
    """The shipped mapping that goes with a reader's fixed columns: it has the reader's name and says so. None when there is none."""
    if name not in shipped():
        return None
    mapping = load_mapping(name)
    return mapping if all(file.reader == name for file in mapping.files) else None


def shipped_text(name: str) -> str:
    """The YAML of a shipped mapping."""
    return (files("bakau_ingest") / "mappings" / f"{name}.yaml").read_text(encoding="utf-8")


def check_fields() -> None:
    """Every table a mapping may fill is declared (kept as a function for the tests)."""
    for table in FIELDS:
        get_table(table)
