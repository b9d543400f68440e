"""From chunks of text columns to canonical rows: pure, by the column. Good rows and quarantine come out side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import InputError
from bakau.ids import Realm
from bakau.model import get_table
from bakau.money import load_currencies
from bakau.times import get_zone, protected_until
from bakau_ingest import checks
from bakau_ingest.amounts import parse_amount_column, parse_decimals, to_plain
from bakau_ingest.checks import Fault
from bakau_ingest.mapping import REALMS
from bakau_ingest.moments import parse_dates, parse_moment_column, parse_moments, parse_steps
from bakau_ingest.own_account import unfold
from bakau_ingest.quarantine import Quarantine
from bakau_ingest.schemes import look_up_schemed
from bakau_ingest.texts import Texts
from bakau_ingest.tokens import find_tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.mapping import Cell, FileMapping, Rows
    from bakau_ingest.reader import Chunk
    from bakau_ingest.surrogates import Found, SurrogateBook, SurrogateColumns

    Faults = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of one canonical table; `records` when they stand for the source records themselves; `spec` is what they were made by."""

    table: str
    rows: pa.Table
    records: bool
    spec: Rows | None = None


@dataclass(slots=True)
class Converted:
    """What one chunk became; `chunk` is what the rows were made of."""

    chunk: Chunk
    made: list[Made] = field(default_factory=list)
    rejects: pa.Table | None = None
    received: int = 0
    rejected: int = 0
    rounded: int = 0


@dataclass(slots=True)
class _Work:
    """The columns of one table under way: arrays per canonical column, and the rows of the chunk they apply to."""

    spec: Rows
    columns: dict[str, pa.Array]
    active: npt.NDArray[np.bool_]
    rounded: npt.NDArray[np.bool_]


_COUNTRIES = ("country", "src_country", "dst_country")
_TIMES = {
    "since": "since_us",
    "until": "until_us",
    "opened": "opened_us",
    "first_seen": "first_seen_us",
    "last_seen": "last_seen_us",
    "asserted": "asserted_us",
}
_LONGEST = {"name": checks.LONGEST_TEXT, "purpose": checks.LONGEST_TEXT, "text": checks.LONGEST_NARRATIVE}


