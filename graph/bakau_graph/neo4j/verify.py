"""Hold the database against the archive: per table, and for transfers per batch, counts, sums and a checksum; then the first difference.

Every row is read from the server and hashed here, as the archive's row is: a checksum the database made about itself proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_graph.neo4j import delta_queries as sql
from bakau_graph.neo4j import state
from bakau_graph.neo4j.delta import Delta
from bakau_graph.neo4j.marks import marks_of_run
from bakau_graph.neo4j.schema import ACCOUNTS, DATABASE, IDENTIFIERS, INSTITUTIONS, KIND_LABELS, PARTIES, TAGS, TRANSFERS
from bakau_graph.neo4j.session import plain_errors
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from bakau.progress import Progress
    from bakau_graph.archive.snapshot import Snapshot
    from bakau_graph.neo4j.schema import Entity
    from bakau_graph.neo4j.session import Session

_FETCH = 20_000
_TYPES = {"long": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Compared:
    """One table on both sides: what it is called, its rows here and there, and whether they are the same."""

    name: str
    expected: int
    found: int
    is_equal: bool
    batches: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: every table, and one sentence per problem."""

    label: str
    tables: tuple[Compared, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """How a table is read on both sides: columns with types, SQL over the snapshot, Cypher; the first column is its id."""

    name: str
    columns: tuple[tuple[str, pa.DataType], ...]
    sql: str
    cypher: str

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(name, kind) for name, kind in self.columns])


def _columns(entity: Entity, *more: tuple[str, str]) -> tuple[tuple[str, pa.DataType], ...]:
    own = sorted(((each.name, _TYPES[each.type]) for each in entity.properties), key=lambda pair: pair[0] != "id")
    return (*own, *((name, _TYPES[kind]) for name, kind in more))


def _nodes(entity: Entity, rows: str) -> _Table:
    columns = _columns(entity)
    read = ", ".join(f"x.{name}" for name, _ in columns)
    return _Table(entity.name.lower(), columns, rows, f"MATCH (x:{entity.name}) RETURN {read}")


def _kind_label() -> str:
    cases = " ".join(f"WHEN '{kind}' THEN '{label}'" for kind, label in KIND_LABELS.items())
    return f"CASE kind {cases} END"


_ACCOUNT = _columns(ACCOUNTS, ("kind_label", "string"), ("is_hub", "boolean"), ("at_id", "string"), ("at_count", "long"))
_TRANSFER = _columns(TRANSFERS, ("from_key", "long"), ("to_key", "long"))
_SUMS = (("n", "long"), ("sum_minor", "long"), ("max_minor", "long"), ("null_amounts", "long"), ("first_us", "long"), ("last_us", "long"))
_PAID = tuple((n, _TYPES[k]) for n, k in (("id", "string"), ("src_key", "long"), ("dst_key", "long"), ("currency", "string"), *_SUMS))
_HOLD = (("id", "string"), ("party_key", "long"), ("account_key", "long"), ("role", "string"), ("since_us", "long"), ("until_us", "long"))
_USED = (
    ("id", "string"),
    ("identifier", "string"),
    ("user_key", "long"),
    ("first_seen_us", "long"),
    ("last_seen_us", "long"),
    ("uses", "long"),
)


def _tables(hub_degree: int) -> tuple[_Table, ...]:
    typed = {name: tuple((n, _TYPES[k]) for n, k in columns) for name, columns in (("hold", _HOLD), ("used", _USED))}
    return (
        _Table(
            "account",
            _ACCOUNT,
            f"SELECT *, {_kind_label()} AS kind_label, degree >= {hub_degree} AS is_hub, institution_id AS at_id, "
            f"CAST(institution_id IS NOT NULL AS BIGINT) AS at_count FROM ({sql.ALL_ACCOUNTS})",
            f"MATCH (x:Account) RETURN {', '.join(f'x.{name}' for name, _ in _ACCOUNT[: len(ACCOUNTS.names)])}, "
            f"[l IN labels(x) WHERE l IN $kinds][0], x:Hub, head([(x)-[:AT]->(i) | i.id]), COUNT {{ (x)-[:AT]->() }}",
        ),
        _Table(
            "transfer",
            _TRANSFER,
            f"SELECT *, src_key AS from_key, dst_key AS to_key FROM ({sql.ALL_TRANSFERS})",
            f"MATCH (x:Transfer) RETURN {', '.join(f'x.{name}' for name, _ in _TRANSFER[: len(TRANSFERS.names)])}, "
            "head([(a)-[:FROM]->(x) | a.key]), head([(x)-[:TO]->(b) | b.key])",
        ),
        _Table(
            "paid",
            _PAID,
            sql.ALL_PAID,
            f"MATCH (a)-[x:PAID]->(b) RETURN x.id, a.key, b.key, x.currency, {', '.join(f'x.{name}' for name, _ in _SUMS)}",
        ),
        _nodes(PARTIES, sql.ALL_PARTIES),
        _nodes(INSTITUTIONS, sql.ALL_INSTITUTIONS),
        _nodes(IDENTIFIERS, sql.ALL_IDENTIFIERS),
        _nodes(TAGS, sql.ALL_TAGS),
        _Table(
            "holds",
            typed["hold"],
            sql.ALL_HOLDINGS,
            "MATCH (p:Party)-[x:HOLDS]->(a:Account) RETURN x.id, p.key, a.key, x.role, x.since_us, x.until_us",
        ),
        _Table(
            "used", typed["used"], sql.ALL_USED, "MATCH (s)-[x:USED]->(i) RETURN x.id, i.id, s.key, x.first_seen_us, x.last_seen_us, x.uses"
        ),
        _Table("on", (("id", pa.string()), ("subject_key", pa.int64())), sql.ALL_ON, "MATCH (x:Tag)-[:ON]->(s) RETURN x.id, s.key"),
    )


