"""Payments under way: growing columns of the world's transfers, one block per part of life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

PURPOSES = (
    "", "family support", "rent", "salary", "school fees", "groceries", "gift", "thank you", "medical bills", "allowance", "order", "invoice",
    "transfer", "settlement",
)  # fmt: skip


@dataclass(slots=True)
class Payments:
    """Columns of equal length: payer and payee (account numbers of the population, from 0), instant, amount in minor units, purpose."""

    src: list[Ints] = field(default_factory=list)
    dst: list[Ints] = field(default_factory=list)
    ts_us: list[Ints] = field(default_factory=list)
    amount: list[Ints] = field(default_factory=list)
    purpose: list[Ints] = field(default_factory=list)

    def add(self, src: Ints | int, dst: Ints | int, ts_us: Ints | int, amount: Ints | int, purpose: str = "") -> None:
        """Add a block; scalars are spread over it."""
        count = max(np.size(value) for value in (src, dst, ts_us, amount))
        for column, values in ((self.src, src), (self.dst, dst), (self.ts_us, ts_us), (self.amount, amount)):
            column.append(np.broadcast_to(np.asarray(values, np.int64), count).copy())
        self.purpose.append(np.full(count, PURPOSES.index(purpose), np.int64))

    def columns(self) -> dict[str, Ints]:
        """All blocks joined, in order of time (ties by payer, payee, amount), payments to oneself left out."""
        joined = {name: np.concatenate(getattr(self, name)) for name in ("src", "dst", "ts_us", "amount", "purpose")}
        keep = (joined["src"] != joined["dst"]) & (joined["amount"] > 0)
        order = np.lexsort((joined["amount"], joined["dst"], joined["src"], joined["ts_us"]))
        order = order[keep[order]]
        return {name: values[order] for name, values in joined.items()}
