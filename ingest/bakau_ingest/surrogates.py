"""The surrogates of one file: each distinct number is normalised, checked and hashed once, however many chunks it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau import siphash
from bakau.ids import Realm, identify_tags
from bakau.model import ACCOUNT
from bakau_ingest.checks import LONGEST_CODE, LONGEST_TEXT, Fault, check_text, is_card_number, no_faults, normalise
from bakau_ingest.known_texts import know_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from bakau.ids import SurrogateKey
    from bakau_ingest.known_texts import KnownTexts
    from bakau_ingest.texts import Texts

    Faults = npt.NDArray[np.uint8]
    Colliding = Callable[[Realm, pa.Array, pa.Array], pa.BooleanArray]


@dataclass(frozen=True, slots=True)
class SurrogateColumns:
    """Per distinct text: id, key (null where empty or faulty), the normalised clear value (null for card numbers), and the fault."""

    scheme: str
    ids: pa.StringArray
    keys: pa.Int64Array
    clear: pa.StringArray
    fault: Faults


@dataclass(frozen=True, slots=True)
class Found:
    """The surrogates of one column: entry `spots[i]` of `columns` belongs to its value i."""

    columns: SurrogateColumns
    spots: npt.NDArray[np.int32]

    @property
    def scheme(self) -> str:
        """The scheme in full, with the scope of plain local numbers."""
        return self.columns.scheme

    @property
    def ids(self) -> pa.StringArray:
        """Id of each value."""
        return self.columns.ids.take(pa.array(self.spots))

    @property
    def keys(self) -> pa.Int64Array:
        """Key of each value."""
        return self.columns.keys.take(pa.array(self.spots))

    @property
    def clear(self) -> pa.StringArray:
        """Normalised clear text of each value."""
        return self.columns.clear.take(pa.array(self.spots))

    @property
    def fault(self) -> Faults:
        """Fault of each value."""
        return self.columns.fault[self.spots] if self.columns.fault.any() else no_faults(len(self.spots))


@dataclass(slots=True)
class _Known:
    """What was seen of one realm and scheme."""

    texts: KnownTexts
    columns: SurrogateColumns


class SurrogateBook:
    """Looks numbers up, hashing only those it has not seen. `scope` is the source: plain local numbers are unique within it."""

    def __init__(self, key: SurrogateKey, scope: str, colliding: Colliding) -> None:
        self._key, self._scope, self._colliding = key, scope, colliding
        self._known: dict[tuple[Realm, str, bool], _Known] = {}
        self._new: list[pa.Table] = []

    def look_up(self, realm: Realm, scheme: str, texts: Texts, *, names_too: bool = False) -> Found:
        """Surrogates of a column, one per value of `texts`. `names_too`: where nothing else is known, a name and address is the number."""
        full = f"{scheme}:{self._scope}" if scheme.partition(".")[0] == "local" and ":" not in scheme else scheme
        known = self._known.get((realm, full, names_too))
        if known is None:
            known = self._known[realm, full, names_too] = _Known(
                know_texts(len(texts) if texts.codes is None else len(texts.values)), _nothing(full)
            )
        spots, new = known.texts.look_up(texts)
        if len(new):
            known.columns = _joined(known.columns, self._make(realm, full, new, names_too=names_too))
        return Found(known.columns, spots)

    def take_new_accounts(self, line: int, used: list[pa.Array] | None) -> pa.Table:
        """Placeholder rows of accounts met since the last call, first met at or after `line`; with `used`, only those among these keys."""
        if not self._new:
            return ACCOUNT.schema().empty_table()
        found = pa.concat_tables(self._new)
        self._new = []
        if used is not None:
            mentioned = pc.is_in(found["account_key"], value_set=pa.concat_arrays(used) if used else pa.array([], pa.int64()))
            self._new = [found.filter(pc.invert(mentioned))]
            found = found.filter(mentioned)
        return found.append_column("record", pa.repeat(pa.scalar(line, pa.int64()), len(found)))

    def hash_text(self, texts: pa.Array) -> pa.Int64Array:
        """63-bit keyed hashes of a text column, null where null."""
        coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
        low, _ = siphash.hash_strings(self._key.text_key(), coded.dictionary)
        return pa.array((low >> np.uint64(1)).astype(np.int64)).take(coded.indices)

    def name_tags(self, columns: Mapping[str, pa.Array]) -> pa.StringArray:
        """Ids of tags, one a row of the columns of `tag` (label, giver and date may be missing)."""
        count = len(columns["subject_key"])
        kinds = {"asserted_us": pa.int64()}
        names = ("subject_key", "subject_realm", "concept", "label", "giver", "asserted_us")
        parts = [columns[name] if name in columns else pa.nulls(count, kinds.get(name, pa.string())) for name in names]
        return identify_tags(self._key, self._scope, parts)

    def _make(self, realm: Realm, scheme: str, raw: pa.StringArray, *, names_too: bool) -> SurrogateColumns:
        plain = scheme.partition(":")[0].partition(".")[0] in ("local", "device", "handle")
        column = raw if plain else pa.array([normalise(scheme, value) if value else value for value in raw.to_pylist()], pa.string())
        fault = np.where(np.asarray(column.is_null()), np.uint8(Fault.BAD_ACCOUNT_NUMBER), np.uint8(0))
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        found = self._key.surrogates(realm, scheme, column)
        clash = (
            pc.fill_null(self._colliding(realm, pc.fill_null(found.ids, ""), pc.fill_null(found.keys, -1)), fill_value=False)
            if realm is not Realm.IDENTIFIER
            else None
        )
        if clash is not None:
            fault[np.asarray(clash) & np.asarray(found.keys.is_valid())] = Fault.KEY_COLLISION
        hidden = scheme.partition(":")[0] == "card"
        shown = (
            pa.array([None if value is None or (hidden and is_card_number(value)) else value for value in column.to_pylist()], pa.string())
            if hidden
            else column
        )
        longest, signs = (LONGEST_TEXT, "+") if names_too else (LONGEST_CODE, "+" if scheme.startswith("phone") else "")
        fault = np.maximum(fault, check_text(raw, longest=longest, may_begin=signs))
        if realm is Realm.ACCOUNT:
            self._note(scheme, found.ids, found.keys, shown, fault)
        return SurrogateColumns(scheme, found.ids, found.keys, shown, fault)

    def _note(self, scheme: str, ids: pa.Array, keys: pa.Array, shown: pa.Array, fault: npt.NDArray[np.uint8]) -> None:
        count = len(ids)
        rows = pa.table(
            {
                "account_key": keys,
                "account_id": ids,
                "number": shown,
                "scheme": pa.repeat(pa.scalar(scheme), count),
                "stub": pa.repeat(pa.scalar(True), count),  # noqa: FBT003 - Arrow's own signature
            }
        )
        self._new.append(rows.filter(pa.array((fault == 0) & np.asarray(keys.is_valid()))))


def _nothing(scheme: str) -> SurrogateColumns:
    none = pa.array([], pa.string())
    return SurrogateColumns(scheme, none, pa.array([], pa.int64()), none, np.empty(0, np.uint8))


def _joined(one: SurrogateColumns, other: SurrogateColumns) -> SurrogateColumns:
    return SurrogateColumns(
        other.scheme,
        pa.concat_arrays([one.ids, other.ids]),
        pa.concat_arrays([one.keys, other.keys]),
        pa.concat_arrays([one.clear, other.clear]),
        np.concatenate([one.fault, other.fault]),
    )
