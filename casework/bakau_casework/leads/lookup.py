"""Traces looked up in one snapshot: accounts, identifiers and their users, references and the ends of their transfers, bearers of names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.names import NameKeys
from bakau_casework.leads.register import Match
from bakau_casework.leads.seek import Holdings, hash_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bakau_casework.leads.seek import Trace
    from bakau_casework.reading import Reading
    from bakau_graph.archive.name_index import NameIndex

#: Accounts and people shown for one lead at most; a default of ours.
MOST_MATCHES = 50
#: People of one name at most: beyond that the name tells nobody apart. A default of ours.
MOST_BEARERS = 20

_SCHEMES = "SELECT DISTINCT scheme FROM account WHERE scheme IS NOT NULL ORDER BY scheme"
_KINDS = "SELECT DISTINCT kind FROM raw_identifier"
_TEXTS = """
SELECT EXISTS (SELECT 1 FROM transfer WHERE reference_key IS NOT NULL) AS has_references, EXISTS (SELECT 1 FROM transfer WHERE uetr IS NOT NULL) AS has_uetrs
"""
#: Every user of an identifier, in every batch: its current view knows the latest one only.
_IDENTIFIERS = """
SELECT DISTINCT t.line, t.kind, i.account_key, i.party_key FROM raw_identifier i
JOIN trace t ON t.key = i.identifier_key AND t.place = 'identifier.' || i.kind ORDER BY ALL
"""
_REFERENCES = """
SELECT DISTINCT t.line, t.kind, x.src_key, x.dst_key, x.src_party_key, x.dst_party_key FROM transfer x
JOIN trace t ON t.key = x.reference_key AND t.place = 'reference' ORDER BY ALL
"""
_UETRS = "SELECT DISTINCT uetr FROM transfer WHERE uetr IS NOT NULL ORDER BY uetr"
_UETR_ENDS = """
SELECT DISTINCT t.line, t.kind, x.src_key, x.dst_key, x.src_party_key, x.dst_party_key FROM transfer x JOIN trace t ON t.uetr = x.uetr ORDER BY ALL
"""
_HELD = "SELECT DISTINCT h.party_key, h.account_key FROM holding h SEMI JOIN asked USING (party_key) ORDER BY ALL"


@dataclass(frozen=True, slots=True)
class Found:
    """What the traces of some leads found: open matches, lines that point at somebody protected, lines with more bearers of a name than tell."""

    matches: tuple[Match, ...]
    protected_lines: frozenset[int]
    crowded_lines: frozenset[int] = frozenset()
    left_out: int = 0


def read_holdings(reading: Reading) -> Holdings:
    """What can be looked for in this snapshot; found once."""
    return reading.keep(("lead holdings",), lambda: _read_holdings(reading))


def _read_holdings(reading: Reading) -> Holdings:
    (texts,) = reading.query(_TEXTS).to_pylist()
    return Holdings(
        schemes=tuple(reading.query(_SCHEMES)["scheme"].to_pylist()),
        identifier_kinds=frozenset(reading.query(_KINDS)["kind"].to_pylist()),
        sources=tuple(source.source_id for source in reading.snapshot.sources()),
        **texts,
    )


def look_up(reading: Reading, traces: Sequence[Trace], names: NameIndex | None) -> Found:
    """Everything the traces point at; nobody protected among the matches. Without `names` those of names find nothing."""
    bearers, crowded = _bearers(traces, names)
    found = [*_accounts(reading, traces), *_identifiers(reading, traces), *_transfers(reading, traces), *bearers]
    return sort_out(reading, _with_held(reading, found), crowded)


def sort_out(reading: Reading, found: Iterable[Match], crowded: frozenset[int] = frozenset()) -> Found:
    """Matches that may be shown, each once and at most MOST_MATCHES a lead; the lines of those that point at somebody protected."""
    every = list(dict.fromkeys(found))
    is_known = reading.directory.contains(np.array([match.account_key or 0 for match in every], np.int64)).tolist()
    known = [match for match, stands in zip(every, is_known, strict=True) if match.account_key is None or stands]
    accounts = reading.protection.is_protected(np.array([m.account_key or 0 for m in known], np.int64))
    parties = np.isin(np.array([m.party_key or 0 for m in known], np.int64), reading.protection.protected_parties)
    hidden = (accounts | parties).tolist()
    kept: dict[int, list[Match]] = defaultdict(list)
    for match, hide in zip(known, hidden, strict=True):
        if not hide:
            kept[match.line].append(match)
    shown = [match for line in sorted(kept) for match in sorted(kept[line], key=lambda m: not m.is_exact)[:MOST_MATCHES]]
    lines = frozenset(match.line for match, hide in zip(known, hidden, strict=True) if hide)
    return Found(tuple(shown), lines, crowded, sum(map(len, kept.values())) - len(shown))


# --- place by place --------------------------------------------------------------------------------------------------------------


def _accounts(reading: Reading, traces: Sequence[Trace]) -> Iterator[Match]:
    asked = [trace for trace in traces if trace.place == "account"]
    is_known = reading.directory.contains(np.array([trace.key for trace in asked], np.int64))
    for trace, known in zip(asked, is_known.tolist(), strict=True):
        if known:
            yield Match(trace.line, trace.kind, "number of the account", is_exact=True, account_key=trace.key, party_key=None)


def _identifiers(reading: Reading, traces: Sequence[Trace]) -> Iterator[Match]:
    asked = [trace for trace in traces if trace.place.startswith("identifier.")]
    if not asked:
        return
    for row in reading.query(_IDENTIFIERS, trace=_table(asked)).to_pylist():
        if row["account_key"] is not None:
            yield Match(
                row["line"], row["kind"], f"{row['kind']} of the account", is_exact=True, account_key=row["account_key"], party_key=None
            )
        if row["party_key"] is not None:
            yield Match(row["line"], row["kind"], f"{row['kind']} of a holder", is_exact=True, account_key=None, party_key=row["party_key"])


def _transfers(reading: Reading, traces: Sequence[Trace]) -> Iterator[Match]:
    references = [trace for trace in traces if trace.place == "reference"]
    rows = reading.query(_REFERENCES, trace=_table(references)).to_pylist() if references else []
    uetrs = [trace for trace in traces if trace.place == "uetr"]
    rows += reading.query(_UETR_ENDS, trace=_uetr_table(reading, uetrs)).to_pylist() if uetrs else []
    for row in rows:
        for side, what in (("src", "payer"), ("dst", "payee")):
            how = f"{what} of the transfer"
            yield Match(row["line"], row["kind"], how, is_exact=True, account_key=row[f"{side}_key"], party_key=None)
            if row[f"{side}_party_key"] is not None:
                yield Match(row["line"], row["kind"], how, is_exact=True, account_key=None, party_key=row[f"{side}_party_key"])


def _uetr_table(reading: Reading, traces: Sequence[Trace]) -> pa.Table:
    known = reading.keep(("lead uetrs",), lambda: reading.query(_UETRS)["uetr"].combine_chunks().cast(pa.string()))
    by_key = dict(zip(hash_texts(reading.surrogate_key, known).tolist(), known.to_pylist(), strict=True))
    rows = [{"line": t.line, "kind": t.kind, "uetr": by_key[t.key]} for t in traces if t.key in by_key]
    return pa.Table.from_pylist(rows, pa.schema({"line": pa.int64(), "kind": pa.string(), "uetr": pa.string()}))


def _bearers(traces: Sequence[Trace], names: NameIndex | None) -> tuple[list[Match], frozenset[int]]:
    """People who bear a name, as long as they are few enough; the lines of names that too many bear."""
    asked: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    kinds = {}
    for trace in traces:
        place, _, part = trace.place.partition(".")
        if place == "name":
            asked[trace.line][part].append(trace.key)
            kinds[trace.line] = trace.kind
    found: list[Match] = []
    crowded: set[int] = set()
    for line, parts in asked.items() if names is not None else ():
        sound = parts["sound"][0] if parts["sound"] else None
        keys = NameKeys(tuple(parts["word"]), parts["whole"][0], sound, tuple(parts["joined"]))
        left = MOST_BEARERS
        for how, parties in names.find(keys).items() if names is not None else ():
            if len(parties) > left:
                crowded.add(line)
                break
            left -= len(parties)
            found += [Match(line, kinds[line], f"name: {how}", is_exact=False, account_key=None, party_key=key) for key in parties.tolist()]
    return found, frozenset(crowded - {match.line for match in found})


def _with_held(reading: Reading, found: Sequence[Match]) -> Iterator[Match]:
    """Matches of people with the accounts they hold beside them; one who holds none stands alone."""
    parties = sorted({match.party_key for match in found if match.party_key is not None})
    held: dict[int, list[int]] = defaultdict(list)
    if parties:
        for row in reading.query(_HELD, asked=pa.table({"party_key": pa.array(parties, pa.int64())})).to_pylist():
            held[row["party_key"]].append(row["account_key"])
    for match in found:
        accounts = [] if match.party_key is None else held[match.party_key]
        if not accounts:
            yield match
        yield from (Match(match.line, match.kind, match.how, match.is_exact, key, match.party_key) for key in accounts)


def _table(traces: Sequence[Trace]) -> pa.Table:
    names = {"line": pa.int64(), "kind": pa.string(), "place": pa.string(), "key": pa.int64()}
    return pa.Table.from_pylist([{name: getattr(trace, name) for name in names} for trace in traces], pa.schema(names))
