"""Reads labels and planted truths, which lie outside the workspace, and joins them to accounts by their surrogates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from bakau.errors import FileError, InputError, Place
from bakau.ids import Realm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from bakau_graph.archive import Archive, Snapshot

    Ints = npt.NDArray[np.int64]

LABELS_FILE, NETWORKS_FILE = "nodes.csv", "networks.csv"
_NUMBER = ("nodeid", "account_number")
_LABEL = ("isFraud", "label")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """One label per account: `keys` int64 (sorted, -1 never), `positive` bool; `unknown` accounts are not in the snapshot."""

    keys: Ints
    positive: npt.NDArray[np.bool_]
    unknown: int
    unknown_positive: int


def read_table(path: Path, columns: Mapping[str, tuple[str, ...]], *, optional: Mapping[str, tuple[str, ...]] | None = None) -> pa.Table:
    """A small CSV with the wanted columns as text, under our names; `columns` says which headers each may stand under.

    Of the `optional` ones those that are not there are left out. FileError, InputError when it is no such table.
    """
    headers = {header: pa.string() for names in [*columns.values(), *(optional or {}).values()] for header in names}
    try:
        rows = pv.read_csv(path, convert_options=pv.ConvertOptions(column_types=headers))
    except (OSError, pa.ArrowInvalid) as error:
        raise FileError("the truth cannot be read as CSV", at=Place(path.name)) from error
    found: dict[str, pa.ChunkedArray] = {}
    for name, names in {**columns, **(optional or {})}.items():
        match = next((header for header in names if header in rows.column_names), None)
        if match is not None:
            found[name] = rows[match].combine_chunks()
        elif name in columns:
            raise InputError(f"no column {' or '.join(names)}", at=Place(path.name), hint="bakau evaluate --help")
    return pa.table(found)


def find_keys(archive: Archive, snapshot: Snapshot, numbers: pa.Array) -> Ints:
    """Account key of each account number, in whatever numbering the snapshot's accounts use; -1 where there is no such account."""
    stored = snapshot.table("account", ["account_key", "scheme"])
    known = np.asarray(stored["account_key"])
    keys = np.full(len(numbers), -1, np.int64)
    for scheme in sorted(pc.unique(stored["scheme"]).to_pylist()):
        made = np.asarray(archive.surrogate_key.surrogates(Realm.ACCOUNT, scheme, numbers).keys)
        fits = np.isin(made, known) & (keys < 0)
        keys[fits] = made[fits]
    if len(numbers) and (keys < 0).all():
        raise InputError("none of the accounts of the truth is in this workspace", hint="load the files it belongs to first")
    return keys


def load_labels(archive: Archive, snapshot: Snapshot, path: Path) -> Labels:
    """Labels per account from AMLSim's nodes.csv, or any CSV with account_number and label (1 or 0)."""
    rows = read_table(path, {"number": _NUMBER, "label": _LABEL})
    keys = find_keys(archive, snapshot, rows["number"].combine_chunks())
    positive = np.asarray(pc.is_in(rows["label"], value_set=pa.array(["1", "true", "True"])))
    known = keys >= 0
    order = np.argsort(keys[known])
    return Labels(keys[known][order], positive[known][order], int((~known).sum()), int(positive[~known].sum()))
