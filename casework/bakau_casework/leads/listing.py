"""Lead lists as files: CSV of kind and value, with who gave it, on which terms and until when, in a YAML head or said beside it.

Hostile until proved otherwise: a list is a small plain file; whatever is wrong is said with file, line and column, never with a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import pyarrow as pa
import yaml

from bakau.errors import FileError, InputError, Place
from bakau.plain_yaml import read_yaml
from bakau_ingest.checks import LONGEST_CODE, Fault, check_country, check_text
from bakau_ingest.content import refuse_content
from bakau_ingest.reader import FALLBACK, Form, get_reader
from bakau_ingest.streams import first_bytes, stamp_of, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bakau_ingest.reader import Chunk

#: Leads in one list at most.
MOST_LEADS = 500
#: Bytes of a list at most; a default of ours.
LARGEST_FILE = 1_000_000
COLUMNS = ("kind", "value", "institution", "country", "note")
HEAD = ("giver", "terms", "expires", "watch")
_NEEDED = ("kind", "value")
_HINT = "docs/cli.md, section Leads, shows a list"
_FENCE = "---"
#: Signs that a value may begin with although a spreadsheet would run them: phones, handles.
_MAY_BEGIN = "+@"
_MOST_PROBLEMS = 5


class LeadKind(StrEnum):
    """What a lead is; a closed list."""

    PHONE = "phone"
    ACCOUNT = "account"
    IBAN = "iban"
    WALLET = "wallet"
    CRYPTO_ADDRESS = "crypto_address"
    HANDLE = "handle"
    EMAIL = "email"
    NAME = "name"
    REFERENCE = "reference"
    UETR = "uetr"


@dataclass(frozen=True, slots=True, repr=False)
class Lead:
    """One lead: its physical line in the file, its kind, its value in clear, and hints. It has no representation that shows the value."""

    line: int
    kind: LeadKind
    value: str
    institution: str = ""
    country: str = ""
    note: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who gave the leads, on which terms, their last day (inclusive), and whether the terms allow a standing watch."""

    giver: str
    terms: str
    expires_on: date
    may_watch: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller says beside the file; None where it says nothing."""

    giver: str | None = None
    terms: str | None = None
    expires: str | None = None
    may_watch: bool = False


@dataclass(frozen=True, slots=True)
class LeadList:
    """A list as read: never empty, never more than MOST_LEADS, not expired."""

    provenance: Provenance
    leads: tuple[Lead, ...]


@dataclass(slots=True)
class _Head:
    """What stands in the YAML head, the line of each entry, and how many lines the head takes."""

    entries: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    length: int = 0


def read_lead_list(path: Path, said: Said, *, today: date | None = None) -> LeadList:
    """The list in a file. FileError or InputError with file, line and column for whatever is wrong with it."""
    if not path.is_file():  # what was typed is perhaps a lead and is not said back
        raise FileError("there is no such file", hint="leads stand in a file; bakau find looks up a single one")
    if stamp_of(path).size > LARGEST_FILE:
        raise FileError(f"is larger than a list of {MOST_LEADS} leads can be", hint=f"at most {LARGEST_FILE:,} bytes", at=Place(str(path)))
    refuse_content(path)
    if unpack(first_bytes(path)) is not None:
        raise FileError("is packed", hint="unpack it: a list of leads is a plain CSV file", at=Place(str(path)))
    head = _read_head(path)
    provenance = _provenance(path, head, said, today or datetime.now(UTC).date())
    leads = _read_rows(path, head.length)
    _refuse_leads_in_words(path, provenance, leads)
    return LeadList(provenance, leads)


# --- who gave it -----------------------------------------------------------------------------------------------------------------


def _read_head(path: Path) -> _Head:
    raw = path.read_bytes()
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if lines[0].rstrip() != _FENCE:
        return _Head()
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise FileError("the head begins and does not end", hint=f"a line {_FENCE} ends it", at=Place(str(path), 1))
    page = read_yaml(str(path), "\n".join(["", *lines[1:end]]), what="the head of a list", error=FileError, hint=_HINT)
    if not isinstance(page.document, dict) or not isinstance(page.tree, yaml.MappingNode):
        raise FileError("the head is no list of entries", hint=_HINT, at=Place(str(path), 1))
    places = {str(key.value): key.start_mark.line + 1 for key, _ in page.tree.value}
    unknown = [line for name, line in places.items() if name not in HEAD]
    if unknown:
        raise FileError("an entry of the head is not known", hint=f"{', '.join(HEAD)}", at=Place(str(path), min(unknown)))
    return _Head(page.document, places, end + 1)


def _provenance(path: Path, head: _Head, said: Said, today: date) -> Provenance:
    for name, spoken in (("giver", said.giver), ("terms", said.terms), ("expires", said.expires)):
        if spoken is not None and name in head.entries:
            raise InputError(f"{name} is said twice: in the file and beside it", hint="say it once", at=_at(path, head, name))
    giver = _words(path, head, "giver", said.giver)
    terms = _words(path, head, "terms", said.terms)
    expires_on = _day(path, head, said.expires)
    if expires_on < today:
        raise InputError("the list has expired: nothing was looked up", hint="ask its giver for a newer one", at=_at(path, head, "expires"))
    may_watch = head.entries.get("watch", False)
    if not isinstance(may_watch, bool):
        raise InputError("not yes or no", hint="watch: true when the terms allow a standing watch", at=_at(path, head, "watch"))
    return Provenance(giver, terms, expires_on, may_watch or said.may_watch)


def _words(path: Path, head: _Head, name: str, spoken: str | None) -> str:
    found = spoken if spoken is not None else head.entries.get(name)
    if not isinstance(found, str) or not found.strip():
        raise InputError(f"a list needs its {name}", hint=f"--{name} TEXT, or {name}: in its head", at=_at(path, head, name))
    bare = " ".join(found.split())
    fault = Fault(int(check_text(pa.array([bare]), longest=LONGEST_CODE)[0]))
    if fault:
        raise InputError(fault.reason, hint=f"the {name} in a few plain words, no names of people", at=_at(path, head, name))
    return bare


def _day(path: Path, head: _Head, spoken: str | None) -> date:
    found = spoken if spoken is not None else head.entries.get("expires")
    if found is None or found == "":
        raise InputError("a list needs its last day", hint="--expires 2027-01-31, or expires: in its head", at=_at(path, head, "expires"))
    if type(found) is date:
        return found
    return parse_day(str(found), at=_at(path, head, "expires"))


def parse_day(text: str, *, at: Place | None = None) -> date:
    """A day written as 2027-01-31; InputError otherwise."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError("not a day", hint="as in 2027-01-31", at=at) from None


