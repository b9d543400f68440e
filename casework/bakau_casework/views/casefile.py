"""Cases and the audit log, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bakau.times import format_us
from bakau_casework.view import Declaration, Draft, Shown, count, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakau_casework.cases import Case
    from bakau_casework.reading import Reading

_MARKING = text("", "").marking

_COLUMNS = (
    text("case_id", "the case"),
    text("title", "its title, as its opener wrote it"),
    text("authority", "the authority it is worked for"),
    text("legal_basis", "the law or order it rests on"),
    Shown("purposes", pa.list_(pa.string()), "purposes it may be used for", _MARKING),
    text("status", "open or closed"),
    text("opened", "when, ISO 8601 in UTC"),
    text("opened_by", "who opened it"),
    Shown("members", pa.list_(pa.string()), "who may use it", _MARKING),
    count("version", "goes up with every change"),
)

CASES = Declaration("cases", "Every case, oldest first.", "cases", _COLUMNS)
CASE = Declaration("case", "One case.", "file", _COLUMNS, single=True)

AUDIT = Declaration(
    "audit",
    "Entries of the audit log, oldest first: who looked at what, why, when.",
    "entries",
    (
        count("sequence", "number of the entry, from 1"),
        text("time", "when, ISO 8601 in UTC"),
        text("person", "who asked"),
        text("login", "the user of the machine behind the process"),
        text("purpose", "why"),
        text("case", "in which case; null without one"),
        text("action", "what was asked"),
        text("outcome", "shown, refused or failed"),
        text("snapshot", "facts it stood on; null without any"),
        Shown(
            "objects",
            pa.list_(pa.string()),
            "surrogates asked for or shown (at most 1,000); protected for accounts protected by now",
            _MARKING,
            holds_ids=True,
        ),
        Shown(
            "counts",
            pa.list_(pa.struct([("name", pa.string()), ("count", pa.int64())])),
            "how much was shown: objects, rows, clear values",
            _MARKING,
        ),
        text("query", "keyed hash of what was typed; null when nothing was"),
    ),
)


def list_cases(cases: Sequence[Case]) -> Draft:
    """The draft of CASES."""
    return Draft(pa.Table.from_pylist([_row(case) for case in cases], CASES.arrow_schema))


def show_case(case: Case) -> Draft:
    """The draft of CASE."""
    return Draft(pa.Table.from_pylist([_row(case)], CASE.arrow_schema), asked=(case.case_id,))


def _row(case: Case) -> dict[str, object]:
    return {
        "case_id": case.case_id,
        "title": case.title,
        "authority": case.authority,
        "legal_basis": case.legal_basis,
        "purposes": [str(purpose) for purpose in case.purposes],
        "status": str(case.status),
        "opened": format_us(case.opened_us),
        "opened_by": case.opened_by,
        "members": list(case.members),
        "version": case.row_version,
    }


def list_audit(reading: Reading, bodies: Sequence[Mapping[str, object]]) -> Draft:
    """The draft of AUDIT from bodies of the log; surrogates of accounts protected by now read ``protected``."""
    rows = []
    hidden = set(reading.protected_ids.to_pylist())
    for body in bodies:
        counts, moment = cast("dict[str, int]", body["counts"]), cast("int", body["time_us"])
        objects = cast("list[str]", body["objects"])
        listed = [{"name": name, "count": number} for name, number in sorted(counts.items())]
        plain = {column.name: body[column.name] for column in AUDIT.columns if column.name not in ("time", "counts", "objects")}
        named = ["protected" if one in hidden else one for one in objects]
        rows.append({**plain, "time": format_us(moment), "counts": listed, "objects": named})
    return Draft(pa.Table.from_pylist(rows, AUDIT.arrow_schema))
