"""Which surrogate belongs to which account key: a sorted table of one snapshot, held in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import InputError, NotFoundError
from bakau.ids import key_of_id

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    Keys = npt.NDArray[np.int64]

#: Shortest beginning of an id that is looked up, without its ``acc_``.
SHORTEST_PREFIX = 4
PREFIX = "acc_"


@dataclass(frozen=True, slots=True)
class Directory:
    """Account keys (sorted int64) and their ids (string), row by row."""

    keys: Keys
    ids: pa.StringArray

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection) -> Directory:
        """From the ``account`` view of a snapshot's connection."""
        rows = connection.sql("SELECT account_key, account_id FROM account ORDER BY account_key").to_arrow_table()
        return cls(np.asarray(rows["account_key"]), rows["account_id"].combine_chunks().cast(pa.string()))

    def to_table(self) -> pa.Table:
        """(account_key, account_id), to join on."""
        return pa.table({"account_key": pa.array(self.keys), "account_id": self.ids})

    def ids_of(self, keys: Keys) -> pa.StringArray:
        """The ids of these keys in order; null for a key that is not here."""
        spots, known = self.places_of(keys)
        return self.ids.take(pa.array(spots, mask=~known))

    def places_of(self, keys: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """For each key its place among all accounts, and whether it is one of them (else the place means nothing)."""
        if not len(self.keys):
            return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
        spots = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return spots, self.keys[spots] == keys

    def contains(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """For each key: is it an account of the snapshot?"""
        return self.places_of(keys)[1]

    def find_prefix(self, text: str) -> Keys:
        """Keys of every account whose id begins so (with or without ``acc_``); none for a text too short to be one."""
        body = text.removeprefix(PREFIX).lower()
        if len(body) < SHORTEST_PREFIX or not body.isalnum():
            return np.empty(0, np.int64)
        found: Keys = self.keys[np.asarray(pc.starts_with(self.ids, PREFIX + body))]
        return found

    def key_of(self, text: str) -> int:
        """The key of the account with this id or unique beginning of an id; NotFoundError or InputError otherwise."""
        whole = self._key_of_whole(text)
        found = self.find_prefix(text) if whole is None else np.array([whole])
        if len(found) == 1:
            return int(found[0])
        if not len(found):
            raise NotFoundError("no account has this id", hint="bakau find TEXT looks up an account number")
        raise InputError(f"{len(found)} accounts have an id that begins so", hint="give more of the id")

    def _key_of_whole(self, text: str) -> int | None:
        """The key inside a whole id, when it is one of these accounts: no reading of every id as for a beginning of one."""
        try:
            key = key_of_id(text)
        except ValueError:
            return None
        return key if self.ids_of(np.array([key]))[0].as_py() == text else None


def pick_by_prefix(text: str, candidates: list[str], *, what: str, hint: str) -> str:
    """The candidate that is `text`, or the only one that begins so; NotFoundError or InputError otherwise."""
    if text in candidates:
        return text
    found = [candidate for candidate in candidates if text and candidate.startswith(text)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(f"no such {what}", hint=hint)
    raise InputError(f"{len(found)} ids of a {what} begin so", hint="give more of the id")
