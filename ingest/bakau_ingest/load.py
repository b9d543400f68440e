"""Loads one file: hash → read → convert → check → store. Nothing of a file is visible until all of it is in."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau import siphash
from bakau.errors import FileError, InputError, MappingError, OvertakenError, Place, TooManyRejectsError
from bakau_graph.archive import BatchIdentity
from bakau_graph.archive.segment import sha256_of
from bakau_graph.archive.statements import Statement
from bakau_graph.archive.term import refuse_over
from bakau_ingest.content import refuse_content
from bakau_ingest.convert import Converter
from bakau_ingest.mapping import REALMS
from bakau_ingest.reader import Form, choose_reader, may_lack_columns, statements_of
from bakau_ingest.streams import stamp_of, weigh_line
from bakau_ingest.surrogates import SurrogateBook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bakau.ids import SurrogateKey
    from bakau.progress import Progress
    from bakau_graph.archive import Archive, Batch
    from bakau_graph.archive.batch import BatchWriter
    from bakau_ingest.mapping import FileMapping
    from bakau_ingest.reader import OpenFile, Reader, StatementSeen
    from bakau_ingest.selection import Chosen

#: Fields whose values hardly repeat, and those looked up in the surrogate book; every other column is read dictionary-encoded.
_LOOSE = {"ts", "amount", "balance", "reference", "purpose", "name", "group", "value", "text", *REALMS}

#: Bytes from which on a file is looked into before it is hashed.
_LARGE = 64 << 20
#: A file that was overtaken is made ready again so many times before it is given up.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What the caller asks for beside the files."""

    source_id: str = "training"
    encoding: str | None = None
    replace: str | None = None
    corrections: bool = False
    max_rejects: int | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The accounting of one file: received = loaded + rejected + duplicates, all in source records."""

    batch_id: str
    source_id: str
    file: str
    received: int
    loaded: int
    rejected: int
    duplicates: int
    rows: dict[str, int]
    rounded: int
    seconds: float
    reasons: dict[str, int] = field(default_factory=dict)
    known: bool = False
    incomplete: tuple[str, ...] = ()


def load_file(
    archive: Archive, chosen: Chosen, options: LoadOptions, progress: Progress, *, wait: Callable[[], None] | None = None
) -> Loaded:
    """Load one file as one batch. `wait` is called before the commit and returns when it is this file's turn.

    The very same file under the same mapping adds nothing (all duplicates). Under another mapping it is refused unless it replaces
    its earlier batch. Raises FileError, MappingError, InputError, TooManyRejectsError, LockedError; OvertakenError when the workspace
    changed under it time and again.
    """
    for _ in range(_TRIES):
        with suppress(OvertakenError):  # made anew, it fits what stands now
            return _load_once(archive, chosen, options, progress, wait)
    return _load_once(archive, chosen, options, progress, wait)


def _load_once(archive: Archive, chosen: Chosen, options: LoadOptions, progress: Progress, wait: Callable[[], None] | None) -> Loaded:
    begin = time.monotonic()
    source_id = chosen.source or options.source_id
    progress.say(chosen.path.name)
    stamp = stamp_of(chosen.path)
    refuse_content(chosen.path)
    reader = choose_reader(chosen.path, options.reader or chosen.file.reader)
    opened = _open(reader, chosen, options, look=True) if stamp.size > _LARGE else None
    digest = hash_file(chosen.path)
    mapping_hash = chosen.mapping.hash_of(_with_encoding(chosen.file, options))
    identity = BatchIdentity(source_id, digest, mapping_hash, reader.label)
    refuse_over(archive.get_source(source_id))
    twin = archive.find_batch(identity)
    if twin is not None and twin.batch_id != options.replace:
        return _known(twin, chosen.path.name, time.monotonic() - begin)
    _refuse_other_mapping(archive, identity, options, chosen.path)
    opened = opened or _open(reader, chosen, options)
    corrects = chosen.file.corrections or options.corrections
    try:
        with archive.begin_batch(identity, file_name=chosen.path.name, declares_corrections=corrects, replace=options.replace) as batch:
            reasons = _fill(archive, batch, opened, chosen, source_id, options, progress)
            batch.note_incomplete(opened.incomplete, name_series(archive.surrogate_key, source_id, statements_of(opened)))
            if stamp_of(chosen.path) != stamp:
                raise FileError(
                    "changed while it was read; nothing was loaded", hint="run again when it is complete", at=Place(str(chosen.path))
                )
            if wait is not None:
                wait()
                _refuse_other_mapping(archive, identity, options, chosen.path)
            report = batch.commit()
    except InputError:
        twin = archive.find_batch(identity)
        if twin is None or twin.batch_id == options.replace:
            raise
        # The same file was loaded while this one was made ready.
        return _known(twin, chosen.path.name, time.monotonic() - begin)
    if report.conflicts:
        reasons["conflicting_version"] = report.conflicts
    dangling = report.rejected - sum(reasons.values())
    if dangling > 0:
        reasons["dangling_reference"] = dangling
    return Loaded(
        report.batch_id, source_id, chosen.path.name, report.received, report.loaded, report.rejected, report.duplicates, report.rows,
        report.rounded, round(time.monotonic() - begin, 3), reasons, incomplete=_incomplete(archive, identity),
    )  # fmt: skip


def _open(reader: Reader, chosen: Chosen, options: LoadOptions, *, look: bool = False) -> OpenFile:
    """The file with its columns checked. With `look` it is read up to a good record: one made to do harm is refused before it is hashed."""
    opened = reader.open(chosen.path, form_of(chosen.file, options.encoding))
    check_columns(opened, chosen)
    if look:
        next((chunk for chunk in opened.read_chunks(chosen.file.columns(), _coded(chosen.file)) if len(chunk.lines)), None)
    return opened


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes; FileError when it cannot be read."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise FileError(f"cannot be read ({error.strerror})", at=Place(str(path))) from error


def form_of(file: FileMapping, encoding: str | None = None) -> Form:
    """How the file is written, as its mapping says; `encoding` is what the caller asks for instead."""
    return Form(file.delimiter, encoding or file.encoding, file.quoted, file.header, header_line=file.header_line, sheet=file.sheet)


def name_series(key: SurrogateKey, source_id: str, seen: Sequence[StatementSeen]) -> tuple[Statement, ...]:
    """The numbered statements of a file under keyed hashes of whose they are."""
    numbered = [one for one in seen if one.number is not None]
    if not numbered:
        return ()
    low, _ = siphash.hash_strings(key.text_key(), pa.array([f"statement|{source_id}|{one.account}" for one in numbered], pa.string()))
    series = (low >> np.uint64(1)).astype(np.int64).tolist()
    return tuple(Statement(which, one.number or 0, one.day, one.what) for which, one in zip(series, numbered, strict=True))


def _incomplete(archive: Archive, identity: BatchIdentity) -> tuple[str, ...]:
    """What the archive says of the batch that was loaded just now."""
    batch = archive.find_batch(identity)
    return () if batch is None else batch.incomplete


def _with_encoding(file: FileMapping, options: LoadOptions) -> FileMapping:
    return file if options.encoding is None else file.model_copy(update={"encoding": options.encoding})


def _refuse_other_mapping(archive: Archive, identity: BatchIdentity, options: LoadOptions, path: Path) -> None:
    other = archive.find_batch_of_file(identity.source_id, identity.file_sha256)
    if other is not None and (options.replace is None or not other.batch_id.startswith(options.replace)):
        raise InputError(
            f"this file stands already as batch {other.batch_id}, loaded under another mapping",
            hint=f"--replace {other.batch_id} withdraws that batch and loads the file anew, in one step",
            at=Place(str(path)),
        )


def _known(batch: Batch, name: str, seconds: float) -> Loaded:
    received = batch.report.received
    return Loaded(
        batch.batch_id, batch.source_id, name, received, 0, 0, received, {}, 0, round(seconds, 3), known=True, incomplete=batch.incomplete
    )


def check_columns(opened: OpenFile, chosen: Chosen) -> None:
    """Every column of the file is mapped, a label or ignored; every column of the mapping is in the file."""
    header, wanted = set(opened.header), chosen.file.columns()
    known = wanted | set(chosen.file.labels) | set(chosen.file.ignore)
    if wanted and not header & known:  # probably a record: its values are not said
        hint = "does the file begin with a header? check the mapping and the delimiter"
        raise MappingError("the first line names no column of the mapping", hint=hint, at=Place(str(chosen.path), 1))
    lacking = set() if may_lack_columns(opened) else wanted - header
    missing, unknown = sorted(lacking), [name for name in opened.header if name not in known]
    problems = [f"the file lacks the column {name!r}" for name in missing] + [
        f"the mapping does not know the column {name!r}" for name in unknown
    ]
    if problems:
        hint = (
            "map it, or list it under labels (never loaded) or ignore" if unknown and not missing else "check the mapping and the delimiter"
        )
        raise MappingError("; ".join(problems[:5]), hint=hint, at=Place(str(chosen.path), 1))


def _coded(file: FileMapping) -> set[str]:
    loose = {cell.column for rows in file.rows for name, cell in rows.fields.items() if name in _LOOSE}
    tight = {cell.column for rows in file.rows for name, cell in rows.fields.items() if name not in _LOOSE}
    aside = {name for rows in file.rows for cell in rows.fields.values() for name in (cell.zone_column, cell.scheme_column)}
    named = tight | aside | {rows.when for rows in file.rows}
    return {name for name in named - (loose - tight) if name is not None}


def _fill(
    archive: Archive, batch: BatchWriter, opened: OpenFile, chosen: Chosen, source_id: str, options: LoadOptions, progress: Progress
) -> dict[str, int]:
    """Convert every chunk into the batch; returns rejected records by reason code."""
    book = SurrogateBook(archive.surrogate_key, source_id, batch.colliding)
    converter = Converter(chosen.file, book, now_us=time.time_ns() // 1000)
    if line := 0.0 if chosen.recognised else weigh_line(chosen.path):
        batch.expect(int(chosen.path.stat().st_size / line))
    reasons: dict[str, int] = {}
    rejected = received = 0
    for chunk in opened.read_chunks(chosen.file.columns(), _coded(chosen.file)):
        result = converter.convert(chunk)
        received += result.received
        rejected += result.rejected
        if options.max_rejects is not None and rejected > options.max_rejects:
            raise TooManyRejectsError(
                f"more than {options.max_rejects} records would be rejected; nothing of this file was loaded",
                hint="look at the mapping, or allow more with --max-rejects",
                at=Place(str(chosen.path)),
            )
        batch.count(received=result.received, rejected=result.rejected, rounded=result.rounded)
        if result.rejects is not None and len(result.rejects):
            batch.append_rejects(result.rejects)
            for code in result.rejects["code"].to_pylist():
                reasons[code] = reasons.get(code, 0) + 1
        for made in result.made:
            batch.append(made.table, made.rows, records=made.records)
        progress.advance(result.received)
    if received or not statements_of(opened):
        refuse_nothing(chosen.path, received, rejected, reasons)
    return reasons


def refuse_nothing(path: Path, received: int, rejected: int, reasons: Mapping[str, int]) -> None:
    """FileError for a file of which no record is taken: it has none, or every one would be rejected."""
    if received == 0:
        raise FileError("holds a header and no records", at=Place(str(path)))
    if received == rejected:
        first = next(iter(sorted(reasons, key=lambda code: -reasons[code])), "")
        raise FileError(
            f"every one of its {received} records would be rejected ({first})",
            hint="check the mapping's columns, decimal and date style",
            at=Place(str(path)),
        )


__all__ = ["LoadOptions", "Loaded", "check_columns", "form_of", "hash_file", "load_file", "refuse_nothing"]
