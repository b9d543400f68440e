"""What a message says it adds up to, and whether it does: counts, control sums, balances."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bakau_ingest.reader import StatementSeen

#: Digits before or after the point beyond which a number is no amount.
WIDEST = 30


#: Reasons kept of one file.
MOST_SAID = 100


class Said:
    """Where a file does not keep what it promises, in sentences; the first hundred are kept."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._statements: list[StatementSeen] = []

    def __call__(self, text: str) -> None:
        """Say one more."""
        if len(self._texts) < MOST_SAID:
            self._texts.append(text)

    def see(self, statement: StatementSeen) -> None:
        """A statement is over."""
        self._statements.append(statement)

    @property
    def statements(self) -> tuple[StatementSeen, ...]:
        """The statements that were seen, in order."""
        return tuple(self._statements)

    @property
    def texts(self) -> tuple[str, ...]:
        """What was said, in order."""
        return tuple(self._texts)


class Count:
    """Payments counted and added up, against what a head promises."""

    def __init__(self) -> None:
        self.count, self.total = 0, Decimal(0)

    def add(self, amount: Decimal | None) -> None:
        """One more."""
        self.count += 1
        self.total += amount or 0

    def check(self, head: Mapping[str, str], what: str, say: Callable[[str], None]) -> None:
        """Say where count or control sum differ."""
        promised = head.get("NbOfTxs", "")
        if promised.isdecimal() and int(promised[:9]) != self.count:
            say(f"{what} says it holds {int(promised[:9])} payments and holds {self.count}")
        total = decimal_of(head.get("CtrlSum") or head.get("TtlIntrBkSttlmAmt", ""))
        if total is not None and total != self.total:
            say(f"{what} says its payments add up to {total:f} and they add up to {self.total:f}")


def decimal_of(text: str) -> Decimal | None:
    """A finite number of a message, or None when there is none or it is not one."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < WIDEST else None


@dataclass(slots=True)
class Balance:
    """One statement: what it opens and closes with, and the movements between."""

    what: str
    opening: Decimal | None = None
    closing: Decimal | None = None
    booked: Decimal = Decimal(0)
    sums: dict[str, Decimal] = field(default_factory=lambda: {"credit": Decimal(0), "debit": Decimal(0)})
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, amount: Decimal | None, *, credit: bool, booked: bool = True) -> None:
        """One entry of the statement; only booked ones change its balance."""
        sign, value = ("credit" if credit else "debit"), amount or Decimal(0)
        self.counts[sign] += 1
        self.sums[sign] += value
        if booked:
            self.booked += value if credit else -value

    def check(self, say: Callable[[str], None]) -> None:
        """Opening plus entries must be closing, where both are stated."""
        if self.opening is None or self.closing is None:
            return
        end = self.opening + self.booked
        if end != self.closing:
            say(f"{self.what} opens with {self.opening:f}, its entries lead to {end:f}, and it closes with {self.closing:f}")

    def check_total(self, sign: str, count: str, total: str, say: Callable[[str], None]) -> None:
        """Number and sum of its entries (sign: credit, debit, or empty for both), where they are stated."""
        signs, word = ((sign,), f"{sign} entries") if sign else (("credit", "debit"), "entries")
        seen, added = sum(self.counts[one] for one in signs), sum((self.sums[one] for one in signs), Decimal(0))
        promised = decimal_of(total)
        if count.isdecimal() and int(count[:9]) != seen:
            say(f"{self.what} says it holds {int(count[:9])} {word} and holds {seen}")
        if promised is not None and promised != added:
            say(f"{self.what} says its {word} add up to {promised:f} and they add up to {added:f}")
