"""One batch being written: rows stream to staged segments, and one ledger commit makes all of them visible at once."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau import siphash
from bakau.columns import one_chunk
from bakau.errors import ArchiveError, OvertakenError
from bakau.ids import Identity, Realm, hash_content, identify_by_content, identify_by_reference
from bakau.model import REJECT, TRANSFER_CONTENT, Table, get_table
from bakau.occurrences import OccurrenceCounter, count_occurrences
from bakau_graph.archive.batch_setting import ID_HASH_KEY
from bakau_graph.archive.conform import conform
from bakau_graph.archive.index import IndexWriter, RowGatherer, join_identities, judge
from bakau_graph.archive.records import LoadReport
from bakau_graph.archive.segment import Segment, SegmentWriter, move_into_place, seal, write_intent
from bakau_graph.archive.vault import stage_vault_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy.typing as npt

    from bakau_graph.archive.batch_setting import BatchSetting
    from bakau_graph.archive.statements import Statement

    Keys = npt.NDArray[np.int64]
    Order = npt.NDArray[np.unsignedinteger]

_VAULT_ROWS = 1_000_000


@dataclass(slots=True)
class _Records:
    """What is kept in memory of the counted rows of one table: 28 bytes each, and 8 more where not every line is such a row."""

    rows: RowGatherer = field(default_factory=RowGatherer)
    lines: list[Keys | range] = field(default_factory=list)

    def lines_of(self, rows: npt.NDArray[np.unsignedinteger]) -> Keys:
        """Where some of the rows stood in the file, in order of the file."""
        lines = [np.arange(part.start, part.stop) if isinstance(part, range) else part for part in self.lines]
        return np.concatenate(lines)[np.sort(rows)]


class BatchWriter:
    """Collects one file's rows. Nothing is visible before `commit`; leaving the block without it discards everything.

    Rows are staged without the writer lock, so several batches may be under way. `begin_commit` takes the lock for the block, gives the
    setting as it is then, and what lists the batch.
    """

    def __init__(
        self,
        setting: BatchSetting,
        begin_commit: Callable[[], AbstractContextManager[tuple[BatchSetting, Callable[[BatchWriter, list[Segment], LoadReport], None]]]],
    ) -> None:
        self._setting, self._begin_commit = setting, begin_commit
        self.batch_id = setting.batch_id
        self._writers: dict[str, SegmentWriter] = {}
        self._vault_rows: dict[str, list[pa.Table]] = {}
        self._vault_files: list[tuple[str, Path, int]] = []
        self._records: dict[str, _Records] = {}
        self._references: list[tuple[str, pa.Table]] = []
        self._keys: dict[str, list[Keys]] = {}
        self._occurrences: OccurrenceCounter | None = None
        self._expected = 0
        self._rejects: list[pa.Table] = []
        self._counts = {"received": 0, "rejected": 0, "rounded": 0}
        self._rows: dict[str, int] = {}
        self._begin = time.monotonic()
        self._known: dict[Realm, tuple[Keys, npt.NDArray[np.uint64]]] = {}
        self._collided = False
        self.done = False
        self.incomplete: tuple[str, ...] = ()
        self.statements: tuple[Statement, ...] = ()

    # --- what the pipeline calls ------------------------------------------------------------------------------------------

    def count(self, *, received: int = 0, rejected: int = 0, rounded: int = 0) -> None:
        """Add to the counters, all in source records (rounded: in amounts)."""
        for name, amount in (("received", received), ("rejected", rejected), ("rounded", rounded)):
            self._counts[name] += amount

    def expect(self, records: int) -> None:
        """About so many records will come: a guess, so that room is made for them once."""
        self._expected = records

    def note_incomplete(self, reasons: tuple[str, ...], statements: tuple[Statement, ...] = ()) -> None:
        """Why the file is not the whole of what it promises, and which numbered statements it holds. Never a name or a number of an account."""
        self.incomplete, self.statements = reasons, statements

    def append_rejects(self, rows: pa.Table) -> None:
        """Keep quarantined records (schema of ``reject``); count them with `count(rejected=…)`."""
        if len(rows):
            self._rejects.append(conform(rows, REJECT, self.batch_id))

    def append(self, table_name: str, rows: pa.Table, *, records: bool = True) -> None:
        """Store rows of a canonical table. `records`: each stands for one source record and is counted (stubs and companions do not).

        Transfers may come without ``transfer_id`` and ``content_key``: both are then assigned here, by ``reference`` where there is
        one and by content and occurrence in the file elsewhere.
        """
        if not len(rows):
            return
        table = get_table(table_name)
        full = conform(rows, table, self.batch_id)
        if table_name == "transfer":
            full, identity, content = self._identify(full)
        elif records:
            identity, content = self._describe(table, full)
        self._write(table, full)
        self._keep_vault(table, full)
        self._note_keys(table_name, full)
        if records:
            kept = self._records.setdefault(table_name, _Records())
            kept.rows.append(identity, content)
            kept.lines.append(_shorten(np.asarray(full["record"])))
        if table_name in ("holding", "relation"):
            self._references.append((table_name, full))

    def colliding(self, realm: Realm, ids: pa.Array, keys: pa.Array) -> pa.BooleanArray:
        """For each surrogate: does its 63-bit key already belong to another id, stored or earlier in this batch?

        One in 10^13 for a million accounts; rows of such an account are quarantined with ``key_collision``, never mixed up.
        """
        if realm not in self._known:
            self._known[realm] = self._setting.known_ids(realm, 0)
        known_keys, known_rest = self._known[realm]
        values = np.asarray(keys.cast(pa.int64()))
        rest, _ = siphash.hash_strings(ID_HASH_KEY, ids)
        order = np.argsort(values, kind="stable")
        new_keys, new_rest = values[order], rest[order]
        spot = np.searchsorted(known_keys, new_keys)
        near = np.minimum(spot, max(len(known_keys) - 1, 0))
        stands = known_keys[near] == new_keys if len(known_keys) else np.zeros(len(values), bool)
        first = np.ones(len(values), bool)
        first[1:] = new_keys[1:] != new_keys[:-1]
        owner = new_rest[np.maximum.accumulate(np.where(first, np.arange(len(values)), 0))]
        if stands.any():
            owner = np.where(stands, known_rest[near], owner)
        clash = np.empty(len(values), bool)
        clash[order] = new_rest != owner
        added = first & ~stands
        self._known[realm] = (
            np.insert(known_keys, spot[added], new_keys[added]),
            np.insert(known_rest, spot[added], new_rest[added]),
        )
        self._collided |= bool(clash.any())
        return pa.array(clash)

    def commit(self) -> LoadReport:
        """Judge duplicates, conflicts and dangling rows, list everything in the ledger, and return the accounting.

        Raises OvertakenError when the workspace changed meanwhile so that the staged rows are no longer what a fresh load would make.
        """
        self._occurrences = None  # no more rows: its memory serves the sort
        with self._begin_commit() as (setting, list_batch):
            self._renew(setting)
            report, overlap = self._judge()
            list_batch(self, self._seal(overlap), report)
            return report

    def _renew(self, setting: BatchSetting) -> None:
        """Take on the setting of now; what was staged under the former one must still hold."""
        overtaken = setting.batch_id != self.batch_id or setting.redactor != self._setting.redactor
        if setting.version != self._setting.version and not overtaken:
            overtaken = self._collided or any(
                _differ(*known, *setting.known_ids(realm, self._setting.version)) for realm, known in self._known.items()
            )
        if overtaken:
            raise OvertakenError("the workspace changed while this batch was made ready", hint="load it again")
        self._setting = setting

    def _judge(self) -> tuple[LoadReport, pa.Array | None]:
        lost, dangling = self._find_dangling()
        duplicates = conflicts = 0
        overlap: list[tuple[Order, Identity]] = []
        for table_name, kept in self._records.items():
            again, refused = self._judge_table(table_name, kept, lost.get(table_name), overlap)
            duplicates += again
            if len(refused):
                conflicts += len(refused)
                self._reject_conflicts(table_name, kept.lines_of(refused))
        return self._report(duplicates, conflicts, dangling), _in_order(overlap)

    def _judge_table(
        self, table_name: str, kept: _Records, missing: npt.NDArray[np.bool_] | None, overlap: list[tuple[Order, Identity]]
    ) -> tuple[int, Order]:
        """Write the index of a table's records, and say how many are duplicates and which rows are refused. Transfers that stand elsewhere,
        too, are added to `overlap`.
        """
        stored, duplicates = self._setting.stored_indexes(table_name), 0
        refused: list[Order] = []
        with (self._setting.room / f"{self.batch_id}.{table_name}.npy").open("wb") as stream:
            writer = IndexWriter(stream, kept.rows.count)
            for index, order in kept.rows.sort():
                standing = judge(index, stored, corrects=self._setting.corrects, merges=table_name != "transfer")
                duplicates += int((standing.duplicate if missing is None else standing.duplicate & ~missing[order]).sum())
                refused.append(order[standing.conflict])
                index.content[standing.conflict] = -1  # what was refused must not make a later copy look known
                writer.append(index)
                if table_name == "transfer" and standing.overlap.any():
                    among = np.flatnonzero(standing.overlap)
                    overlap.append((order[among], Identity(index.low[among], index.high[among])))
        return duplicates, np.concatenate(refused)

    def discard(self) -> None:
        """Let go of the files being staged; they go with the room they lie in."""
        for writer in self._writers.values():
            writer.abandon()

    @property
    def seconds(self) -> float:
        """Wall time since the batch was begun."""
        return time.monotonic() - self._begin

    # --- identity ---------------------------------------------------------------------------------------------------------

    def _identify(self, rows: pa.Table) -> tuple[pa.Table, Identity, Keys]:
        key = self._setting.key
        content = hash_content(key, [one_chunk(rows[name]) for name in TRANSFER_CONTENT])
        content_key = (content.high >> np.uint64(1)).astype(np.int64)
        ids = one_chunk(rows["transfer_id"])
        identity = Identity.from_binary(ids) if ids.null_count == 0 else self._assign(rows, content)
        rows = _replace(rows, "transfer_id", identity.to_binary())
        rows = _replace(rows, "content_key", pa.array(content_key))
        if rows["reference"].null_count < len(rows) and rows["reference_key"].null_count == len(rows):
            low, _ = siphash.hash_strings(key.text_key(), one_chunk(rows["reference"]))
            valid = np.asarray(one_chunk(rows["reference"]).is_valid())
            rows = _replace(rows, "reference_key", pa.array((low >> np.uint64(1)).astype(np.int64), mask=~valid))
        return rows, identity, content_key

    def _assign(self, rows: pa.Table, content: Identity) -> Identity:
        key, scope = self._setting.key, self._setting.source_scope
        named = np.asarray(one_chunk(rows["reference"]).is_valid())
        low, high = np.empty(len(rows), np.uint64), np.empty(len(rows), np.uint64)
        for mask, by_reference in ((named, True), (~named, False)):
            if not mask.any():
                continue
            if by_reference:
                part = identify_by_reference(key, scope, one_chunk(rows["reference"]).filter(pa.array(mask)))
            else:
                chosen = content if mask.all() else Identity(content.low[mask], content.high[mask])
                self._occurrences = self._occurrences or count_occurrences(len(chosen.low), self._expected)
                part = identify_by_content(key, scope, chosen, self._occurrences.count(chosen))
            low[mask], high[mask] = part.low, part.high
        return Identity(low, high)

    def _describe(self, table: Table, rows: pa.Table) -> tuple[Identity, Keys]:
        key = self._setting.key
        identity = hash_content(key, [one_chunk(rows[name]) for name in table.key])
        content = hash_content(key, [one_chunk(rows[column.name]) for column in table.facts])
        return identity, (content.high >> np.uint64(1)).astype(np.int64)

    # --- storage ----------------------------------------------------------------------------------------------------------

    def _write(self, table: Table, rows: pa.Table) -> None:
        part = rows.select([column.name for column in table.open_columns])
        if table.name not in self._writers:
            self._writers[table.name] = SegmentWriter(self._setting.room, f"{self.batch_id}.{table.name}", part.schema)
        self._writers[table.name].write(part)
        self._rows[table.name] = self._rows.get(table.name, 0) + len(rows)

    def _keep_vault(self, table: Table, rows: pa.Table) -> None:
        names = [column.name for column in table.vault_columns]
        present = [name for name in names if rows[name].null_count < len(rows)]
        if not present:
            return
        part = rows.select([*table.key, *names])
        valid = [pc.is_valid(part[name]) for name in present]
        keep = valid[0]
        for mask in valid[1:]:
            keep = pc.or_(keep, mask)
        part = self._setting.redactor.filter_rows(table, rows.filter(keep), part.filter(keep))
        if len(part):
            waiting = self._vault_rows.setdefault(table.name, [])
            waiting.append(part.cast(table.vault_schema()))
            if sum(map(len, waiting)) >= _VAULT_ROWS:
                self._flush_vault(table.name)

    def _flush_vault(self, table_name: str) -> None:
        rows = pa.concat_tables(self._vault_rows.pop(table_name))
        label = f"{self.batch_id}.{table_name}.{len(self._vault_files)}"
        path = stage_vault_rows(self._setting.room, label, self._setting.load_vault_key(), get_table(table_name), rows)
        self._vault_files.append((table_name, path, len(rows)))

    def _seal(self, overlap: pa.Array | None) -> list[Segment]:
        setting = self._setting
        if self._rejects:
            self._write(REJECT, pa.concat_tables(self._rejects, promote_options="default"))
        for table_name in list(self._vault_rows):
            self._flush_vault(table_name)
        staged: list[tuple[Segment, Path, Path]] = []
        for table_name, writer in self._writers.items():
            staged.append((Segment(table_name, "open", writer.close(), writer.rows), writer.path, setting.segments))
        for table_name, path, count in self._vault_files:
            staged.append((Segment(table_name, "vault", seal(path, ".bkv"), count), path, setting.vault))
        if overlap is not None:
            rows = pa.table({"transfer_id": overlap})
            writer = SegmentWriter(setting.room, f"{self.batch_id}.overlap", rows.schema)
            writer.write(rows)
            staged.append((Segment("transfer", "overlap", writer.close(), len(rows)), writer.path, setting.segments))
        self._rows.pop(REJECT.name, None)
        write_intent(setting.staging, self.batch_id, [segment.name for segment, _, _ in staged])
        for segment, path, folder in staged:
            move_into_place(path, folder, segment.name)
        for path in setting.room.glob(f"{self.batch_id}.*.npy"):
            path.replace(setting.index / path.name)
        return [segment for segment, _, _ in staged]

    # --- judging ----------------------------------------------------------------------------------------------------------

    def _note_keys(self, table_name: str, rows: pa.Table) -> None:
        column = {"party": "party_key", "account": "account_key", "identifier": "identifier_key"}.get(table_name)
        if column:
            self._keys.setdefault(table_name, []).append(np.asarray(rows[column]))

    def _find_dangling(self) -> tuple[dict[str, npt.NDArray[np.bool_]], int]:
        """Rows of holdings and relations whose end is not known: masks per table, and how many counted records they are."""
        from bakau_graph.archive.dangling import find_dangling

        masks: dict[str, npt.NDArray[np.bool_]] = {}
        total = 0
        known: dict[str, Keys] = {}
        for table_name in dict.fromkeys(name for name, _ in self._references):
            rows = pa.concat_tables([rows for name, rows in self._references if name == table_name], promote_options="default")
            found = find_dangling(table_name, rows, lambda realm: known.setdefault(realm, self._known_of(realm)))
            if len(found.rejects):
                self._rejects.append(conform(found.rejects, REJECT, self.batch_id))
            if table_name in self._records:
                masks[table_name] = found.mask
                total += int(found.mask.sum())
        return masks, total

    def _known_of(self, realm: str) -> Keys:
        return np.union1d(self._setting.known_keys(realm), np.concatenate(self._keys.get(realm, [np.empty(0, np.int64)])))

    def _reject_conflicts(self, table_name: str, lines: Keys) -> None:
        reason = "a record with this reference stands already with other content; the source declares no corrections"
        rows = {
            "record": pa.array(lines),
            "table": pa.repeat(pa.scalar(table_name), len(lines)),
            "column": pa.repeat(pa.scalar(""), len(lines)),
            "code": pa.repeat(pa.scalar("conflicting_version"), len(lines)),
            "reason": pa.repeat(pa.scalar(reason), len(lines)),
        }
        self._rejects.append(conform(pa.table(rows), REJECT, self.batch_id))

    def _report(self, duplicates: int, conflicts: int, dangling: int) -> LoadReport:
        received, refused = self._counts["received"], self._counts["rejected"]
        stored = sum(kept.rows.count for kept in self._records.values())
        if received != refused + stored:
            raise ArchiveError(f"the accounting does not add up: {received} records received, {refused} refused, {stored} stored")
        rejected = refused + conflicts + dangling
        loaded = received - rejected - duplicates
        return LoadReport(self.batch_id, received, loaded, rejected, duplicates, conflicts, dict(self._rows), self._counts["rounded"])


def _differ(keys: Keys, rest: npt.NDArray[np.uint64], other_keys: Keys, other_rest: npt.NDArray[np.uint64]) -> bool:
    """Does a key of the first (sorted) stand among the others for another id?"""
    if not len(keys):
        return False
    near = np.minimum(np.searchsorted(keys, other_keys), len(keys) - 1)
    return bool(((keys[near] == other_keys) & (rest[near] != other_rest)).any())


def _in_order(overlap: list[tuple[Order, Identity]]) -> pa.Array | None:
    """Ids of rows that stand elsewhere, in order of the file; None where there are none."""
    if not overlap:
        return None
    turn = np.argsort(np.concatenate([order for order, _ in overlap]))
    found = join_identities(identity for _, identity in overlap)
    return Identity(found.low[turn], found.high[turn]).to_binary()


def _shorten(lines: Keys) -> Keys | range:
    """Lines that follow each other without a gap as what they are: a file of nothing but good rows has no others."""
    whole = range(int(lines[0]), int(lines[0]) + len(lines))
    return whole if (lines == np.arange(whole.start, whole.stop)).all() else lines


def _replace(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)


def to_json(counts: dict[str, int]) -> str:
    """Counts as canonical JSON for the ledger."""
    return json.dumps(counts, sort_keys=True, separators=(",", ":"))