def verify(session: Session, snapshot: Snapshot, progress: Progress, *, hub_degree: int | None = None) -> Verification:
    """Compare the database with a snapshot; NetworkError when the server cannot be used."""
    standing = state.read_standing(session)
    if standing is None:
        return Verification(snapshot.label, (), ("the database is empty: bakau network sync",))
    problems = []
    if not standing.is_ready or standing.digest != snapshot.digest:
        what = "is being brought in or was interrupted" if not standing.is_ready else "differs"
        problems.append(
            f"the database stands on {standing.label or 'nothing'}, which {what}; the archive on {snapshot.label}: bakau network sync"
        )
    held, wanted = state.read_batches(session), {batch.batch_id for batch in snapshot.batches()}
    problems += [f"batch {name} is in the archive and not in the database" for name in sorted(wanted - held.keys())[:1]]
    problems += [f"batch {name} is in the database and not in the archive" for name in sorted(held.keys() - wanted)[:1]]
    degree = hub_degree or standing.hub_degree or Bounds().hub_degree
    delta = Delta(snapshot, hub_degree=degree)
    tables = []
    try:
        delta.pack_all()
        for table in _tables(degree):
            progress.say(f"Comparing {table.name}")
            compared, problem = _compare(delta.connection, session, table)
            tables.append(compared)
            problems += problem
    finally:
        delta.close()
    return Verification(snapshot.label, tuple(tables), (*problems, *_check_marks(session, snapshot)))


def _read(session: Session, table: _Table) -> pa.Table:
    """Every row of a table as the server has it."""
    parts: list[pa.RecordBatch] = []
    waiting: list[Sequence[object]] = []

    def turn() -> None:
        columns = list(zip(*waiting, strict=True))
        arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, table.columns, strict=True)]
        parts.append(pa.RecordBatch.from_arrays(arrays, schema=table.schema))
        waiting.clear()

    with plain_errors(), session.driver.session(database=DATABASE, fetch_size=_FETCH, default_access_mode="READ") as opened:
        for record in opened.run(table.cypher, kinds=list(KIND_LABELS.values())):
            waiting.append(record.values())
            if len(waiting) == _FETCH:
                turn()
        if waiting:
            turn()
    return pa.Table.from_batches(parts, table.schema)


def _compare(connection: duckdb.DuckDBPyConnection, session: Session, table: _Table) -> tuple[Compared, list[str]]:
    """Counts, sums and checksums; and where they differ, the first row that does, by its id."""
    names = ", ".join(name for name, _ in table.columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE expected AS SELECT {names} FROM ({table.sql})")
    found = _read(session, table)
    connection.register("found", found)
    try:
        sums = ", ".join(f"sum({name})" for name, kind in table.columns if kind == pa.int64())
        group = "batch" if table.name == "transfer" else "1"
        text = (
            f"SELECT {group} AS part, count(*) AS n, {sums or '0'}, sum(CAST(hash(x) AS HUGEINT)) FROM {{}} x GROUP BY part ORDER BY part"
        )
        here, there = (
            connection.execute(text.format(side)).fetchall() for side in ("(SELECT * FROM expected)", f"(SELECT {names} FROM found)")
        )
        expected = sum(row[1] for row in here)
        equal = here == there
        problems = [] if equal else _first_difference(connection, table.name, names)
        return Compared(table.name, expected, len(found), equal, len(here) if table.name == "transfer" else 0), problems
    finally:
        connection.unregister("found")


def _first_difference(connection: duckdb.DuckDBPyConnection, name: str, names: str) -> list[str]:
    """One sentence: how many rows differ, and the first by id."""
    here, there = f"SELECT {names} FROM expected", f"SELECT {names} FROM found"
    rows = connection.execute(
        f"SELECT min(id), count(*) FROM (SELECT id FROM ({here} EXCEPT ALL {there}) UNION SELECT id FROM ({there} EXCEPT ALL {here}))"
    ).fetchall()
    first, count = rows[0]
    sides = (connection.execute(f"SELECT count(*) FROM {side} WHERE id = $id", {"id": first}).fetchall() for side in ("expected", "found"))
    here_n, there_n = (int(side[0][0]) for side in sides)
    what = (
        "not in the database"
        if not there_n
        else "not in the archive"
        if not here_n
        else "twice"
        if there_n > here_n
        else "of other content"
    )
    return [f"{name}: {count:,} rows differ; the first, {first}, is {what}"]


def _check_marks(session: Session, snapshot: Snapshot) -> list[str]:
    """No protected account carries a mark; the marks of the newest run are those the archive holds."""
    protected = snapshot.protection.protected_accounts.tolist()
    row = session.read(
        "MATCH (x:Account) WHERE x.key IN $keys AND (x:Marked OR any(name IN keys(x) WHERE name STARTS WITH 'mark_')) RETURN count(x) AS n",
        {"keys": protected},
    )
    problems = [f"marks: {row[0]['n']} protected accounts carry one"] if row[0]["n"] else []
    found, standing = marks_of_run(snapshot), state.read_standing(session)
    if found is None or standing is None or standing.marks_run_id != found[0]:
        return problems
    marked = session.read(
        "MATCH (x:Marked) RETURN x.key AS key, x.mark_score AS score, x.mark_community AS community, x.mark_finding AS finding, x.mark_findings AS findings"
    )
    known = set(snapshot.table("account", ["account_key"])["account_key"].to_pylist())
    wanted = {tuple(mark.values()) for mark in found[1].to_pylist() if mark["account_key"] in known}
    here = {tuple(record.values()) for record in marked}
    if wanted != here:
        problems.append(f"marks: {len(wanted ^ here):,} differ from run {found[0]}")
    return problems
