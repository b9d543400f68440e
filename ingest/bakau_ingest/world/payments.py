"""Payments under way: growing columns of a block of the world's transfers, one piece per part of life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

PURPOSES = (
    "", "family support", "rent", "salary", "school fees", "groceries", "gift", "thank you", "medical bills", "allowance", "order", "invoice",
    "transfer", "settlement", "donation", "uniform", "accommodation", "subscription", "top up",
)  # fmt: skip
COLUMNS = ("src", "dst", "ts_us", "amount", "purpose", "group")


@dataclass(slots=True)
class Payments:
    """Columns of equal length: payer and payee (accounts of the population, from 0), instant, amount in minor units of the payer's currency,
    purpose, and the transaction several rows share (-1 for none).
    """

    src: list[Ints] = field(default_factory=list)
    dst: list[Ints] = field(default_factory=list)
    ts_us: list[Ints] = field(default_factory=list)
    amount: list[Ints] = field(default_factory=list)
    purpose: list[Ints] = field(default_factory=list)
    group: list[Ints] = field(default_factory=list)

    def add(
        self, src: Ints | int, dst: Ints | int, ts_us: Ints | int, amount: Ints | int, purpose: str | Ints = "", group: Ints | int = -1
    ) -> None:
        """Add a piece; scalars are spread over it. `purpose` is a word of PURPOSES, or a place in it per row."""
        code = PURPOSES.index(purpose) if isinstance(purpose, str) else purpose
        values = (src, dst, ts_us, amount, code, group)
        count = next((len(value) for value in values if isinstance(value, np.ndarray) and value.ndim), 1)
        for column, value in zip(COLUMNS, values, strict=True):
            spread = np.asarray(value, np.int64)
            getattr(self, column).append(spread if spread.shape == (count,) else np.broadcast_to(spread, count))

    def columns(self, opened_day: Ints, before_us: int) -> dict[str, Ints]:
        """All pieces joined, in order of time (ties by payer, payee, amount).

        Left out: payments to oneself, those after the last day, and those of accounts that are not open yet (`opened_day`: days since 1970).
        """
        if not self.src:
            return {name: np.empty(0, np.int64) for name in COLUMNS}
        joined = {name: np.concatenate(getattr(self, name)) for name in COLUMNS}
        keep = (joined["src"] != joined["dst"]) & (joined["amount"] > 0) & (joined["ts_us"] < before_us)
        keep &= joined["ts_us"] >= np.maximum(opened_day[joined["src"]], opened_day[joined["dst"]]) * DAY_US
        joined = {name: values[keep] for name, values in joined.items()}
        order = np.lexsort((joined["amount"], joined["dst"], joined["src"], joined["ts_us"]))
        return {name: values[order] for name, values in joined.items()}
