"""From rows of the current view to the statements of one chunk: what stands is written in full, what does not is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.schema import FIGURES, HOLDS, IDENTIFIERS, INSTITUTIONS, PAID, PARTIES, TAGS, TRANSFERS, USED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from neo4j import ManagedTransaction

    Map = dict[str, object]
    Row = list[Any]

_ENDS = ("src_key", "dst_key")


class Write(Protocol):
    """Something done inside the transaction of a chunk."""

    def run(self, transaction: ManagedTransaction) -> None:
        """Do it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement over rows, ids or keys; without any it is not sent."""

    text: str
    name: str
    values: Sequence[object]

    def run(self, transaction: ManagedTransaction) -> None:
        """See Write."""
        if self.values:
            transaction.run(self.text, {self.name: self.values}).consume()


@dataclass(frozen=True, slots=True)
class CreateTransfers:
    """Set the pairs that may stand already, then create transfers, the pairs that turned out not to stand and those known to be new."""

    transfers: Sequence[Row]
    pairs: Sequence[Row]
    perhaps: Sequence[Row]

    def run(self, transaction: ManagedTransaction) -> None:
        """See Write. What has an end that is not there yet waits: the batch that corrects it, and brings that account, writes it again."""
        found = {record["id"] for record in transaction.run(write.UPDATE_PAID, rows=self.perhaps)} if self.perhaps else set()
        transfers, pairs = self.transfers, [*self.pairs, *(row for row in self.perhaps if row[0] not in found)]
        ends = sorted({key for row in (*transfers, *pairs) for key in row[-2:]})
        if ends and not _create(transaction, ends, transfers, pairs):
            held = {record["key"] for record in transaction.run(write.HELD_ACCOUNTS, keys=ends)}
            transfers, pairs = ([row for row in rows if held.issuperset(row[-2:])] for rows in (transfers, pairs))
            _create(transaction, sorted(held), transfers, pairs)


def _create(transaction: ManagedTransaction, ends: list[int], transfers: Sequence[Row], pairs: Sequence[Row]) -> bool:
    """Create transfers and pairs among these accounts, the two keys at the end of a row given as places; false, and nothing done, when one is
    not there.
    """
    place = {key: at for at, key in enumerate(ends)}
    rows = [[[*row[:-2], place[row[-2]], place[row[-1]]] for row in some] for some in (transfers, pairs)]
    return transaction.run(write.CREATE_TRANSFERS, ends=ends, transfers=rows[0], pairs=rows[1]).single() is not None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some ids of one step of a batch, with everything to be written for them."""

    step: str
    number: int
    rows: int
    checksum: str
    writes: tuple[Write, ...]


def _lists(rows: pa.Table, names: Sequence[str]) -> list[Row]:
    return list(map(list, zip(*(rows[name].to_pylist() for name in names), strict=True)))


def _maps(rows: pa.Table, names: Sequence[str]) -> list[Map]:
    return [dict(zip(names, values, strict=True)) for values in _lists(rows, names)]


