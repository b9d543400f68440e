"""Emptying a database that is not ours to throw away: over Bolt, a thousand nodes at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_graph.neo4j.schema import DATABASE
from bakau_graph.neo4j.session import plain_errors

if TYPE_CHECKING:
    from bakau_graph.neo4j.session import Session

#: What the database says of itself goes first and whose it is goes last; the relationships of a hub go in many transactions.
EMPTY = (
    "MATCH (x:Bakau) SET x.state = 'building', x.digest = '', x.marks_run_id = null",
    "MATCH (n:Chunk) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH (n:Batch) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH (n:Transfer) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH (n) WHERE NOT n:Bakau CALL (n) { DELETE n } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH (x:Bakau) DELETE x",
)


def empty(session: Session) -> None:
    """Take everything out of the database; constraints and indexes stay."""
    with plain_errors(), session.driver.session(database=DATABASE) as opened:
        for text in EMPTY:
            opened.run(text).consume()
