"""What lies in Neo4j: labels, properties, constraints and indexes, derived from the canonical tables of `bakau.model`.

Surrogates, codes and integers only: a column of the vault cannot be named here, and names, labels and texts of the open tables are
left out as well. Times are microseconds, amounts minor units. Community Edition is enough: uniqueness constraints and range indexes.

    (:Account:<Kind>[:Hub][:Marked])-[:FROM]->(:Transfer)-[:TO]->(:Account)      (:Account)-[:PAID]->(:Account)      (:Account)-[:AT]->(:Institution)
    (:Party)-[:HOLDS]->(:Account)      (:Party|Account)-[:USED]->(:Identifier)      (:Tag)-[:ON]->(:Party|Account)
    (:Batch)-[:HAS]->(:Chunk)      one (:Bakau): whose database this is and what it stands on
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.model import ACCOUNT, HOLDING, IDENTIFIER, INSTITUTION, PARTY, TAG, TRANSFER, AccountKind

if TYPE_CHECKING:
    from bakau.model import Table

#: Number of this layout. A database of another number is not written to: it is rebuilt from the archive.
SCHEMA_VERSION = 4
#: The one database of a Community server.
DATABASE = "neo4j"


class Label(StrEnum):
    """Every label; what an account is comes beside `Account`, from `KIND_LABELS`."""

    ACCOUNT = "Account"
    HUB = "Hub"
    MARKED = "Marked"
    TRANSFER = "Transfer"
    PARTY = "Party"
    INSTITUTION = "Institution"
    IDENTIFIER = "Identifier"
    TAG = "Tag"
    BATCH = "Batch"
    CHUNK = "Chunk"
    BAKAU = "Bakau"


class Link(StrEnum):
    """Every type of relationship."""

    FROM = "FROM"
    TO = "TO"
    PAID = "PAID"
    AT = "AT"
    HOLDS = "HOLDS"
    USED = "USED"
    ON = "ON"
    HAS = "HAS"


#: Label of an account by its kind: ``bank_account`` is a `BankAccount`. An account whose kind no source states has none.
KIND_LABELS: dict[str, str] = {kind.value: kind.value.title().replace("_", "") for kind in AccountKind}

_TYPES = {pa.int64(): "long", pa.int8(): "long", pa.string(): "string", pa.bool_(): "boolean"}


@dataclass(frozen=True, slots=True)
class Property:
    """One property and its type as the bulk import names it (long, string, boolean)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A label or relationship type: its properties in order, those that are unique, and its other indexes."""

    name: Label | Link
    properties: tuple[Property, ...]
    unique: tuple[str, ...] = ("id",)
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the properties, in order."""
        return tuple(each.name for each in self.properties)


def _columns(table: Table, *names: str, **renamed: str) -> tuple[Property, ...]:
    """Open columns of a table as properties; `renamed`: property=column. KeyError for a column of the vault."""
    open_columns = {column.name: column for column in table.open_columns}
    pairs = [*renamed.items(), *((name, name) for name in names)]
    return tuple(Property(name, _TYPES.get(open_columns[column].type, "string")) for name, column in pairs)


def _longs(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, "long") for name in names)


def _texts(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, "string") for name in names)