def _parts(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows that stand, and rows that do not; without a column that says so, all stand."""
    import pyarrow.compute as pc

    if "stands" not in rows.column_names:
        return rows, rows.slice(0, 0)
    return rows.filter(rows["stands"]), rows.filter(pc.invert(rows["stands"]))


def _column(rows: pa.Table, name: str) -> list[object]:
    values: list[object] = rows[name].to_pylist()
    return values


def account_writes(rows: pa.Table, names: Sequence[str], hub_degree: int) -> list[Write]:
    """Accounts with their label per kind, the hubs among them, and the institution each is at."""
    import pyarrow.compute as pc

    every, gone = _parts(rows)
    same, standing = every.filter(every["is_same"]), every.filter(pc.invert(every["is_same"]))
    writes: list[Write] = [Statement(write.DELETE_ACCOUNTS, "keys", _column(gone, "key"))]
    writes.append(Statement(write.UPDATE_FIGURES, "rows", _lists(same, ("key", *FIGURES))))
    kinds = pc.fill_null(standing["kind"], "")
    for kind in sorted(pc.unique(kinds).to_pylist()):
        for texts, known in ((write.WRITE_ACCOUNTS, True), (write.CREATE_ACCOUNTS, False)):
            chosen = standing.filter(pc.and_(pc.equal(kinds, kind), pc.equal(standing["is_known"], known)))
            writes.append(Statement(texts.get(kind, texts[""]), "rows", _maps(chosen, names)))
    writes.append(Statement(write.SET_HUBS, "keys", _column(every.filter(pc.greater_equal(every["degree"], hub_degree)), "key")))
    places = _maps(standing.filter(standing["may_move"]), ("key", "institution_id", "is_known"))
    writes.extend(
        (
            Statement(write.LEAVE_INSTITUTIONS, "rows", [row for row in places if row["is_known"]]),
            Statement(write.JOIN_INSTITUTIONS, "rows", [row for row in places if row["institution_id"] is not None]),
        )
    )
    return writes


def transfer_writes(rows: pa.Table, pairs: pa.Table) -> list[Write]:
    """Transfers anew (one that stood is replaced), then the sums of every pair they touch."""
    import pyarrow.compute as pc

    standing, _ = _parts(rows)
    held = rows.filter(pc.or_(rows["is_known"], pc.invert(rows["stands"])))
    paid, unpaid = _parts(pairs)
    return [
        Statement(write.DELETE_TRANSFERS, "ids", _column(held, "id")),
        Statement(write.DELETE_PAID, "ids", _column(unpaid, "id")),
        CreateTransfers(
            _lists(standing, (*TRANSFERS.names, *_ENDS)),
            _lists(paid.filter(paid["is_new"]), (*PAID.names, *_ENDS)),
            _lists(paid.filter(pc.invert(paid["is_new"])), (*PAID.names, *_ENDS)),
        ),
    ]


def institution_writes(rows: pa.Table) -> list[Write]:
    """Institutions."""
    standing, gone = _parts(rows)
    return [
        Statement(write.DELETE_INSTITUTIONS, "ids", _column(gone, "id")),
        Statement(write.WRITE_INSTITUTIONS, "rows", _maps(standing, INSTITUTIONS.names)),
    ]


def party_writes(rows: pa.Table) -> list[Write]:
    """Parties."""
    standing, gone = _parts(rows)
    return [
        Statement(write.DELETE_PARTIES, "keys", _column(gone, "key")),
        Statement(write.WRITE_PARTIES, "rows", _maps(standing, PARTIES.names)),
    ]


def holding_writes(rows: pa.Table) -> list[Write]:
    """Who holds which account."""
    standing, gone = _parts(rows)
    names = (*HOLDS.names, "party_key", "account_key")
    return [
        Statement(write.DELETE_HOLDINGS, "ids", _column(gone, "id")),
        Statement(write.WRITE_HOLDINGS, "rows", _maps(standing, names)),
    ]


def identifier_writes(rows: pa.Table) -> list[Write]:
    """Identifiers, and what uses each: nothing, a party, an account or both."""
    standing, gone = _parts(rows)
    links = _maps(standing, [name for name in USED.names if name != "id"])
    ids, nodes = _column(standing, "id"), _maps(standing, IDENTIFIERS.names)
    users = list(zip(ids, _column(standing, "party_key"), _column(standing, "account_key"), links, strict=True))
    return [
        Statement(write.DELETE_IDENTIFIERS, "ids", _column(gone, "id")),
        Statement(write.WRITE_IDENTIFIERS, "rows", nodes),
        Statement(write.UNLINK_IDENTIFIERS, "ids", ids),
        Statement(
            write.USE_BY_PARTIES,
            "rows",
            [{"id": one, "party_key": party, "link": link} for one, party, _, link in users if party is not None],
        ),
        Statement(
            write.USE_BY_ACCOUNTS,
            "rows",
            [{"id": one, "account_key": account, "link": link} for one, _, account, link in users if account is not None],
        ),
    ]


def tag_writes(rows: pa.Table) -> list[Write]:
    """Tags, and the account or party each is on."""
    standing, gone = _parts(rows)
    tags = _maps(standing, TAGS.names)
    return [
        Statement(write.DELETE_TAGS, "ids", _column(gone, "id")),
        Statement(write.WRITE_TAGS, "rows", tags),
        Statement(write.UNLINK_TAGS, "ids", _column(standing, "id")),
        Statement(write.TAG_ACCOUNTS, "rows", [tag for tag in tags if tag["subject_realm"] == "account"]),
        Statement(write.TAG_PARTIES, "rows", [tag for tag in tags if tag["subject_realm"] == "party"]),
    ]
