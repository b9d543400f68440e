"""A snapshot: the facts as one ledger version sees them. Readers never block, and are never blocked."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import NotFoundError
from bakau.ids import Identity
from bakau.model import FACTS, REJECT, TRANSFER_ID, get_table
from bakau_graph.archive import ledger, payments, rates, same_payment, valuations, view
from bakau_graph.archive.derived import DERIVED
from bakau_graph.archive.memory import Found, Memory
from bakau_graph.archive.segment import read_segments
from bakau_graph.archive.spread import load_protection
from bakau_graph.archive.vault import read_vault
from bakau_graph.archive.withdrawal import withdraw_protected
from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakau.model import Table
    from bakau.protection import ProtectionSet, ScorableAccounts
    from bakau.workspace import Workspace
    from bakau_graph.archive.records import Batch, Run, Source
    from bakau_graph.archive.state import LedgerState

_FACT_NAMES = tuple(table.name for table in FACTS)
#: Tables whose current view stands on their own rows alone.
_ALONE = tuple(table for table in view.MERGED if table.name not in view.REFERRING)


def _order_of(edges: pa.Table) -> npt.NDArray[np.intp]:
    """Order by (ts_us, transfer_id): one fast sort by time, then only the rows that share an instant by their id."""
    instant = np.asarray(edges["ts_us"])
    order = np.argsort(instant)
    ordered = instant[order]
    same = ordered[1:] == ordered[:-1]
    tied = np.concatenate([same, [False]]) | np.concatenate([[False], same]) if len(order) else np.empty(0, bool)
    spots = np.flatnonzero(tied)
    if len(spots):
        identity = Identity.from_binary(edges["transfer_id"].take(pa.array(order[spots])))
        order[spots] = order[spots][np.lexsort((identity.low, identity.high, ordered[spots]))]
    return order


class Snapshot:
    """Facts, protection and runs as of one version. Cheap to make; tables are read when asked for."""

    def __init__(self, workspace: Workspace, state: LedgerState, memory: Memory | None = None) -> None:
        self._workspace, self._state = workspace, state
        self._memory = memory or Memory()

    # --- what it stands on ------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Number of the ledger version."""
        return self._state.version

    @cached_property
    def digest(self) -> str:
        """Hash of the visible facts in ledger order and of the marks: the same facts give the same digest (32 hexadecimal digits)."""
        parts = [
            [[batch.batch_id, batch.declares_corrections, sorted(self._state.segment_names(batch.batch_id))] for batch in self.batches()],
            [[mark["subject_key"], mark["subject_realm"], mark["state"]] for mark in self._state.marks],
        ]
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()

    @property
    def label(self) -> str:
        """How documents name it: version and the first digits of the digest."""
        return f"s{self.version}-{self.digest[:8]}"

    def batches(self) -> list[Batch]:
        """Visible batches in ledger order."""
        return self._state.batches

    def get_batch(self, batch_id: str) -> Batch:
        """A visible batch by its id or a unique beginning of it; NotFoundError otherwise."""
        found = [batch for batch in self.batches() if batch.batch_id.startswith(batch_id)]
        if len(found) != 1:
            raise NotFoundError("no such batch" if not found else "more than one batch has an id that begins so", hint="bakau batches")
        return found[0]

    def sources(self) -> list[Source]:
        """All sources of the workspace."""
        return self._state.sources

    def source_of(self, batch_id: str) -> Source:
        """The source a batch came from."""
        source_id = self.get_batch(batch_id).source_id
        return next(source for source in self._state.sources if source.source_id == source_id)

    # --- facts ------------------------------------------------------------------------------------------------------------

    def connect(self, *, protection: bool = True) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with the current view of every canonical table, `paid`, `batch`, `mark`, `same_payment` and, unless
        `protection` is false, `scorable_account`, `protected_account`, `adult_account`, `adult_party`, `protected_subject` and `shown_tag`.
        The caller closes it.

        In `transfer` a payment counts once, however many files tell of it; `stated_transfer` has every row that tells of one.
        """
        connection = self.connect_stated()
        found = self._find_same_payments(connection)
        connection.register("same_payment", found.select(same_payment.SCHEMA.names))
        connection.register("merged_payment", found.filter(pc.equal(found["place"], 0)))
        connection.execute(f"CREATE VIEW transfer AS {view.PAYMENTS if len(found) else view.STATED}")
        connection.execute(view.PAID)
        if protection:
            protected, scorable = self._find_protection(connection), self._find_scorable(connection)
            connection.register("protected_account", pa.table({"account_key": pa.array(protected.protected_accounts)}))
            connection.register("scorable_account", pa.table({"account_key": pa.array(scorable.keys)}))
            connection.register("adult_account", pa.table({"account_key": pa.array(protected.adult_accounts)}))
            connection.register("adult_party", pa.table({"party_key": pa.array(protected.adult_parties)}))
            self.hide_protected_tags(connection)
        return connection

    @property
    def same_payments(self) -> pa.Table:
        """The transfers that share a payment with another, as `payments.SCHEMA` says; kept beside the archive for the next reader."""
        with self.connect_stated() as connection:
            return self._find_same_payments(connection)

    def _find_same_payments(self, connection: duckdb.DuckDBPyConnection) -> pa.Table:
        if self._found.same_payments is None:
            try:
                self._found.same_payments = payments.load_same_payments(self._workspace.archive / payments.FOLDER, self.digest, connection)
            except duckdb.IOException:  # a segment is missing: whoever reads transfers hears of it, and protection need not wait for that
                return payments.SCHEMA.empty_table()
        return self._found.same_payments

    def connect_stated(self) -> duckdb.DuckDBPyConnection:
        """The views of the facts as each file states them."""
        connection = connect_scratch(threads=2)
        connection.execute("SET preserve_insertion_order = true")
        connection.register("batch", self._batch_table())
        connection.register("mark", self._mark_table())
        visible = [batch.batch_id for batch in self.batches()]
        for name in _FACT_NAMES:
            self._register_raw(connection, name, visible)
        for statement in view.KNOWN:
            connection.execute(statement)
        for table in view.MERGED:
            name = f"merged_{table.name}" if table.name in view.REFERRING else table.name
            connection.execute(f"CREATE VIEW {name} AS {view.merged_view(table)}")
        for name, statement in view.REFERRING.items():
            connection.execute(f"CREATE VIEW {name} AS {statement}")
        overlaps = self._register_overlap(connection)
        connection.execute(f"CREATE VIEW stated_transfer AS {view.transfer_view(view.TRANSFER_COLUMNS, overlaps=overlaps)}")
        return connection

    @cached_property
    def reporting_currency(self) -> str | None:
        """The currency transfers are valued in, as of this version; None without rates."""
        tables = rates.list_rate_tables(self._workspace.archive / ledger.FILE_NAME, self.version)
        return tables[-1].reporting if tables else None

    def add_values(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Add `values_of` and `transfer_value` to a connection of `connect`: what transfers are worth by the rates this version knows."""
        path = self._workspace.archive / ledger.FILE_NAME
        valuations.add_values(connection, rates.load_rates(path, self.version), self.reporting_currency)

    def hide_protected_tags(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Add ``protected_subject`` (key, realm) and ``shown_tag`` to a connection of `connect`."""
        accounts, parties = self.protection.protected_accounts, self.protection.protected_parties
        realm = np.repeat(["account", "party"], [len(accounts), len(parties)])
        connection.register(
            "protected_subject", pa.table({"key": np.concatenate([accounts, parties]), "realm": pa.array(realm, pa.string())})
        )
        connection.execute(view.SHOWN_TAG)

    def add_raw(self, connection: duckdb.DuckDBPyConnection, prefix: str, batch_ids: Sequence[str]) -> None:
        """Add views ``<prefix>_<table>`` over the rows of these batches, visible or withdrawn, to a connection of `connect`."""
        for name in _FACT_NAMES:
            self._register_raw(connection, name, batch_ids, prefix)

    def connect_all(self) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with `raw_<table>` over *every* batch, the withdrawn ones too. For forgetting and verifying only."""
        connection = connect_scratch(threads=2)
        for name in _FACT_NAMES:
            self._register_raw(connection, name, self._state.all_batches)
        return connection

    def connect_raw(self, table: str, batch_ids: Sequence[str]) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with `raw_<table>` over the segments of these batches (and whatever else lies in them) and nothing more:
        for a look at one table, where the views of `connect_stated` cost more than the look.
        """
        connection = connect_scratch(threads=2)
        self._register_raw(connection, table, batch_ids)
        return connection

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The current view of a table as Arrow (open columns, or `columns` of them), ordered by its key."""
        declared = get_table(name)
        wanted = [column.name for column in declared.open_columns] if columns is None else list(columns)
        keys = ", ".join(declared.key)
        with self._connect_alone(declared) if declared in _ALONE else self.connect(protection=False) as connection:
            rows = connection.sql(f"SELECT {', '.join(wanted)} FROM {name} ORDER BY {keys}").to_arrow_table()
        return rows.cast(pa.schema([pa.field(column, declared[column].type) for column in wanted]))

    def edges(self) -> pa.Table:
        """Every transfer as (src_key, dst_key, ts_us, time_known, amount_minor, currency, transfer_id), ordered by (ts_us, transfer_id)."""
        with self.connect(protection=False) as connection:
            rows = connection.sql(view.EDGES).to_arrow_table().combine_chunks()
        place = rows.schema.get_field_index("transfer_id")
        rows = rows.set_column(place, "transfer_id", rows["transfer_id"].cast(TRANSFER_ID))
        return rows.take(pa.array(_order_of(rows)))

    def rejects(self, batch_id: str) -> pa.Table:
        """The quarantined records of a batch, in order of the file."""
        batch = self.get_batch(batch_id)
        names = self._state.listing(REJECT.name, "open", [batch.batch_id]).names
        rows = read_segments(self._workspace.archive / "segments", names, REJECT.open_schema())
        return rows.filter(pc.equal(rows["batch_id"], batch.batch_id)).sort_by([("record", "ascending"), ("column", "ascending")])

    # --- protection -------------------------------------------------------------------------------------------------------

    @property
    def protection(self) -> ProtectionSet:
        """Who is protected and who is known to be an adult, as of this version."""
        if self._found.protection is None:
            with self.connect(protection=False) as connection:
                return self._find_protection(connection)
        return self._found.protection

    def scorable(self) -> ScorableAccounts:
        """Every account that may carry a number."""
        if self._found.scorable is None:
            with self.connect(protection=False) as connection:
                return self._find_scorable(connection)
        return self._found.scorable

    def _find_protection(self, connection: duckdb.DuckDBPyConnection) -> ProtectionSet:
        if self._found.protection is None:
            self._found.protection = load_protection(connection, self._loaded_us)
        return self._found.protection

    @cached_property
    def _found(self) -> Found:
        return self._memory.recall(f"{self.digest} {self._loaded_us}")

    @property
    def _loaded_us(self) -> int:
        """When the newest batch was loaded."""
        return max((batch.loaded_us for batch in self.batches()), default=0)

    def _find_scorable(self, connection: duckdb.DuckDBPyConnection) -> ScorableAccounts:
        if self._found.scorable is None:
            keys = np.asarray(connection.execute("SELECT k FROM known_account").fetchnumpy()["k"], dtype=np.int64)
            self._found.scorable = self._find_protection(connection).scorable(keys)
        return self._found.scorable

    # --- vault ------------------------------------------------------------------------------------------------------------

    def vault(self, table_name: str, column: str, keys: pa.Array) -> pa.Table:
        """Clear values of one vault column for these keys (first key column of the table): (key, value), latest non-null wins.

        Only the Desk calls this. VaultError without the vault key.
        """
        declared = get_table(table_name)
        rows = self._read_vault(table_name)
        key = declared.key[-1] if table_name == "identifier" else declared.key[0]
        rows = rows.select([key, column])
        rows = rows.filter(pc.and_(pc.is_in(rows[key], value_set=keys.cast(rows[key].type)), pc.is_valid(rows[column])))
        rows = rows.append_column("place", pa.array(np.arange(len(rows))))
        newest = rows.group_by(key, use_threads=False).aggregate([("place", "max")])["place_max"]
        return rows.take(newest).select([key, column]).rename_columns([key, "value"])

    def find_by_value(self, table_name: str, column: str, text: str) -> pa.Array:
        """Keys whose clear value contains `text`, ignoring case. A scan of the vault; only the Desk calls this."""
        declared = get_table(table_name)
        rows = self._read_vault(table_name)
        key = declared.key[-1] if table_name == "identifier" else declared.key[0]
        if not len(rows):
            return pa.array([], declared[key].type)
        found = pc.match_substring(pc.utf8_lower(rows[column].cast(pa.string())), text.casefold())
        return pc.unique(rows[key].filter(pc.fill_null(found, fill_value=False)).combine_chunks())

    def names(self) -> pa.Table:
        """Every name anybody was given by a visible batch: (party_key, name), each pair once. Only the name index calls this."""
        rows = self._read_vault("party").select(["party_key", "name"])
        return rows.filter(pc.is_valid(rows["name"])).group_by(["party_key", "name"], use_threads=False).aggregate([])

    def _read_vault(self, table_name: str) -> pa.Table:
        listing = self._state.listing(table_name, "vault", [batch.batch_id for batch in self.batches()])
        return read_vault(self._workspace.vault, listing, self._workspace.load_vault_key(), table_name)

    # --- runs -------------------------------------------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """Runs as of this version, newest last."""
        return self._state.runs

    def latest_run(self) -> Run | None:
        """The newest run, or None."""
        return self._state.runs[-1] if self._state.runs else None

    def get_run(self, run_id: str) -> Run:
        """A run by its id or a unique beginning of it; NotFoundError otherwise."""
        found = [run for run in self._state.runs if run.run_id.startswith(run_id)]
        if len(found) != 1:
            raise NotFoundError("no such run" if not found else "more than one run has an id that begins so", hint="bakau analyse")
        return found[0]

    def derived(self, table: str, run_id: str | None = None) -> pa.Table:
        """A derived table of a run (the newest by default) without anything keyed to an account protected now; empty without a run."""
        declared = DERIVED[table]
        run = self.latest_run() if run_id is None else self.get_run(run_id)
        if run is None:
            return declared.schema.empty_table()
        return withdraw_protected(table, lambda name: self._read_derived(name, run.run_id), self.protection)

    def _read_derived(self, table: str, run_id: str) -> pa.Table:
        return read_segments(self._workspace.archive / "segments", self._state.run_names(run_id, table), DERIVED[table].schema)

    # --- pieces -----------------------------------------------------------------------------------------------------------

    def _connect_alone(self, table: Table) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with the current view of one table of _ALONE: the other views cost more than a small table."""
        connection = self.connect_raw(table.name, [batch.batch_id for batch in self.batches()])
        connection.register("batch", self._batch_table())
        connection.execute(f"CREATE VIEW {table.name} AS {view.merged_view(table)}")
        return connection

    def _register_raw(self, connection: duckdb.DuckDBPyConnection, table_name: str, batch_ids: Sequence[str], prefix: str = "raw") -> None:
        rows = self._state.listing(table_name, "open", batch_ids).select(self._workspace.archive / "segments")
        if rows is None:
            connection.register(f"no_{table_name}", get_table(table_name).open_schema().empty_table())
        connection.execute(f"CREATE OR REPLACE VIEW {prefix}_{table_name} AS {rows or f'SELECT * FROM no_{table_name}'}")

    def _register_overlap(self, connection: duckdb.DuckDBPyConnection) -> bool:
        listing = self._state.listing("transfer", "overlap", [batch.batch_id for batch in self.batches()])
        rows = listing.select(self._workspace.archive / "segments", "transfer_id")
        if rows is not None:
            connection.execute(f"CREATE VIEW overlap AS SELECT DISTINCT transfer_id FROM ({rows})")
        return rows is not None

    def _batch_table(self) -> pa.Table:
        rows = [
            {
                "batch_id": b.batch_id,
                "seq": b.seq,
                "source_id": b.source_id,
                "declares_corrections": b.declares_corrections,
                "loaded_us": b.loaded_us,
            }
            for b in self.batches()
        ]
        schema = pa.schema(
            {
                "batch_id": pa.string(),
                "seq": pa.int64(),
                "source_id": pa.string(),
                "declares_corrections": pa.bool_(),
                "loaded_us": pa.int64(),
            }
        )
        return pa.Table.from_pylist(rows, schema)

    def _mark_table(self) -> pa.Table:
        schema = pa.schema(
            {
                "subject_key": pa.int64(),
                "subject_realm": pa.string(),
                "recorded_us": pa.int64(),
                "state": pa.string(),
                "added_in": pa.int64(),
            }
        )
        return pa.Table.from_pylist([{name: mark[name] for name in schema.names} for mark in self._state.marks], schema)
