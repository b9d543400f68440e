"""Rows that refer to something nobody knows: an ownership row whose owner is missing, a relation with one end.

They are stored and left out of the view (decision 0004): the day the missing end is loaded they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

#: Table → (key column, realm or the column that names the realm).
REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "holding": (("party_key", "party"), ("account_key", "account")),
    "relation": (("subject_key", "@subject_realm"), ("object_key", "@object_realm")),
}


@dataclass(frozen=True, slots=True)
class Dangling:
    """Which rows dangle, and the reject rows that say so."""

    mask: npt.NDArray[np.bool_]
    rejects: pa.Table


def find_dangling(table_name: str, rows: pa.Table, known: Callable[[str], npt.NDArray[np.int64]]) -> Dangling:
    """Check every reference of the rows against the known keys of its realm."""
    mask = np.zeros(len(rows), bool)
    blame = np.full(len(rows), "", dtype=object)
    for column, realm in REFERENCES[table_name]:
        lost = _lost(rows, column, realm, known)
        blame[lost & ~mask] = column
        mask |= lost
    chosen = rows["record"].filter(pa.array(mask))
    columns = pa.array(blame[mask], pa.string())
    reason = pc.binary_join_element_wise(columns, pa.scalar("refers to something no loaded record describes"), " ")
    count = len(columns)
    rejects = {
        "record": chosen,
        "table": pa.repeat(pa.scalar(table_name), count),
        "column": columns,
        "code": pa.repeat(pa.scalar("dangling_reference"), count),
        "reason": reason,
    }
    return Dangling(mask, pa.table(rejects))


def _lost(rows: pa.Table, column: str, realm: str, known: Callable[[str], npt.NDArray[np.int64]]) -> npt.NDArray[np.bool_]:
    keys = np.asarray(rows[column])
    if not realm.startswith("@"):
        return ~np.isin(keys, known(realm))
    named = rows[realm[1:]].combine_chunks().cast(pa.string())
    lost = np.zeros(len(rows), bool)
    for name in pc.unique(named).to_pylist():
        here = np.asarray(pc.equal(named, name))
        lost[here] = ~np.isin(keys[here], known(name))
    return lost
