"""The current view of a snapshot as files for Neo4j's bulk import: one per label and type of relationship, written by DuckDB.

Every text is quoted, so that commas, quotes, blanks and empty texts come back as they were; what is missing is left empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_graph.neo4j import delta_queries as sql
from bakau_graph.neo4j import state
from bakau_graph.neo4j.schema import (
    ACCOUNTS,
    BATCHES,
    CHUNKS,
    HOLDS,
    IDENTIFIERS,
    INSTITUTIONS,
    KIND_LABELS,
    PAID,
    PARTIES,
    TAGS,
    TRANSFERS,
    USED,
    Label,
    Link,
)

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from bakau_graph.neo4j.delta import Delta
    from bakau_graph.neo4j.schema import Entity

#: The import takes ids of 56 bits, so nodes are numbered for it; the numbers are not stored.
_NUMBERED = (
    ("account", sql.ALL_ACCOUNTS, "id"),
    ("party", sql.ALL_PARTIES, "id"),
    ("institution", sql.ALL_INSTITUTIONS, "id"),
    ("identifier", sql.ALL_IDENTIFIERS, "id"),
    ("tag", sql.ALL_TAGS, "id"),
)
_TRANSFER_TABLE = f"""
CREATE OR REPLACE TEMP TABLE numbered_transfer AS
SELECT t.*, row_number() OVER () AS number, a.number AS payer, b.number AS payee FROM ({sql.ALL_TRANSFERS}) t
JOIN numbered_account a ON t.src_key = a.key JOIN numbered_account b ON t.dst_key = b.key
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of an export as arguments of the import, and whether a text in them runs over lines."""

    arguments: tuple[str, ...]
    multiline: bool


class _Exporter:
    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self.arguments: list[str] = []

    def nodes(self, entity: Entity, rows: str, identity: str, labels: str) -> None:
        """`identity` and `labels`: SQL for the number of a node and its labels with ; between."""
        columns = ", ".join(entity.names)
        header = [f":ID({entity.name})", *self._header(entity), ":LABEL"]
        path = self._write(entity.name, f"SELECT {identity}, {columns}, {labels} FROM ({rows})", header, entity)
        self.arguments.append(f"--nodes={path}")

    def links(self, name: str, ends: tuple[str, str], rows: str, entity: Entity | None = None) -> None:
        """`rows`: start, properties in order, end."""
        header = [f":START_ID({ends[0]})", *(self._header(entity) if entity else ()), f":END_ID({ends[1]})"]
        path = self._write("_".join((name, *ends)), rows, header, entity)
        self.arguments.append(f"--relationships={name}={path}")

    @staticmethod
    def _header(entity: Entity) -> list[str]:
        return [f"{each.name}:{each.type}" for each in entity.properties]

    def _write(self, name: str, rows: str, header: list[str], entity: Entity | None) -> str:
        data, head = self._folder / f"{name}.csv", self._folder / f"{name}.header.csv"
        head.write_text(",".join(header) + "\n", encoding="ascii")
        texts = [each.name for each in entity.properties if each.type == "string"] if entity else []
        quoted = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
        target = str(data).replace("'", "''")
        self._connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT csv, HEADER false, NULLSTR ''{quoted})")
        return f"{head},{data}"


def export(delta: Delta, batches: pa.Table, bakau: dict[str, str | int], folder: Path, hub_degree: int) -> Exported:
    """Write the files. `batches`: id, seq, transfers, rows; `bakau`: what the one node says from the start."""
    connection = delta.connection
    out = _Exporter(connection, folder)
    delta.pack_all()
    for name, rows, order in _NUMBERED:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE numbered_{name} AS SELECT *, row_number() OVER (ORDER BY {order}) AS number FROM ({rows})"
        )
    connection.execute(_TRANSFER_TABLE)
    kinds = " ".join(f"WHEN '{kind}' THEN ';{label}'" for kind, label in KIND_LABELS.items())
    labels = f"'Account' || CASE kind {kinds} ELSE '' END || CASE WHEN degree >= {hub_degree} THEN ';Hub' ELSE '' END"
    out.nodes(ACCOUNTS, "SELECT * FROM numbered_account", "number", labels)
    out.nodes(TRANSFERS, "SELECT * FROM numbered_transfer", "number", "'Transfer'")
    for entity, name in ((PARTIES, "party"), (INSTITUTIONS, "institution"), (IDENTIFIERS, "identifier"), (TAGS, "tag")):
        out.nodes(entity, f"SELECT * FROM numbered_{name}", "number", f"'{entity.name}'")
    _export_links(out)
    _export_state(connection, out, batches, bakau)
    tables = [
        ("account", ACCOUNTS),
        ("transfer", TRANSFERS),
        ("party", PARTIES),
        ("institution", INSTITUTIONS),
        ("identifier", IDENTIFIERS),
    ]
    tables.append(("tag", TAGS))
    return Exported(tuple(out.arguments), any(_runs_over_lines(connection, f"numbered_{name}", entity) for name, entity in tables))


def _runs_over_lines(connection: duckdb.DuckDBPyConnection, table: str, entity: Entity) -> bool:
    """Does a code hold the end of a line? The import must know; ids are ours and hold none, but those made of codes."""
    texts = [
        each.name for each in entity.properties if each.type == "string" and (each.name != "id" or entity not in {ACCOUNTS, TRANSFERS})
    ]
    distinct = " UNION ALL ".join(f"SELECT DISTINCT {text} AS t FROM {table}" for text in texts)
    rows = connection.execute(f"SELECT EXISTS (SELECT 1 FROM ({distinct}) WHERE contains(t, chr(10)) OR contains(t, chr(13)))").fetchall()
    return bool(rows[0][0])


def _export_links(out: _Exporter) -> None:
    out.links(Link.FROM, (Label.ACCOUNT, Label.TRANSFER), "SELECT payer, number FROM numbered_transfer")
    out.links(Link.TO, (Label.TRANSFER, Label.ACCOUNT), "SELECT number, payee FROM numbered_transfer")
    paid = (
        f"SELECT a.number, {_named('p', PAID)}, b.number FROM ({sql.ALL_PAID}) p "
        "JOIN numbered_account a ON p.src_key = a.key JOIN numbered_account b ON p.dst_key = b.key"
    )
    out.links(Link.PAID, (Label.ACCOUNT, Label.ACCOUNT), paid, PAID)
    at = "SELECT a.number, i.number FROM numbered_account a JOIN numbered_institution i ON a.institution_id = i.id"
    out.links(Link.AT, (Label.ACCOUNT, Label.INSTITUTION), at)
    holds = (
        f"SELECT p.number, {_named('h', HOLDS)}, a.number FROM ({sql.ALL_HOLDINGS}) h "
        "JOIN numbered_party p ON h.party_key = p.key JOIN numbered_account a ON h.account_key = a.key"
    )
    out.links(Link.HOLDS, (Label.PARTY, Label.ACCOUNT), holds, HOLDS)
    for label, realm in ((Label.PARTY, "party"), (Label.ACCOUNT, "account")):
        used = (
            f"SELECT s.number, {_named('u', USED)}, i.number FROM ({sql.ALL_USED}) u JOIN numbered_identifier i ON u.identifier = i.id "
            f"JOIN numbered_{realm} s ON u.user_key = s.key WHERE ends_with(u.id, ':{realm}')"
        )
        out.links(Link.USED, (label, Label.IDENTIFIER), used, USED)
        on = f"SELECT t.number, s.number FROM numbered_tag t JOIN numbered_{realm} s ON t.subject_key = s.key WHERE t.subject_realm = '{realm}'"
        out.links(Link.ON, (Label.TAG, label), on)


def _named(relation: str, entity: Entity) -> str:
    return ", ".join(f"{relation}.{name}" for name in entity.names)


def _export_state(connection: duckdb.DuckDBPyConnection, out: _Exporter, batches: pa.Table, bakau: dict[str, str | int]) -> None:
    connection.register("held_batch", batches)
    numbered = "SELECT *, 1 AS chunks, row_number() OVER (ORDER BY seq) AS number FROM held_batch"
    out.nodes(BATCHES, f"SELECT *, '{state.BATCH_LOADED}' AS state FROM ({numbered})", "number", "'Batch'")
    chunks = f"SELECT id || '|bulk' AS id, 'bulk' AS step, 0 AS n, rows, '' AS checksum, number FROM ({numbered})"
    out.nodes(CHUNKS, chunks, "number", "'Chunk'")
    out.links(Link.HAS, (Label.BATCH, Label.CHUNK), f"SELECT number, number FROM ({numbered})")
    connection.register("bakau", pa.table({name: [value] for name, value in bakau.items()}))
    path = out._write(  # noqa: SLF001 - same module
        Label.BAKAU,
        f"SELECT 1, {', '.join(bakau)}, 'Bakau' FROM bakau",
        [":ID(Bakau)", *(f"{name}:{'long' if isinstance(value, int) else 'string'}" for name, value in bakau.items()), ":LABEL"],
        None,
    )
    out.arguments.append(f"--nodes={path}")
