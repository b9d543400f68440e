"""Numbers a run puts on accounts, kept beside the generations: one file, replaced by one rename, never keyed to a protected account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.errors import InputError, ProtectedError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau.protection import ProtectionSet

_FILE = "marks.arrow"
_RUN_ID = b"bakau.run_id"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_marks(marks: pa.Table, protection: ProtectionSet) -> None:
    """InputError for another shape than account_key and int64 or string columns; ProtectedError for a protected account."""
    if "account_key" not in marks.column_names or marks.schema.field("account_key").type != pa.int64() or marks["account_key"].null_count:
        raise InputError("marks need a column account_key of int64 without nulls")
    for field in marks.schema:
        if not _NAME.fullmatch(field.name) or field.type not in (pa.int64(), pa.string()):
            raise InputError("a mark is a column of int64 or string with a plain lower-case name")
    keys = marks["account_key"].to_numpy()
    if len(np.unique(keys)) != len(keys):
        raise InputError("marks hold an account twice")
    count = int(protection.is_protected(keys).sum())
    if count:
        raise ProtectedError(f"{count} marks are keyed to protected accounts; nothing was written", hint="run `bakau analyse` again")


def read_marks(folder: Path, protection: ProtectionSet) -> tuple[str | None, pa.Table]:
    """Run id and marks sorted by account key, without those of accounts protected now; (None, empty) when there are none."""
    try:
        with pa.OSFile(str(folder / _FILE)) as source:
            table = pa.ipc.open_file(source).read_all()
    except FileNotFoundError:
        return None, pa.table({"account_key": pa.array([], pa.int64())})
    visible = table.filter(pa.array(~protection.is_protected(table["account_key"].to_numpy())))
    return (table.schema.metadata or {}).get(_RUN_ID, b"").decode() or None, visible


def write_marks_file(folder: Path, run_id: str, marks: pa.Table) -> None:
    """Replace the marks; the caller holds the lock of builders."""
    table = marks.sort_by("account_key").replace_schema_metadata({_RUN_ID: run_id.encode()})
    draft = folder / f".{_FILE}"
    with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    draft.chmod(0o600)
    draft.replace(folder / _FILE)


def withdraw_marks(folder: Path, known: npt.NDArray[np.int64], protection: ProtectionSet) -> None:
    """Erase marks of accounts that are protected now or that the network no longer holds; the caller holds the lock."""
    run_id, marks = read_marks(folder, protection)
    if run_id is not None:
        write_marks_file(folder, run_id, marks.filter(pa.array(np.isin(marks["account_key"].to_numpy(), known))))