class Converter:
    """Turns the chunks of one file into canonical rows by its mapping. Holds nothing but the surrogates seen so far."""

    def __init__(self, file: FileMapping, book: SurrogateBook, *, now_us: int) -> None:
        self._file, self._book, self._now_us = file, book, now_us
        self._primary = file.rows[0].table
        #: Records of several kinds: what a faulty one was meant for is the table of the rows at fault.
        self._mixed = file.rows[0].when is not None

    def convert(self, chunk: Chunk) -> Converted:
        """Good rows per table and quarantined records; received = good records + rejected."""
        quarantine = Quarantine(self._primary, chunk)
        if self._file.statement is not None:
            unfolded = unfold(chunk, self._file.statement)
            chunk = unfolded.chunk
            for column, fault, texts in unfolded.faults:
                quarantine.add(column, fault, texts)
        works = [self._convert_rows(spec, chunk, quarantine) for spec in self._file.rows]
        standing = _find_standing(works, chunk, quarantine)
        good = ~quarantine.bad
        result = Converted(chunk, rejects=quarantine.to_table(), received=chunk.received, rejected=quarantine.rejected)
        for place, (work, stands) in enumerate(zip(works, standing, strict=True)):
            kept = good & work.active
            result.rounded += int((work.rounded & kept).sum())
            if not place or stands.any():
                result.made.append(Made(work.spec.table, self._table(work, chunk.lines, kept & stands), records=True, spec=work.spec))
            if place:
                result.made.append(Made(work.spec.table, self._table(work, chunk.lines, kept & ~stands), records=False, spec=work.spec))
        result.made = [*self._stubs(chunk, works, good), *result.made]
        return result

    def _shown(self, column: str) -> str:
        """The column a person finds in the file: what stands for one of `Statement` is none of it."""
        statement = self._file.statement
        if statement is None or not column.startswith("@"):
            return column
        cell = (statement.amount or statement.debit) if column == "@amount" else (statement.other or statement.other_name or statement.own)
        return cell.column or "own" if cell is not None else column

    # --- one table --------------------------------------------------------------------------------------------------------

    def _convert_rows(self, spec: Rows, chunk: Chunk, quarantine: Quarantine) -> _Work:
        count = len(chunk.lines)
        active = np.ones(count, bool)
        if spec.when:
            texts = chunk.columns[spec.when]
            active = ~texts.spread(texts.missing)
        work = _Work(spec, {}, active, np.zeros(count, bool))
        for name, cell in spec.fields.items():
            texts = chunk.columns[cell.column] if cell.column else Texts.constant(cell.value or "", count)
            fault = self._convert_field(work, name, cell, texts, chunk)
            if _is_required(spec.table, name) and (missing := texts.missing).any():
                fault = np.where(texts.spread(missing), np.uint8(Fault.MISSING_VALUE), fault)
            if fault.any():
                table = spec.table if self._mixed else None
                quarantine.add(self._shown(cell.column or name), np.where(active, fault, 0).astype(np.uint8), texts, table)
        if spec.table == "transfer":
            _finish_transfer(work, count)
        elif spec.table == "party":
            work.columns.setdefault("stub", pa.repeat(pa.scalar(False), count))  # noqa: FBT003 - Arrow's own signature
        return work

    def _convert_field(self, work: _Work, name: str, cell: Cell, texts: Texts, chunk: Chunk) -> Faults:
        """Fill the canonical columns of a field; returns one fault per row."""
        if cell.scheme_column is not None:
            return self._convert_schemed(work, name, cell, texts, chunk.columns[cell.scheme_column])
        if name in REALMS or name == "value":
            return self._convert_surrogate(work, name, cell, texts)
        if name == "ts":
            return self._convert_instant(work, cell, texts, chunk)
        if name in _TIMES:
            return self._convert_time(work, _TIMES[name], cell, texts)
        if name in ("amount", "balance"):
            return self._convert_amount(work, name, cell, texts, chunk)
        if name == "birth_date":
            return self._convert_birth(work, cell, texts)
        if name == "share":
            found = parse_decimals(to_plain(texts.values, cell.decimal, cell.thousands), 6)
            work.columns["share_ppm"] = _spread(texts, pa.array(found.minor, mask=texts.missing))
            return texts.spread(found.fault).astype(np.uint8)
        return self._convert_code(work, name, cell, texts)

    def _convert_code(self, work: _Work, name: str, cell: Cell, texts: Texts) -> Faults:
        values, fault = texts.values, checks.no_faults(len(texts.values))
        if cell.map is not None:
            spot = pc.index_in(values, value_set=pa.array(list(cell.map), pa.string()))
            mapped = pa.array(list(cell.map.values()), pa.string()).take(spot)
            unknown = np.asarray(pc.is_null(spot)) & ~texts.missing
            fault[unknown & (cell.default is None)] = Fault.UNKNOWN_CODE
            values = pc.fill_null(mapped, cell.default or "")
        elif cell.default is not None:
            values = pc.if_else(pa.array(texts.missing), cell.default, values)
        if name == "currency":
            fault = np.maximum(fault, checks.check_currency(values))
        elif name in _COUNTRIES:
            fault = np.maximum(fault, checks.check_country(values))
        else:
            fault = np.maximum(fault, checks.check_text(values, longest=_LONGEST.get(name, checks.LONGEST_CODE)))
            allowed = _allowed(work.spec.table, name)
            if allowed is not None:
                known = np.asarray(pc.is_in(values, value_set=pa.array([*allowed, ""])))
                fault = np.maximum(fault, np.where(known, 0, Fault.UNKNOWN_CODE)).astype(np.uint8)
        if name == "purpose":
            tokens = find_tokens(values)
            work.columns["tokens"] = tokens if texts.codes is None else tokens.take(pa.array(texts.codes))
        column = Texts(values, texts.codes)
        work.columns["group_text" if name == "group" else name] = column.to_array()
        return texts.spread(fault).astype(np.uint8)

    def _convert_surrogate(self, work: _Work, name: str, cell: Cell, texts: Texts) -> Faults:
        realm = _realm_of(work.spec, name, cell)
        found = self._book.look_up(realm, cell.scheme or "local", texts)
        self._fill_surrogate(work, name, realm, found, texts)
        return texts.spread(found.fault).astype(np.uint8)

    def _convert_schemed(self, work: _Work, name: str, cell: Cell, texts: Texts, schemes: Texts) -> Faults:
        """Like `_convert_surrogate`, with a scheme per row."""
        realm = _realm_of(work.spec, name, cell)
        found, full = look_up_schemed(self._book, realm, schemes, texts)
        self._fill_surrogate(work, name, realm, found, Texts(found.ids))
        if "scheme" in work.columns:
            work.columns["scheme"] = full
        return found.fault

    def _fill_surrogate(self, work: _Work, name: str, realm: Realm, found: Found | SurrogateColumns, texts: Texts) -> None:
        keys = _spread(texts, found.keys)
        table = work.spec.table
        if name == "number":
            work.columns |= {f"{table}_key": keys, f"{table}_id": _spread(texts, found.ids), "number": _spread(texts, found.clear)}
            if table == "account":
                work.columns |= {"scheme": pa.repeat(pa.scalar(found.scheme), len(keys)), "stub": pa.repeat(pa.scalar(False), len(keys))}  # noqa: FBT003
        elif name == "value":
            work.columns |= {"identifier_key": keys, "value": _spread(texts, found.clear)}
        else:
            work.columns[f"{name}_key"] = keys
            if table in ("relation", "tag"):
                work.columns[f"{name}_realm"] = pa.repeat(pa.scalar(realm.value), len(keys))

    def _convert_instant(self, work: _Work, cell: Cell, texts: Texts, chunk: Chunk) -> Faults:
        if cell.zone_column is not None:
            return self._convert_zoned(work, cell, texts, chunk.columns[cell.zone_column])
        moments = (
            parse_steps(texts.values, cell.epoch, now_us=self._now_us)
            if cell.epoch
            else parse_moment_column(texts, cell.formats, cell.zone, now_us=self._now_us)
        )
        known = moments.local_hour >= 0
        hours = pa.array(moments.local_hour, mask=~known) if cell.local_hour and known.any() else pa.nulls(len(known), pa.int8())
        work.columns |= {
            "ts_us": _spread(texts, pa.array(moments.ts_us)),
            "time_known": _spread(texts, pa.array(moments.time_known)),
            "local_hour": _spread(texts, hours),
        }
        return texts.spread(moments.fault).astype(np.uint8)

    def _convert_zoned(self, work: _Work, cell: Cell, texts: Texts, zones: Texts) -> Faults:
        """A zone per row: parsed zone by zone (there are few)."""
        count = len(texts)
        rows = texts.values if texts.codes is None else texts.values.take(pa.array(texts.codes))
        names = zones.to_array()
        coded = names.dictionary_encode() if not pa.types.is_dictionary(names.type) else names
        which = np.asarray(pc.fill_null(coded.indices, -1))
        ts_us, known, hour, fault = (
            np.zeros(count, np.int64),
            np.zeros(count, bool),
            np.full(count, -1, np.int8),
            np.full(count, np.uint8(Fault.UNKNOWN_ZONE)),
        )
        for place, zone in [(-1, cell.zone), *enumerate(coded.dictionary.to_pylist())]:
            spots = np.flatnonzero(which == place)
            if len(spots) and _is_zone(zone):
                moments = parse_moments(rows.take(pa.array(spots)), cell.formats, zone, now_us=self._now_us)
                ts_us[spots], known[spots], hour[spots], fault[spots] = moments.ts_us, moments.time_known, moments.local_hour, moments.fault
        hours = pa.array(hour, mask=(hour < 0) | (not cell.local_hour))
        work.columns |= {"ts_us": pa.array(ts_us), "time_known": pa.array(known), "local_hour": hours}
        return fault

    def _convert_time(self, work: _Work, target: str, cell: Cell, texts: Texts) -> Faults:
        moments = parse_moment_column(texts, cell.formats, cell.zone, now_us=self._now_us)
        fault = np.where(texts.missing, np.uint8(0), moments.fault)
        work.columns[target] = _spread(texts, pa.array(moments.ts_us, mask=texts.missing))
        return texts.spread(fault).astype(np.uint8)

    def _convert_birth(self, work: _Work, cell: Cell, texts: Texts) -> Faults:
        days, fault = parse_dates(texts.values, cell.formats, now_us=self._now_us)
        coded = days.dictionary_encode()
        until = pa.array([protected_until(day) for day in coded.dictionary.to_pylist()], pa.date32()).take(coded.indices)
        work.columns |= {"birth_date": _spread(texts, days), "protected_until": _spread(texts, until)}
        return texts.spread(np.where(texts.missing, np.uint8(0), fault)).astype(np.uint8)

    def _convert_amount(self, work: _Work, name: str, cell: Cell, texts: Texts, chunk: Chunk) -> Faults:
        count = len(chunk.lines)
        codes, units = self._currencies(work.spec, chunk)
        minor, fault, rounded = np.zeros(count, np.int64), np.zeros(count, np.uint8), np.zeros(count, bool)
        exact: pa.Array | None = None
        most = max((max(places) for places in units.values()), default=0)  # a currency may be listed that no row of the block has
        for code, places in units.items():
            among = np.zeros(max(int(codes.max(initial=0)), most) + 2, bool)  # the last one stands for no currency
            among[places] = True
            mask = among[codes]
            if not mask.any():
                continue
            found = parse_amount_column(texts, code, decimal=cell.decimal, thousands=cell.thousands, absolute=cell.negative == "absolute")
            for target, values in ((minor, found.minor), (fault, found.fault), (rounded, found.rounded)):
                np.copyto(target, texts.spread(values), where=mask)
            if found.exact is not None:
                others = pa.nulls(count, found.exact.type) if exact is None else exact
                exact = pc.if_else(pa.array(mask), _spread(texts, found.exact), others)
        empty = texts.spread(texts.missing)
        fault[empty] = 0
        work.rounded |= rounded & ~empty
        work.columns["amount_minor" if name == "amount" else "balance_minor"] = pa.array(minor, mask=empty if empty.any() else None)
        if name == "amount" and exact is not None:
            work.columns["amount_exact"] = exact
        return fault

    def _currencies(self, spec: Rows, chunk: Chunk) -> tuple[npt.NDArray[np.int32], dict[str, list[int]]]:
        """Which currency each row has (a number, -1 for none), and those numbers by a currency that stands for all read like it."""
        count = len(chunk.lines)
        cell = spec.fields.get("currency")
        if cell is None or cell.column is None:
            names: list[str | None] = [cell.value if cell and cell.value else "XXX"]
            codes = np.zeros(count, np.int32)
        else:
            work = _Work(spec, {}, np.ones(count, bool), np.zeros(count, bool))
            self._convert_code(work, "currency", cell, chunk.columns[cell.column])
            column = work.columns["currency"]
            coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            names, codes = coded.dictionary.to_pylist(), np.asarray(pc.fill_null(coded.indices, -1))
        alike: dict[tuple[int, int | None], list[int]] = {}
        known = load_currencies()
        for place, name in enumerate(names):
            if name in known:
                unit = known[name]
                alike.setdefault((unit.stored_exponent, unit.exponent if unit.has_exact else None), []).append(place)
        return codes, {str(names[places[0]]): places for places in alike.values()}

    # --- rows out ---------------------------------------------------------------------------------------------------------

    def _table(self, work: _Work, lines: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_]) -> pa.Table:
        columns = {**work.columns, "record": pa.array(lines)}
        group = columns.pop("group_text", None)
        if group is not None:
            columns["group_key"] = self._book.hash_text(group)
        if work.spec.table == "tag":
            columns["tag_id"] = self._book.name_tags(columns)
        rows = pa.table(columns)
        return rows if kept.all() else rows.filter(pa.array(kept))

    def _stubs(self, chunk: Chunk, works: list[_Work], good: npt.NDArray[np.bool_]) -> list[Made]:
        """Placeholder rows for accounts that a good record of this file mentions for the first time."""
        used: list[pa.Array] | None = None
        if not good.all():
            names = ("src_key", "dst_key", "account_key", "subject_key", "object_key")
            used = [work.columns[name].filter(pa.array(good & work.active)) for work in works for name in names if name in work.columns]
        rows = self._book.take_new_accounts(int(chunk.lines[0]) if len(chunk.lines) else 1, used)
        return [Made("account", rows, records=False)] if len(rows) else []


