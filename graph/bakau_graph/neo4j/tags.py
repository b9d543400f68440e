"""Tags in step with protection: taken away before a fact is touched when their subject is protected, brought back when it no longer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_graph.neo4j import delta_queries as sql
from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.chunks import tag_writes
from bakau_graph.neo4j.schema import DATABASE
from bakau_graph.neo4j.session import plain_errors

if TYPE_CHECKING:
    from neo4j import ManagedTransaction

    from bakau.protection import ProtectionSet
    from bakau_graph.neo4j.delta import Delta
    from bakau_graph.neo4j.session import Session

#: Subjects or tags per transaction.
_ROWS = 10_000

MISSING = f"SELECT t.*, true AS stands FROM ({sql.ALL_TAGS}) t ANTI JOIN held_tag h USING (id) ORDER BY id"


def withdraw_tags(session: Session, protection: ProtectionSet) -> None:
    """Take away every tag on a subject that is protected now."""
    if not session.read(write.COUNT_TAGS)[0]["n"]:
        return
    keys = protection.protected_keys
    for begin in range(0, len(keys), _ROWS):
        session.write(write.WITHDRAW_TAGS, {"keys": keys[begin : begin + _ROWS].tolist()})


def bring_tags(session: Session, delta: Delta) -> None:
    """Write the tags that no batch brought: those of subjects whose protection ended with a batch that went."""
    expected = delta.connection.execute(f"SELECT count(*) FROM ({sql.ALL_TAGS})").fetchall()[0][0]
    if session.read(write.COUNT_TAGS)[0]["n"] == expected:
        return
    held = [row["id"] for row in session.read(write.TAG_IDS)]
    delta.connection.register("held_tag", pa.table({"id": pa.array(held, pa.string())}))
    missing = delta.connection.sql(MISSING).to_arrow_table()
    delta.connection.unregister("held_tag")
    with plain_errors(), session.driver.session(database=DATABASE) as opened:
        for begin in range(0, len(missing), _ROWS):
            opened.execute_write(_write, missing.slice(begin, _ROWS))


def _write(transaction: ManagedTransaction, rows: pa.Table) -> None:
    for each in tag_writes(rows):
        each.run(transaction)