#: What transfers make of an account; everything else of it is stated by batches.
COUNTS = ("transfers_in", "transfers_out", "degree", "first_us", "last_us")
#: What a walk needs of an account in one piece each: of one with many transfers the newest, see `packs`; of every payer whom it paid, see `pairs`.
PACKS = ("newest_sent", "newest_received", "payees", "repeats")
FIGURES = (*COUNTS, *PACKS)
ACCOUNTS = Entity(
    Label.ACCOUNT,
    (
        *_columns(
            ACCOUNT, "kind", "institution_id", "country", "currency", "opened_us", "status", "stub", id="account_id", key="account_key"
        ),
        *_longs(*COUNTS),
        *_texts(*PACKS),
    ),
    unique=("id", "key"),
)
TRANSFERS = Entity(
    Label.TRANSFER,
    _columns(
        TRANSFER,
        "src_key", "dst_key", "ts_us", "time_known", "amount_minor", "currency", "channel", "status",
        id="transfer_id", batch="batch_id",
    ),
    indexes=(("src_key", "ts_us"), ("dst_key", "ts_us")),
)  # fmt: skip
#: Transfers of the current view per ordered pair of accounts and currency, whatever their status. `id` is short for the three; `sum_minor` is
#: null when no amount is stated or the sum leaves 64 bits.
PAID = Entity(
    Link.PAID,
    (*_texts("id", "currency"), *_longs("n", "sum_minor", "max_minor", "null_amounts", "first_us", "last_us")),
)
PARTIES = Entity(
    Label.PARTY,
    _columns(PARTY, "kind", "country", "kyc_level", "status", "since_us", "stub", id="party_id", key="party_key"),
    ("id", "key"),
)
INSTITUTIONS = Entity(Label.INSTITUTION, _columns(INSTITUTION, "kind", "bic", "country", id="institution_id"))
IDENTIFIERS = Entity(Label.IDENTIFIER, (*_texts("id"), *_columns(IDENTIFIER, "kind", "status", key="identifier_key")))
TAGS = Entity(Label.TAG, _columns(TAG, "subject_key", "subject_realm", "concept", "confidence", "asserted_us", id="tag_id"))
HOLDS = Entity(Link.HOLDS, (*_texts("id"), *_columns(HOLDING, "role", "since_us", "until_us")))
USED = Entity(Link.USED, (*_texts("id"), *_columns(IDENTIFIER, "first_seen_us", "last_seen_us", "uses")))
#: A batch is *waiting* until its first chunk, *loading* until its last, then *loaded*; *removing* while it is taken out.
BATCHES = Entity(Label.BATCH, (*_texts("id", "state"), *_longs("seq", "transfers", "chunks")))
#: Written in the transaction of the rows it stands for. `id` is batch, step and number; `checksum` does not depend on the order of rows.
CHUNKS = Entity(Label.CHUNK, (*_texts("id", "step"), *_longs("n", "rows"), *_texts("checksum")))
#: `id` is always 1: there is one. `state`: building, loading or ready. `packed_above`: accounts with more transfers on a side have packs. `currencies`, `currency_transfers` and `currency_null_amounts` are
#: lists of equal length; `mark_names` lists the names of marks without their prefix.
BAKAU = Entity(
    Label.BAKAU,
    (
        *_longs("id"),
        *_texts("workspace_id"),
        *_longs("schema_version", "snapshot_version"),
        *_texts("label", "digest", "state", "marks_run_id"),
        *_longs(
            "marked_accounts", "hub_degree", "packed_above", "built_us", "accounts", "transfers", "null_amounts", "first_us", "last_us"
        ),
        Property("currencies", "string[]"),
        Property("currency_transfers", "long[]"),
        Property("currency_null_amounts", "long[]"),
        Property("mark_names", "string[]"),
    ),
)

NODES = (ACCOUNTS, TRANSFERS, PARTIES, INSTITUTIONS, IDENTIFIERS, TAGS, BATCHES, CHUNKS, BAKAU)
LINKS = (PAID, HOLDS, USED)

#: A mark ``score`` is the property ``mark_score`` of an account.
MARK_PREFIX = "mark_"


def constraint_statements() -> tuple[str, ...]:
    """Uniqueness of every id. Each may be run again and again."""
    found = []
    for entity in NODES:
        for name in entity.unique:
            title = f"{entity.name.lower()}_{name}"
            found.append(f"CREATE CONSTRAINT {title} IF NOT EXISTS FOR (x:{entity.name}) REQUIRE x.{name} IS UNIQUE")
    for entity in LINKS:
        title = f"{entity.name.lower()}_id"
        found.append(f"CREATE CONSTRAINT {title} IF NOT EXISTS FOR ()-[x:{entity.name}]-() REQUIRE x.id IS UNIQUE")
    return tuple(found)


def index_statements() -> tuple[str, ...]:
    """Range indexes beside those of the constraints. Each may be run again and again."""
    found = []
    for entity in NODES:
        for names in entity.indexes:
            title = "_".join((entity.name.lower(), *names))
            listed = ", ".join(f"x.{name}" for name in names)
            found.append(f"CREATE INDEX {title} IF NOT EXISTS FOR (x:{entity.name}) ON ({listed})")
    return tuple(found)
