"""Forgetting: values of a subject leave the vault for good, and do not come back with a later file.

The ledger lists who was redacted, when and why. Vault segments that hold their values are rewritten without them and the old bytes
deleted; `archive verify` stays clean. Open segments hold surrogates only and stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.ids import Realm
from bakau.model import get_table
from bakau_graph.archive import ledger
from bakau_graph.archive.leaving import sweep
from bakau_graph.archive.name_index import drop_name_index
from bakau_graph.archive.payments import Aliases
from bakau_graph.archive.segment import move_into_place, seal, segment_path, write_intent
from bakau_graph.archive.vault import open_vault_segment, stage_vault_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bakau.model import Table
    from bakau.workspace import Workspace
    from bakau_graph.archive.snapshot import Snapshot

    Commit = Callable[[], AbstractContextManager[tuple[sqlite3.Connection, int]]]

__all__ = ["Redactor"]

IDENTIFIERS_OF = "SELECT identifier_key FROM raw_identifier WHERE party_key IN (SELECT unnest($p)) OR account_key IN (SELECT unnest($a))"
TRANSFERS_OF = (
    "SELECT transfer_id FROM raw_transfer WHERE src_key IN (SELECT unnest($a)) OR dst_key IN (SELECT unnest($a)) "
    "OR src_party_key IN (SELECT unnest($p)) OR dst_party_key IN (SELECT unnest($p))"
)
#: A report's text may name whoever the report speaks of: it goes with any of them.
TAGS_OF = """
SELECT DISTINCT tag_id FROM raw_tag WHERE batch_id IN (
    SELECT batch_id FROM raw_party WHERE party_key IN (SELECT unnest($p))
    UNION SELECT batch_id FROM raw_account WHERE account_key IN (SELECT unnest($a))
    UNION SELECT batch_id FROM raw_tag WHERE subject_key IN (SELECT unnest($p)) OR subject_key IN (SELECT unnest($a))
)
"""


@dataclass(frozen=True)
class Redactor:
    """Who is redacted: parties and accounts, by key."""

    parties: frozenset[int]
    accounts: frozenset[int]

    @classmethod
    def load(cls, ledger_path: Path) -> Redactor:
        """As the ledger lists them now."""
        connection = ledger.connect(ledger_path)
        try:
            rows = connection.execute("SELECT subject_key, subject_realm FROM redaction").fetchall()
        finally:
            connection.close()
        return cls(*(frozenset(row[0] for row in rows if row[1] == realm) for realm in ("party", "account")))

    @property
    def is_empty(self) -> bool:
        """True when nobody was ever redacted."""
        return not (self.parties or self.accounts)

    def extend(self, snapshot: Snapshot, more: Mapping[Realm, Sequence[int]]) -> Redactor:
        """With more subjects, the accounts of every redacted party under all their numbers, and the protected holders of every such account."""
        parties = self.parties | {int(key) for key in more.get(Realm.PARTY, ())}
        accounts = self.accounts | {int(key) for key in more.get(Realm.ACCOUNT, ())}
        protection = snapshot.protection
        with snapshot.connect(protection=False) as connection:
            rows = connection.execute("SELECT party_key, account_key FROM holding").fetchnumpy()
            holder, held = np.asarray(rows["party_key"], np.int64), np.asarray(rows["account_key"], np.int64)
            accounts |= set(held[np.isin(holder, list(parties))].tolist())
            accounts |= set(Aliases.load(connection).extend(np.array(sorted(accounts), np.int64)).tolist())
        of_accounts = holder[np.isin(held, list(accounts)) & np.isin(holder, protection.protected_parties)]
        parties |= set(of_accounts.tolist())
        accounts |= set(held[np.isin(holder, list(parties))].tolist())
        return Redactor(frozenset(parties), frozenset(accounts))

    def filter_rows(self, table: Table, rows: pa.Table, values: pa.Table) -> pa.Table:
        """Vault rows of a batch being loaded, without those of redacted subjects; `rows` are the same rows with all columns."""
        if self.is_empty:
            return values
        hidden = np.zeros(len(rows), bool)
        for column, keys in self._columns(table.name):
            hidden |= np.isin(np.asarray(pc.fill_null(rows[column], -1)), list(keys))
        return values.filter(pa.array(~hidden))

    def _columns(self, table_name: str) -> list[tuple[str, frozenset[int]]]:
        return {
            "party": [("party_key", self.parties)],
            "account": [("account_key", self.accounts)],
            "identifier": [("party_key", self.parties), ("account_key", self.accounts)],
            "transfer": [
                ("src_key", self.accounts),
                ("dst_key", self.accounts),
                ("src_party_key", self.parties),
                ("dst_party_key", self.parties),
            ],
            "tag": [("subject_key", self.parties | self.accounts)],
        }.get(table_name, [])

    def leaves_texts(self, workspace: Workspace, snapshot: Snapshot) -> bool:
        """Does the vault hold the text of a report that speaks of somebody who is redacted?"""
        segments = [name for table, name, _ in _vault_segments(workspace) if table == "tag"]
        if not segments:
            return False
        column, keys = self._hidden_keys(snapshot)["tag"]
        key = workspace.load_vault_key()
        found = (open_vault_segment(workspace.vault, name, key, "tag")[column] for name in segments)
        return any(pc.any(pc.is_in(rows, value_set=keys)).as_py() for rows in found)

    def rewrite(self, workspace: Workspace, snapshot: Snapshot, commit: Commit, *, reason: str, who: str) -> int:
        """Rewrite every vault segment that holds their values, list the change, delete the old bytes. Returns the version."""
        hidden = self._hidden_keys(snapshot)
        key = workspace.load_vault_key()
        staging = workspace.archive / "staging"
        replaced: list[_Rewritten] = []
        for (table_name, name, shared), batch_ids in _vault_segments(workspace).items():
            rows = open_vault_segment(workspace.vault, name, key, table_name)
            column, keys = hidden.get(table_name, ("", pa.array([], pa.int64())))
            mask = pc.is_in(rows[column], value_set=keys.cast(rows[column].type)) if column else None
            if mask is None or not pc.any(mask).as_py():
                continue
            kept = rows.filter(pc.invert(mask))
            path = stage_vault_rows(staging, f"redact.{len(replaced)}", key, get_table(table_name), kept)
            counts = {batch_ids[0]: len(kept)}
            if shared:
                counts = {batch_id: pc.sum(pc.equal(kept["batch_id"], batch_id)).as_py() or 0 for batch_id in batch_ids}
            replaced.append(_Rewritten(table_name, name, seal(path, ".bkv"), counts, path, shared=shared))
        write_intent(staging, "redact", [name for each in replaced for name in (each.old, each.new)])
        for each in replaced:
            move_into_place(each.path, workspace.vault, each.new)
        with commit() as (connection, version):
            for each in replaced:
                connection.execute(
                    "UPDATE segment SET removed_in = ?, removed_reason = ? WHERE kind = 'vault' AND name = ? AND removed_in IS NULL",
                    (version, reason, each.old),
                )
                connection.executemany(
                    "INSERT INTO segment VALUES (?, ?, 'vault', ?, ?, ?, NULL, NULL, ?)",
                    [(batch_id, each.table, each.new, count, version, each.shared) for batch_id, count in each.counts.items()],
                )
            # what compaction left for readers on an older snapshot may hold their values, too
            connection.execute("UPDATE leaving SET from_us = 0 WHERE kind = 'vault'")
            subjects = [(key_, "party") for key_ in sorted(self.parties)] + [(key_, "account") for key_ in sorted(self.accounts)]
            connection.executemany(
                "INSERT OR IGNORE INTO redaction VALUES (?, ?, ?, ?, ?)", [(*subject, reason, who, version) for subject in subjects]
            )
        for each in replaced:
            segment_path(workspace.vault, each.old).unlink(missing_ok=True)
        sweep(workspace, workspace.archive / ledger.FILE_NAME, 0)
        drop_name_index(workspace)
        return version

    def _hidden_keys(self, snapshot: Snapshot) -> dict[str, tuple[str, pa.Array]]:
        """Per vault table the key column and the keys whose rows must go; looks at every batch, withdrawn ones too."""
        bound = {"p": sorted(self.parties), "a": sorted(self.accounts)}
        with snapshot.connect_all() as connection:
            identifiers = connection.sql(IDENTIFIERS_OF, params=bound).to_arrow_table().column(0).combine_chunks()
            transfers = connection.sql(TRANSFERS_OF, params=bound).to_arrow_table().column(0).combine_chunks()
            tags = connection.sql(TAGS_OF, params=bound).to_arrow_table().column(0).combine_chunks()
        return {
            "party": ("party_key", pa.array(bound["p"], pa.int64())),
            "account": ("account_key", pa.array(bound["a"], pa.int64())),
            "identifier": ("identifier_key", identifiers),
            "transfer": ("transfer_id", transfers.cast(pa.binary(16))),
            "tag": ("tag_id", tags.cast(pa.string())),
        }


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """A vault segment without the values that had to go: its table, old and new name, rows left per batch, and where it was staged."""

    table: str
    old: str
    new: str
    counts: dict[str, int]
    path: Path
    shared: bool


def _vault_segments(workspace: Workspace) -> dict[tuple[str, str, bool], list[str]]:
    """Table and name of every vault segment and whether batches share it, with its batches."""
    connection = ledger.connect(workspace.archive / ledger.FILE_NAME)
    found: dict[tuple[str, str, bool], list[str]] = {}
    try:
        text = "SELECT batch_id, table_name, name, shared FROM segment WHERE kind = 'vault' AND removed_in IS NULL ORDER BY rowid"
        for row in connection.execute(text):
            found.setdefault((row[1], row[2], bool(row[3])), []).append(row[0])
    finally:
        connection.close()
    return found
