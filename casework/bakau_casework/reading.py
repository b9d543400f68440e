"""What view functions read from: one snapshot, its connection, its directory, its protection. Only the Desk makes one."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import pyarrow as pa

from bakau_casework.directory import Directory

Found = TypeVar("Found")
#: Parts of answers a Reading keeps; beyond that it begins anew.
_MOST_KEPT = 500

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb
    import numpy as np
    import numpy.typing as npt

    from bakau.ids import SurrogateKey
    from bakau.protection import ProtectionSet
    from bakau_casework.purpose import Purpose, Terms
    from bakau_graph.archive import Archive, Snapshot
    from bakau_graph.archive.name_index import NameIndex
    from bakau_graph.network.protocol import Network

    Keys = npt.NDArray[np.int64]

#: ISO 8601 in UTC from microseconds; the date alone where the time of day is not known (as `bakau.times.format_us`).
MACROS = """
CREATE OR REPLACE TEMP MACRO iso(us, known := true) AS CASE
    WHEN us IS NULL THEN NULL
    WHEN NOT known THEN strftime(make_timestamp(us), '%Y-%m-%d')
    WHEN us % 1000000 = 0 THEN strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%SZ')
    ELSE strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S.%fZ') END
"""


class Reading:
    """One snapshot opened for views. Expensive parts are made when first asked for and kept while the snapshot is the newest."""

    def __init__(self, archive: Archive, snapshot: Snapshot) -> None:
        self._archive = archive
        self.snapshot = snapshot
        self._derived: set[tuple[str, str]] = set()
        self._network: Network | None = None
        self._has_values = False
        self._kept: dict[tuple[str, ...], object] = {}

    @property
    def label(self) -> str:
        """The snapshot's name in documents."""
        return self.snapshot.label

    @property
    def protection(self) -> ProtectionSet:
        """Who must not be scored or named, as of this snapshot."""
        return self.snapshot.protection

    @property
    def surrogate_key(self) -> SurrogateKey:
        """The workspace's secret, to turn a number somebody typed into its surrogate."""
        return self._archive.surrogate_key

    @property
    def workspace_path(self) -> Path:
        """The workspace's directory."""
        return self._archive.workspace.path

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """DuckDB over the snapshot's views, with ``who`` (account_key, account_id), ``adult_account`` and the macro ``iso``."""
        connection = self.snapshot.connect()
        connection.execute(MACROS)
        return connection

    @cached_property
    def directory(self) -> Directory:
        """Ids of all accounts."""
        found = Directory.load(self.connection)
        self.connection.register("who", found.to_table())
        return found

    @cached_property
    def protected_ids(self) -> pa.Array:
        """Surrogates of every protected account and party: what no view may show."""
        accounts = self.directory.ids_of(self.protection.protected_accounts).drop_null()
        keys = pa.table({"party_key": pa.array(self.protection.protected_parties)})
        parties = self.query("SELECT party_id FROM party SEMI JOIN hidden_party USING (party_key)", hidden_party=keys)
        return pa.concat_arrays([accounts, parties["party_id"].combine_chunks().cast(pa.string())])

    @cached_property
    def name_index(self) -> NameIndex:
        """Which party bears which name keys, out of the vault. VaultError without the vault key."""
        from bakau_graph.archive.name_index import open_name_index

        return open_name_index(self._archive.workspace, self.snapshot)

    def query(self, statement: str, parameters: dict[str, object] | None = None, **tables: pa.Table) -> pa.Table:
        """Rows of a named constant of ours over the snapshot's views and the given tables; values are bound."""
        self.directory  # noqa: B018 - makes `who`
        for name, rows in tables.items():
            self.connection.register(name, rows)
        try:
            return self.connection.sql(statement, params=parameters or {}).to_arrow_table()
        finally:
            for name in tables:
                self.connection.unregister(name)

    def use_values(self) -> str | None:
        """Make `values_of` and `transfer_value` available to `query`; returns the reporting currency, None when no rates were loaded."""
        self.directory  # noqa: B018 - makes the connection
        if not self._has_values:
            self.snapshot.add_values(self.connection)
            self._has_values = True
        return self.snapshot.reporting_currency

    def use_run(self, run_id: str, *names: str) -> None:
        """Make derived tables of a run (as they may be shown now) available to `query` under their own names."""
        for name in names:
            if (name, run_id) in self._derived:
                continue
            self._derived = {pair for pair in self._derived if pair[0] != name} | {(name, run_id)}
            self.connection.register(name, self.snapshot.derived(name, run_id))

    def use_latest_run(self, *names: str) -> None:
        """The same of the newest run; without rows when nothing was analysed yet."""
        run = self.snapshot.latest_run()
        if run is not None:
            self.use_run(run.run_id, *names)
            return
        for name in names:
            self.connection.register(name, self.snapshot.derived(name))

    def keep(self, key: tuple[str, ...], find: Callable[[], Found]) -> Found:
        """What `find` found for this key when it was first asked: for parts of an answer that a snapshot cannot change any more."""
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = find()
        return cast("Found", self._kept[key])

    @property
    def network(self) -> Network:
        """The network of this snapshot (rebuilt by the first reader when stale)."""
        if self._network is None:
            from bakau_graph.networks import open_network

            self._network = open_network(self._archive.workspace, self.snapshot)
        return self._network

    def close(self) -> None:
        """Let go of the connections."""
        if self._network is not None:
            self._network.close()
            self._network = None
        opened = self.__dict__.pop("connection", None)
        if opened is not None:
            opened.close()


class Shelf:
    """Where the newest Reading stands, for one Desk or for all Desks of a process: it holds nothing that belongs to a person.

    Whoever uses the Reading holds the shelf's lock meanwhile; a newer snapshot replaces it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._readings: dict[Path, Reading] = {}

    def newest(self, archive: Archive) -> Reading:
        """The Reading of the newest snapshot of this archive."""
        version, place = archive.version(), archive.workspace.path
        with self.lock:
            reading = self._readings.get(place)
            if reading is None or reading.snapshot.version != version:
                if reading is not None:
                    reading.close()
                reading = self._readings[place] = Reading(archive, archive.snapshot())
            return reading

    def close(self) -> None:
        """Let go of every Reading."""
        with self.lock:
            for reading in self._readings.values():
                reading.close()
            self._readings.clear()


class Clear:
    """Clear values out of the vault for one answer, if and only if the purpose shows them."""

    def __init__(self, snapshot: Snapshot, purpose: Purpose, terms: Terms) -> None:
        self._snapshot, self.purpose, self.terms = snapshot, purpose, terms

    def values(self, table: str, column: str, keys: pa.Array, *, allowed: bool) -> pa.Array:
        """The clear values of these keys in order, all null when not `allowed` (the vault is then not even opened)."""
        if not allowed or not len(keys):
            return pa.nulls(len(keys), pa.string())
        import pyarrow.compute as pc

        found = self._snapshot.vault(table, column, keys)
        spots = pc.index_in(keys, value_set=found.column(0).combine_chunks().cast(keys.type))
        return found["value"].combine_chunks().cast(pa.string()).take(spots)
