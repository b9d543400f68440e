"""What was found out about facts, kept while they stay the same: who is protected, who may carry a number, which payments are one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from bakau.protection import ProtectionSet, ScorableAccounts


@dataclass(slots=True)
class Found:
    """What follows from the facts and marks of a digest alone, once somebody asked for it."""

    same_payments: pa.Table | None = None
    protection: ProtectionSet | None = None
    scorable: ScorableAccounts | None = None


class Memory:
    """What was found out about the newest facts that anybody asked about: snapshots of one archive share it, most are of the same facts."""

    def __init__(self) -> None:
        self._last: tuple[str, Found] = ("", Found())

    def recall(self, facts: str) -> Found:
        """What is known of these facts: as it was left, or nothing yet."""
        known, found = self._last
        if known != facts:
            self._last = (facts, found := Found())
        return found
