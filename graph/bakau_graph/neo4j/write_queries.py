"""Every statement that changes the database: named constants, or text derived from the schema. Values are always parameters.

Statements are written in the Cypher that versions 5 and 25 share. Rows are maps whose keys are property names; a null takes the
property away. Nothing is ever incremented: what is written is what the archive says, so a repeat is harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_graph.neo4j.schema import FIGURES, HOLDS, KIND_LABELS, PAID, TRANSFERS, constraint_statements, index_statements

if TYPE_CHECKING:
    from bakau_graph.neo4j.schema import Entity


def _set(variable: str, entity: Entity, *, without: tuple[str, ...] = ()) -> str:
    return ", ".join(f"{variable}.{name} = row.{name}" for name in entity.names if name not in without)


def _listed(entity: Entity) -> str:
    return "{" + ", ".join(f"{name}: row[{place}]" for place, name in enumerate(entity.names)) + "}"


AWAIT_INDEXES = "CALL db.awaitIndexes(3600)"

# --- whose database it is, and what it holds ------------------------------------------------------------------------------

SET_BAKAU = "MERGE (x:Bakau {id: 1}) SET x += $row"
#: Every batch that comes is named before the first is written: rows are written as the whole snapshot has them, so should a batch be
#: withdrawn before its turn, its going must be seen.
ANNOUNCE_BATCHES = "UNWIND $rows AS row MERGE (b:Batch {id: row.id}) ON CREATE SET b.state = 'waiting' SET b += row"
BEGIN_BATCH = "MATCH (b:Batch {id: $id}) SET b.state = 'loading'"
FINISH_BATCH = "MATCH (b:Batch {id: $id}) SET b.state = 'loaded', b.chunks = COUNT { (b)-[:HAS]->() }"
MARK_CHUNK = "MATCH (b:Batch {id: $batch}) CREATE (b)-[:HAS]->(c:Chunk) SET c = $row"
#: The markers of its coming go: its going leaves its own.
BEGIN_REMOVAL = """
MATCH (b:Batch {id: $id}) SET b.state = 'removing'
WITH b MATCH (b)-[:HAS]->(c:Chunk) DETACH DELETE c
"""
FORGET_BATCH = "MATCH (b:Batch {id: $id}) OPTIONAL MATCH (b)-[:HAS]->(c:Chunk) DETACH DELETE c, b"

# --- accounts -------------------------------------------------------------------------------------------------------------

_KINDS = ":".join(("", *KIND_LABELS.values(), "Hub"))


def _write_accounts(label: str) -> str:
    worn = f" SET x:{label}" if label else ""
    return f"UNWIND $rows AS row MERGE (x:Account {{key: row.key}}) REMOVE x{_KINDS}{worn} SET x += row"


def _create_accounts(label: str) -> str:
    worn = f":{label}" if label else ""
    return f"UNWIND $rows AS row CREATE (x:Account{worn}) SET x = row"


#: By kind, and under the empty text for accounts whose kind no source states.
WRITE_ACCOUNTS: dict[str, str] = {kind: _write_accounts(label) for kind, label in {"": "", **KIND_LABELS}.items()}
#: The same for accounts the database does not hold.
CREATE_ACCOUNTS: dict[str, str] = {kind: _create_accounts(label) for kind, label in {"": "", **KIND_LABELS}.items()}
#: Accounts of which only the figures can have changed; rows are lists.
UPDATE_FIGURES = f"""
UNWIND $rows AS row
MATCH (x:Account {{key: row[0]}})
REMOVE x:Hub
SET {", ".join(f"x.{name} = row[{place}]" for place, name in enumerate(FIGURES, 1))}
"""
SET_HUBS = "UNWIND $keys AS key MATCH (x:Account {key: key}) SET x:Hub"
DELETE_ACCOUNTS = "UNWIND $keys AS key MATCH (x:Account {key: key}) DETACH DELETE x"
LEAVE_INSTITUTIONS = """
UNWIND $rows AS row
MATCH (a:Account {key: row.key})-[r:AT]->(i:Institution) WHERE row.institution_id IS NULL OR i.id <> row.institution_id
DELETE r
"""
JOIN_INSTITUTIONS = """
UNWIND $rows AS row
MATCH (a:Account {key: row.key}) MATCH (i:Institution {id: row.institution_id}) WHERE NOT EXISTS { (a)-[:AT]->(i) }
CREATE (a)-[:AT]->(i)
"""

# --- transfers ------------------------------------------------------------------------------------------------------------

#: New transfers and new pairs of one chunk. Rows are lists: the schema's properties, then the places of payer and payee among `$ends`, so
#: that every account is looked up (and locked) once a chunk, not four times a transfer. Nothing is written unless each was found.
CREATE_TRANSFERS = f"""
UNWIND $ends AS key
MATCH (x:Account {{key: key}})
WITH collect(x) AS ends, collect(x.key) AS found WHERE found = $ends
CALL (ends) {{
  UNWIND $transfers AS row
  WITH row, ends[row[{len(TRANSFERS.names)}]] AS a, ends[row[{len(TRANSFERS.names) + 1}]] AS b
  CREATE (a)-[:FROM]->(t:Transfer {_listed(TRANSFERS)})-[:TO]->(b)
}}
CALL (ends) {{
  UNWIND $pairs AS row
  WITH row, ends[row[{len(PAID.names)}]] AS a, ends[row[{len(PAID.names) + 1}]] AS b
  CREATE (a)-[p:PAID {_listed(PAID)}]->(b)
}}
RETURN size(ends) AS n
"""
HELD_ACCOUNTS = "UNWIND $keys AS key MATCH (x:Account {key: key}) RETURN key"
DELETE_TRANSFERS = "UNWIND $ids AS id MATCH (t:Transfer {id: id}) DETACH DELETE t"
#: Says which pairs it found; the others are created.
UPDATE_PAID = f"""
UNWIND $rows AS row
MATCH ()-[p:PAID {{id: row[0]}}]->()
SET {", ".join(f"p.{name} = row[{place}]" for place, name in enumerate(PAID.names) if name not in ("id", "currency"))}
RETURN row[0] AS id
"""
DELETE_PAID = "UNWIND $ids AS id MATCH ()-[p:PAID {id: id}]->() DELETE p"

# --- parties, institutions, identifiers, tags -----------------------------------------------------------------------------

WRITE_PARTIES = "UNWIND $rows AS row MERGE (x:Party {key: row.key}) SET x += row"
DELETE_PARTIES = "UNWIND $keys AS key MATCH (x:Party {key: key}) DETACH DELETE x"
WRITE_INSTITUTIONS = "UNWIND $rows AS row MERGE (x:Institution {id: row.id}) SET x += row"
DELETE_INSTITUTIONS = "UNWIND $ids AS id MATCH (x:Institution {id: id}) DETACH DELETE x"
WRITE_HOLDINGS = f"""
UNWIND $rows AS row
MATCH (p:Party {{key: row.party_key}}) MATCH (a:Account {{key: row.account_key}})
MERGE (p)-[h:HOLDS {{id: row.id}}]->(a)
SET {_set("h", HOLDS, without=("id",))}
"""
DELETE_HOLDINGS = "UNWIND $ids AS id MATCH ()-[h:HOLDS {id: id}]->() DELETE h"
WRITE_IDENTIFIERS = "UNWIND $rows AS row MERGE (x:Identifier {id: row.id}) SET x += row"
DELETE_IDENTIFIERS = "UNWIND $ids AS id MATCH (x:Identifier {id: id}) DETACH DELETE x"
UNLINK_IDENTIFIERS = "UNWIND $ids AS id MATCH (:Identifier {id: id})<-[u:USED]-() DELETE u"
USE_BY_PARTIES = """
UNWIND $rows AS row
MATCH (s:Party {key: row.party_key}) MATCH (x:Identifier {id: row.id})
MERGE (s)-[u:USED {id: row.id + ':party'}]->(x) SET u += row.link
"""
USE_BY_ACCOUNTS = """
UNWIND $rows AS row
MATCH (s:Account {key: row.account_key}) MATCH (x:Identifier {id: row.id})
MERGE (s)-[u:USED {id: row.id + ':account'}]->(x) SET u += row.link
"""
WRITE_TAGS = "UNWIND $rows AS row MERGE (x:Tag {id: row.id}) SET x += row"
DELETE_TAGS = "UNWIND $ids AS id MATCH (x:Tag {id: id}) DETACH DELETE x"
WITHDRAW_TAGS = "MATCH (x:Tag) WHERE x.subject_key IN $keys DETACH DELETE x"
TAG_IDS = "MATCH (x:Tag) RETURN x.id AS id"
COUNT_TAGS = "MATCH (x:Tag) RETURN count(x) AS n"
UNLINK_TAGS = "UNWIND $ids AS id MATCH (:Tag {id: id})-[o:ON]->() DELETE o"
TAG_ACCOUNTS = """
UNWIND $rows AS row MATCH (x:Tag {id: row.id}) MATCH (a:Account {key: row.subject_key}) MERGE (x)-[:ON]->(a)
"""
TAG_PARTIES = """
UNWIND $rows AS row MATCH (x:Tag {id: row.id}) MATCH (p:Party {key: row.subject_key}) MERGE (x)-[:ON]->(p)
"""

# --- marks ----------------------------------------------------------------------------------------------------------------

#: `$blank` maps every mark to null, which takes it away.
WITHDRAW_MARKS = "UNWIND $keys AS key MATCH (x:Account:Marked {key: key}) REMOVE x:Marked SET x += $blank RETURN count(x) AS n"
CLEAR_MARKS = "MATCH (x:Marked) WITH x LIMIT $most REMOVE x:Marked SET x += $blank RETURN count(x) AS n"
WRITE_MARKS = "UNWIND $rows AS row MATCH (x:Account {key: row.key}) SET x:Marked SET x += row.marks RETURN count(x) AS n"


def statements() -> dict[str, str]:
    """Every statement by name, for the golden file and for people who want to read them together."""
    found: dict[str, str] = {}
    for name, value in globals().items():
        if name.isupper() and not name.startswith("_") and isinstance(value, str):
            found[name] = value.strip()
        elif name in ("WRITE_ACCOUNTS", "CREATE_ACCOUNTS"):
            found |= {f"{name}[{kind}]": text for kind, text in value.items()}
    return found


def schema_statements() -> tuple[str, ...]:
    """Constraints first, then indexes, then the wait until they stand."""
    return (*constraint_statements(), *index_statements(), AWAIT_INDEXES)