def _at(path: Path, head: _Head, name: str) -> Place:
    return Place(str(path), head.lines.get(name, 1), name)


# --- the rows --------------------------------------------------------------------------------------------------------------------


def _read_rows(path: Path, lines_before: int) -> tuple[Lead, ...]:
    opened = get_reader(FALLBACK).open(path, Form(header_line=lines_before + 1))
    at = Place(str(path), lines_before + 1)
    missing = [name for name in _NEEDED if name not in opened.header]
    if missing or set(opened.header) - set(COLUMNS):
        words = f"lacks the column {missing[0]}" if missing else "has a column that is not known"
        raise FileError(words, hint=f"columns: {', '.join(COLUMNS)}; kind and value are needed", at=at)
    leads: list[Lead] = []
    problems: list[tuple[int, str, str]] = []
    for chunk in opened.read_chunks(set(opened.header), set()):
        problems += [(one.line, one.column, one.reason) for one in chunk.broken]
        if len(leads) + chunk.received > MOST_LEADS:
            line = chunk.lines[MOST_LEADS - len(leads)] if len(chunk.lines) > MOST_LEADS - len(leads) else None
            raise InputError(f"has more than {MOST_LEADS} leads", hint="give them in parts", at=Place(str(path), line and int(line)))
        leads += _leads_of(chunk, problems)
    _refuse(path, problems)
    if not leads:
        raise FileError("holds a header and no leads", at=at)
    return tuple(leads)


def _leads_of(chunk: Chunk, problems: list[tuple[int, str, str]]) -> Iterator[Lead]:
    texts = {name: chunk.columns[name].values if name in chunk.columns else None for name in COLUMNS}
    faults = {name: check_text(column, may_begin=_MAY_BEGIN) for name, column in texts.items() if column is not None}
    if texts["country"] is not None:
        faults["country"] = check_country(texts["country"])
    columns = {name: [""] * len(chunk.lines) if column is None else column.to_pylist() for name, column in texts.items()}
    for row, line in enumerate(chunk.lines.tolist()):
        found = {name: columns[name][row] for name in COLUMNS}
        wrong = {name: Fault(int(fault[row])) for name, fault in faults.items() if fault[row]}
        if found["kind"] not in tuple(LeadKind):
            problems.append((line, "kind", f"no kind of lead; one of {', '.join(LeadKind)}"))
        elif not found["value"]:
            problems.append((line, "value", "a lead needs a value"))
        elif set(wrong) - {"value"} or Fault.EMBEDDED_CONTENT in wrong.values():
            name = next(iter(sorted(wrong, key=lambda one: one == "value")))
            problems.append((line, name, wrong[name].reason))
        else:
            problem = wrong["value"].reason if wrong else ""
            yield Lead(line, LeadKind(found.pop("kind")), **found, problem=problem)


def _refuse(path: Path, problems: Sequence[tuple[int, str, str]]) -> None:
    """InputError for the first problem, in order of the file, with as many others as fit a few lines."""
    if not problems:
        return
    (line, column, reason), *others = sorted(problems)
    more = [f"line {place}, column {name}: {why}" if name else f"line {place}: {why}" for place, name, why in others[: _MOST_PROBLEMS - 1]]
    rest = [f"and {len(others) - len(more)} more"] if len(others) > len(more) else []
    raise InputError("; ".join([reason, *more, *rest]), hint=_HINT, at=Place(str(path), line, column or None))


def _refuse_leads_in_words(path: Path, provenance: Provenance, leads: Sequence[Lead]) -> None:
    """Giver and terms are kept in clear, so no lead may stand in them."""
    words = f"{provenance.giver} {provenance.terms}".casefold()
    for lead in leads:
        if len(lead.value) >= 4 and lead.value.casefold() in words:
            raise InputError(
                "giver or terms hold a lead: they are kept in clear", hint="say them without", at=Place(str(path), lead.line, "value")
            )