def _find_standing(works: list[_Work], chunk: Chunk, quarantine: Quarantine) -> list[npt.NDArray[np.bool_]]:
    """Which rows of each table stand for their record: the first that applies. A record to which none applies is set aside."""
    rest = np.ones(len(chunk.lines), bool)
    standing = []
    for work in works:
        standing.append(work.active & rest)
        rest = rest & ~work.active
    first = works[0].spec.when
    if first is not None and rest.any():
        quarantine.add(first, np.where(rest, np.uint8(Fault.NOTHING_TO_LOAD), np.uint8(0)), chunk.columns[first])
    return standing


def _finish_transfer(work: _Work, count: int) -> None:
    work.columns.setdefault("status", pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array(["settled"])))


def _realm_of(spec: Rows, name: str, cell: Cell) -> Realm:
    """What the numbers of a field stand for: as the cell says, else by the field, else by the table."""
    return Realm(cell.realm or REALMS.get(name) or {"value": "identifier"}.get(name) or spec.table)


def _is_required(table: str, name: str) -> bool:
    declared = {"ts": "ts_us", "src": "src_key", "dst": "dst_key", "number": f"{table}_key", "value": "identifier_key"}.get(
        name, f"{name}_key" if name in REALMS else name
    )
    known = {column.name: column.required for column in get_table(table).columns}
    return known.get(declared, False)


def _allowed(table: str, name: str) -> list[str] | None:
    columns = {column.name: column for column in get_table(table).columns}
    closed = columns[name].values if name in columns else None
    return None if closed is None else [value.value for value in closed]


def _spread(texts: Texts, per_value: pa.Array) -> pa.Array:
    """From one entry per value to one per row; text stays dictionary-encoded."""
    if texts.codes is None:
        return per_value
    if pa.types.is_string(per_value.type):
        return pa.DictionaryArray.from_arrays(pa.array(texts.codes), per_value)
    return per_value.take(pa.array(texts.codes))


def _is_zone(name: str) -> bool:
    try:
        get_zone(name)
    except InputError:
        return False
    return True
