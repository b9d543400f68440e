"""One generation: the arrays of one state of the facts, in a directory that is complete or absent and never changes.

    manifest.json     format, digest, counts, and name, type and length of every array
    accounts.arrow    account table in order of account_id; a row's place is the account's *node* number
    key.npy           account keys, sorted; node.npy: the node of each
    src dst ts amount currency timed transfer_id .npy     one entry per transfer, in order of (ts_us, transfer_id): its *edge* number
    out_ptr out_edge out_node .npy and in_…               adjacency: see `Adjacency`

Nodes are numbered by account id and edges by time and transfer id, so every order the protocol promises is an order of integers.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.columns import one_chunk
from bakau.files import save_array
from bakau_graph.embedded.adjacency import Adjacency
from bakau_graph.embedded.plain_columns import text_column

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

#: Number of this layout; a generation of another number is not opened but built anew.
FORMAT = 2
#: Stands for "the source states no amount" in `amount`: one below the smallest amount the model allows.
NO_AMOUNT = np.iinfo(np.int64).min

ARRAYS: dict[str, str] = {
    "key": "<i8",
    "node": "<i4",
    "src": "<i4",
    "dst": "<i4",
    "ts": "<i8",
    "amount": "<i8",
    "currency": "<i2",
    "timed": "|b1",
    "transfer_id": "|V16",
    "out_ptr": "<i8",
    "out_edge": "<i8",
    "out_node": "<i4",
    "in_ptr": "<i8",
    "in_edge": "<i8",
    "in_node": "<i4",
}
_MANIFEST, _ACCOUNTS = "manifest.json", "accounts.arrow"


class DamagedError(Exception):
    """A generation on disk is not what its manifest says; it is built anew. Never leaves this package."""


@dataclass(frozen=True, eq=False)
class Generation:
    """The arrays of one generation, in memory or memory-mapped, all read-only by agreement."""

    digest: str
    built_us: int
    currencies: tuple[str, ...]
    accounts: pa.Table
    key: Ints
    node: npt.NDArray[np.int32]
    src: npt.NDArray[np.int32]
    dst: npt.NDArray[np.int32]
    ts: Ints
    amount: Ints
    currency: npt.NDArray[np.int16]
    timed: npt.NDArray[np.bool_]
    transfer_id: npt.NDArray[np.void]
    outgoing: Adjacency
    incoming: Adjacency

    @property
    def account_count(self) -> int:
        """How many accounts."""
        return len(self.key)

    @property
    def transfer_count(self) -> int:
        """How many transfers."""
        return len(self.ts)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Every array by its file name."""
        found: dict[str, npt.NDArray[np.generic]] = {
            name: getattr(self, name) for name in ARRAYS if "_" not in name or name == "transfer_id"
        }
        for side, adjacency in (("out", self.outgoing), ("in", self.incoming)):
            found |= {f"{side}_ptr": adjacency.ptr, f"{side}_edge": adjacency.edge, f"{side}_node": adjacency.node}
        return found

    def account_column(self, name: str) -> pa.Array:
        """A column of the account table in order of node, as one array that is not copied."""
        return self._account_columns[name]

    @cached_property
    def _account_columns(self) -> dict[str, pa.Array]:
        columns = zip(self.accounts.column_names, self.accounts.columns, strict=True)
        return {name: one_chunk(column) for name, column in columns}

    @cached_property
    def keys_by_node(self) -> Ints:
        """Account keys in order of node."""
        keys: Ints = self.account_column("account_key").to_numpy()
        return keys

    def take_ids(self, nodes: Ints) -> pa.Array:
        """Account ids of many nodes; from one block of text of equal widths, as surrogates are, where the column allows it."""
        block = self._id_block
        if block is None:
            return self.account_column("account_id").take(pa.array(nodes))
        return text_column(block[nodes].tobytes(), block.dtype.itemsize, len(nodes))

    @cached_property
    def _id_block(self) -> npt.NDArray[np.void] | None:
        column = self.account_column("account_id")
        if not len(column) or column.null_count:
            return None
        _, ends, text = column.buffers()
        end = np.frombuffer(ends, np.int32)[column.offset : column.offset + len(column) + 1]
        width = int(end[1] - end[0])
        if width == 0 or (np.diff(end) != width).any():
            return None
        return np.frombuffer(text, f"V{width}", len(column), int(end[0]))

    def take_kinds(self, nodes: Ints) -> pa.Array:
        """Kinds of many nodes."""
        codes, words = self._kinds
        places = codes[nodes]
        first = words[int(places[0])].as_py() if len(places) and (places == places[0]).all() else None
        if first is None:
            return take_words(words, places)
        word = first.encode()  # accounts near each other are of one kind more often than not
        return text_column(word * len(places), len(word), len(places))

    def take_currencies(self, places: Ints) -> pa.Array:
        """Codes of currencies by their place."""
        block = self._currency_block
        if block is None:
            return take_words(self._currency_words, places)
        return text_column(block[places].tobytes(), block.dtype.itemsize, len(places))

    @cached_property
    def _currency_block(self) -> npt.NDArray[np.void] | None:
        """The codes as one block where all are of one width, as those of ISO 4217 are."""
        words = [code.encode() for code in self.currencies]
        if not words or not words[0] or len({len(word) for word in words}) > 1:
            return None
        return np.frombuffer(b"".join(words), f"V{len(words[0])}")

    @cached_property
    def _currency_words(self) -> pa.Array:
        return pa.array(self.currencies, pa.string())

    @cached_property
    def _kinds(self) -> tuple[npt.NDArray[np.int32], pa.Array]:
        """Coded: few kinds stay in the processor's cache where many texts do not."""
        coded = self.account_column("kind").dictionary_encode(null_encoding="encode")
        return coded.indices.to_numpy(), coded.dictionary

    def edge_window(self, since_us: int | None, until_us: int | None) -> tuple[int, int]:
        """First edge number of a window and the first after it; equal when the window is empty."""
        first = 0 if since_us is None else int(np.searchsorted(self.ts, since_us))
        last = self.transfer_count if until_us is None else int(np.searchsorted(self.ts, until_us))
        return first, max(first, last)


