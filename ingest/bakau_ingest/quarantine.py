"""The quarantine: which records are set aside and why. It keeps the shape of a value, never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.logs import shape_of
from bakau.model import REJECT
from bakau_ingest.checks import Fault

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.reader import Chunk
    from bakau_ingest.texts import Texts


class Quarantine:
    """Collects the faults of one chunk. A record with several faults is rejected once, for the first one found."""

    def __init__(self, table: str, chunk: Chunk) -> None:
        self._table, self._chunk = table, chunk
        self.bad: npt.NDArray[np.bool_] = np.zeros(len(chunk.lines), bool)
        self._rows: list[dict[str, object]] = [
            {
                "record": broken.line,
                "table": table,
                "column": broken.column,
                "code": broken.code,
                "reason": broken.reason,
                "shape": broken.shape,
            }
            for broken in chunk.broken
        ]

    @property
    def rejected(self) -> int:
        """Records set aside so far, those the reader could not take apart included."""
        return int(self.bad.sum()) + len(self._chunk.broken)

    def add(self, column: str, fault: npt.NDArray[np.uint8], texts: Texts, table: str | None = None) -> None:
        """Set aside the records with a fault in `column`, unless they are already; `table`: what they were meant for, if not the usual."""
        fresh = np.flatnonzero((fault != 0) & ~self.bad)
        if not len(fresh):
            return
        for line, code, value in zip(self._chunk.lines[fresh].tolist(), fault[fresh].tolist(), texts.take(fresh), strict=True):
            kind = Fault(code)
            self._rows.append(
                {
                    "record": line,
                    "table": table or self._table,
                    "column": column,
                    "code": kind.code,
                    "reason": kind.reason,
                    "shape": shape_of(value),
                }
            )
        self.bad[fresh] = True

    def to_table(self) -> pa.Table:
        """The rejects in the schema of the canonical table, without the batch, in order of the file."""
        schema = pa.schema([field for field in REJECT.open_schema() if field.name != "batch_id"])
        rows = sorted(self._rows, key=lambda row: (row["record"], row["column"]))
        return pa.Table.from_pylist(rows, schema)
