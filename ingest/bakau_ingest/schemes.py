"""Numbers whose scheme stands beside them, row by row: an IBAN here, a bank's own number there, a name where nothing else is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_ingest.checks import Fault
from bakau_ingest.surrogates import SurrogateColumns
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from bakau.ids import Realm
    from bakau_ingest.surrogates import SurrogateBook

_SCHEME = re.compile(r"[a-z_]+(\.[a-z_]+)?(:[A-Za-z0-9_.-]+)?")


def look_up_schemed(book: SurrogateBook, realm: Realm, schemes: Texts, texts: Texts) -> tuple[SurrogateColumns, pa.Array]:
    """Surrogates per *row*, and the full scheme per row. A row without a number needs no scheme; a bad scheme is ``unknown_code``."""
    rows, coded = _per_row(texts), _per_row(schemes).dictionary_encode()
    which, names = np.asarray(coded.indices), coded.dictionary.to_pylist()
    order = np.argsort(which, kind="stable")
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    parts: list[tuple[SurrogateColumns, int]] = []
    for place, name in enumerate(names):
        spots = np.flatnonzero(which == place)
        values = rows.take(pa.array(spots)).dictionary_encode()
        bad = _SCHEME.fullmatch(name) is None
        found = book.look_up(realm, "local" if bad else name, Texts(values.dictionary))
        codes = values.indices
        fault = found.fault[np.asarray(codes)]
        if bad:
            fault = np.where(np.asarray(pc.binary_length(values.dictionary.take(codes))) > 0, np.uint8(Fault.UNKNOWN_CODE), fault)
        columns = SurrogateColumns(found.scheme, found.ids.take(codes), found.keys.take(codes), found.clear.take(codes), fault)
        parts.append((columns, len(spots)))
    if not parts:
        none = pa.array([], pa.string())
        return SurrogateColumns("", none, pa.array([], pa.int64()), none, np.empty(0, np.uint8)), none
    again = pa.array(back)
    joined = SurrogateColumns(
        "",
        pa.concat_arrays([part.ids for part, _ in parts]).take(again),
        pa.concat_arrays([part.keys for part, _ in parts]).take(again),
        pa.concat_arrays([part.clear for part, _ in parts]).take(again),
        np.concatenate([part.fault for part, _ in parts])[back].astype(np.uint8),
    )
    full = pa.array([part.scheme for part, _ in parts])
    return joined, pa.DictionaryArray.from_arrays(coded.indices, full)


def _per_row(texts: Texts) -> pa.Array:
    return texts.values if texts.codes is None else texts.values.take(pa.array(texts.codes))
