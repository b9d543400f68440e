"""The loops of `windows.py`, compiled with numba (extra ``speed``). Imported only when there is work enough for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]


@compiled
def place_rows(rows: Places, codes: Places, first: Ints, placed: Places) -> None:  # pragma: no cover  (compiled)
    """Fill `placed` with the rows in order of their code, equal ones as they stand; `first` says where the rows of each code begin."""
    for row in rows:
        placed[first[codes[row]]] = row
        first[codes[row]] += 1


@compiled
def mark_changes(rows: Places, codes: Places, differs: Flags) -> None:  # pragma: no cover  (compiled)
    """Mark in `differs` (one fewer than the rows) where the next row has another code."""
    for at in range(len(rows) - 1):
        differs[at] |= codes[rows[at]] != codes[rows[at + 1]]


@compiled
def find_twins(
    links: Places, link_begin: Ints, whom: Places, whom_begin: Ints, group: Places, fed: Ints, shared: Ints, ppm: Ints
) -> None:  # pragma: no cover  (compiled)
    """Raise `shared` and `ppm` (one an account) to the most senders that an account has in common with one other, and their largest share.

    `links` are links group by group of one receiver from `link_begin`, `whom` the receivers of links group by group of one sender from
    `whom_begin`, `group` of each link its sender's group; `fed` says how many senders each account has.
    """
    seen = np.zeros(len(fed), np.int64)
    others = np.empty(len(fed), np.int64)
    for at in range(len(link_begin) - 1):
        one, count = whom[links[link_begin[at]]], 0
        for place in range(link_begin[at], link_begin[at + 1]):
            sender = group[links[place]]
            for link in range(whom_begin[sender], whom_begin[sender + 1]):
                other = whom[link]
                if other != one:
                    if seen[other] == 0:
                        others[count] = other
                        count += 1
                    seen[other] += 1
        for place in range(count):
            other = others[place]
            shared[one] = max(shared[one], seen[other])
            ppm[one] = max(ppm[one], seen[other] * 1_000_000 // (fed[one] + fed[other] - seen[other]))
            seen[other] = 0
