"""Files for other tools. A cell never starts a formula, and every file says which snapshot and run it stands on.

CSV: a text cell that begins with ``= + - @``, TAB or CR gets an apostrophe before it, unless it is a plain number (CSV injection, OWASP).
Where the file stands is written to ``FILE.meta.json`` beside it, because a footer would break every reader. Parquet carries the same
in its own metadata, under ``bakau.export``.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bakau.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_casework.view import View
    from bakau_graph.picture import Picture

_STARTS_FORMULA = r"^[=+\-@\t\r\n\x00＝＋－＠]"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"


def defuse(values: pa.Array) -> pa.Array:
    """Text cells made harmless for spreadsheets; plain numbers and nulls stay as they are."""
    risky = pc.and_(pc.match_substring_regex(values, _STARTS_FORMULA), pc.invert(pc.match_substring_regex(values, _PLAIN_NUMBER)))
    return pc.if_else(risky, pc.binary_join_element_wise("'", values, ""), values)


def describe(view: View) -> dict[str, object]:
    """What a file needs to say about itself: document, snapshot, run, purpose, case, columns and what was masked."""
    return {
        "schema": view.schema,
        "snapshot": view.snapshot,
        "run": view.facts.get("run"),
        "purpose": view.purpose,
        "case": view.case,
        "rows": len(view.rows),
        "columns": {column.name: column.meaning for column in view.declaration.columns},
        "masked": dict(view.masked),
    }


def write_csv(view: View, path: Path) -> None:
    """Write the rows as CSV (UTF-8, comma, header, every text quoted) and the description beside them."""
    columns = []
    for name in view.rows.schema.names:
        values = view.rows[name].combine_chunks()
        columns.append(defuse(values) if pa.types.is_string(values.type) else values)
    with _new_file(path) as stream:
        pyarrow.csv.write_csv(pa.table(columns, names=view.rows.schema.names), stream)
    with _new_file(path.with_name(path.name + ".meta.json")) as stream:
        stream.write(json.dumps(describe(view), indent=1).encode() + b"\n")


def write_parquet(view: View, path: Path) -> None:
    """Write the rows as Parquet with the description in the file's metadata."""
    rows = view.rows.replace_schema_metadata({"bakau.export": json.dumps(describe(view))})
    with _new_file(path) as stream:
        pq.write_table(rows, stream, compression="zstd")


def choose_html_path(path: Path, stem: str, *, force: bool) -> Path:
    """Where a picture goes: the path itself, or in a directory a file named `stem`. FileError when a file stands there."""
    chosen = path / f"{stem}.html" if path.is_dir() else path
    if chosen.exists() and not force:
        raise FileError("the file exists already; nothing was written", hint="--force overwrites it")
    return chosen


def write_html(picture: Picture, path: Path) -> None:
    """Write a picture: whole or not at all, UTF-8 whatever the machine's locale."""
    with _new_file(path) as stream:
        stream.write(picture.to_bytes())


@contextmanager
def _new_file(path: Path) -> Iterator[pa.NativeFile]:
    """A file that appears whole under its name when the block ends well, and not at all otherwise; only its owner may read it."""
    if path.is_dir():
        raise FileError("this is a directory", hint="name the file to write")
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as plain, pa.PythonFile(plain, mode="w") as stream:
                yield stream
            staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"the file cannot be written: {error.strerror or error}") from error