def take_words(words: pa.Array, places: Ints | npt.NDArray[np.int32]) -> pa.Array:
    """`words.take(places)` without the detour through its options, which takes longer than the taking."""
    found: pa.Array = pc.call_function("array_take", [words, pa.array(places)])
    return found


def write_generation(folder: Path, generation: Generation) -> None:
    """Write every file of a generation into an existing empty folder, flushed to the disk; the manifest last."""
    with pa.OSFile(str(folder / _ACCOUNTS), "wb") as sink, pa.ipc.new_file(sink, generation.accounts.schema) as writer:
        writer.write_table(generation.accounts)
    arrays = generation.arrays()
    for name, values in arrays.items():
        with (folder / f"{name}.npy").open("wb") as stream:
            save_array(stream, np.asarray(values, dtype=ARRAYS[name]))
    manifest = {
        "format": FORMAT,
        "digest": generation.digest,
        "built_us": generation.built_us,
        "currencies": generation.currencies,
        "accounts": generation.account_count,
        "arrays": {name: len(values) for name, values in arrays.items()},
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for path in (*sorted(folder.iterdir()), folder):
        _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_generation(folder: Path) -> Generation:
    """Map a generation into memory. DamagedError when it is absent, of another format, or not what its manifest says."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise DamagedError(f"format {manifest['format']}")
        arrays = {name: _read_array(folder / f"{name}.npy", ARRAYS[name], length) for name, length in manifest["arrays"].items()}
        accounts = pa.ipc.open_file(pa.memory_map(str(folder / _ACCOUNTS))).read_all()
        if len(accounts) != manifest["accounts"]:
            raise DamagedError(_ACCOUNTS)
        sides = {
            side: Adjacency(arrays.pop(f"{side}_ptr"), arrays.pop(f"{side}_edge"), arrays.pop(f"{side}_node"), len(arrays["ts"]))
            for side in ("out", "in")
        }
        return Generation(
            digest=manifest["digest"],
            built_us=manifest["built_us"],
            currencies=tuple(manifest["currencies"]),
            accounts=accounts,
            outgoing=sides["out"],
            incoming=sides["in"],
            **arrays,
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DamagedError(str(folder.name)) from error


#: NumPy parses the head of a file as Python, and Python 3.11 counts the depth of what it parses for all threads together (gh-106905).
_HEADERS = threading.Lock()


def _read_array(path: Path, dtype: str, length: int) -> npt.NDArray[Any]:
    """Map one array; an empty one cannot be mapped and is read. A plain array comes back, which kernels take without a detour."""
    with _HEADERS:
        values = np.load(path, mmap_mode="r" if length else None, allow_pickle=False)
    if len(values) != length or values.dtype.str != np.dtype(dtype).str:
        raise DamagedError(path.name)
    return np.asarray(values)
