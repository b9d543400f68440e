"""What may be asked of a network, and the checks every implementation makes before it answers.

Each rule here is written down for people in ``docs/network.md``; an implementation adds none of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bakau.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

#: Most rows one answer may hold; exports go through the archive instead. A default of ours.
MOST_ROWS = 100_000
#: Longest path that may be asked for, in transfers. A default of ours.
MOST_HOPS = 12
#: Shortest beginning of an account id that is searched for, after ``acc_``.
SHORTEST_PREFIX = 4

_ACCOUNT_ID = re.compile(r"acc_[a-z2-7]{0,26}")


class Direction(StrEnum):
    """Which transfers of an account: those it receives, those it sends, or all."""

    IN = "in"
    OUT = "out"
    BOTH = "both"

    @property
    def includes_out(self) -> bool:
        """Are transfers the account sends asked for?"""
        return self is not Direction.IN

    @property
    def includes_in(self) -> bool:
        """Are transfers the account receives asked for?"""
        return self is not Direction.OUT


class Order(StrEnum):
    """What comes first in an answer: the newest transfer or the largest amount."""

    NEWEST = "newest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a network looks before it says what it left out. All are defaults of ours; tests use small ones.

    hub_degree    transfers sent and received from which an account is a hub (a transfer to itself counts twice)
    counted       what was left out is counted exactly up to here, then "at least"
    examined      newest transfers per direction `neighbours` looks at when neither a value nor the largest is asked for
    per_account   newest transfers per account and direction `load_subgraph` looks at
    path_steps    accounts `find_paths` may step on before it gives up completeness
    """

    hub_degree: int = 1_000
    counted: int = 10_000
    examined: int = 20_000
    per_account: int = 1_000
    path_steps: int = 200_000

    def left_out(self, count: int) -> tuple[int, bool]:
        """What is said of that many rows left out: exact as far as it is counted, then "at least"."""
        return min(max(0, count), self.counted), count <= self.counted


@dataclass(frozen=True, slots=True)
class Filter:
    """Which transfers count: ``since_us <= ts_us < until_us``, a currency, a minimum in minor units of that currency."""

    since_us: int | None = None
    until_us: int | None = None
    min_minor: int | None = None
    currency: str | None = None

    @property
    def asks_for_value(self) -> bool:
        """Does it look at amounts or currencies, so that every transfer of the window has to be read?"""
        return self.min_minor is not None or self.currency is not None

    @property
    def is_timeless(self) -> bool:
        """Is the window open at both ends?"""
        return self.since_us is None and self.until_us is None


def check_filter(question: Filter, currencies: Collection[str], order: Order = Order.NEWEST) -> None:
    """Refuse to compare amounts across currencies: InputError when a minimum or the largest is asked for without a currency
    and the network holds several.
    """
    if question.currency is None and len(currencies) > 1 and (question.min_minor is not None or order is Order.LARGEST):
        asked = "a minimum" if question.min_minor is not None else "the largest first"
        raise InputError(
            f"{asked} means nothing across {len(currencies)} currencies",
            hint="name one of " + ", ".join(sorted(currencies)[:8]),
        )


def check_limit(limit: int) -> None:
    """InputError unless 1 ≤ limit ≤ MOST_ROWS."""
    if not 1 <= limit <= MOST_ROWS:
        raise InputError(f"a limit lies between 1 and {MOST_ROWS:,}")


def check_hops(hops: int) -> None:
    """InputError unless 1 ≤ hops ≤ MOST_HOPS."""
    if not 1 <= hops <= MOST_HOPS:
        raise InputError(f"a number of hops lies between 1 and {MOST_HOPS}")


def check_ends(from_key: int, to_key: int) -> None:
    """InputError when a path is asked for from an account to itself."""
    if from_key == to_key:
        raise InputError("a path needs two different accounts")


def check_prefix(text: str) -> str:
    """The beginning of an account id as people type it, normalised; InputError when it is too short or cannot be one."""
    prefix = text.strip().lower()
    if not _ACCOUNT_ID.fullmatch(prefix):
        raise InputError("not the beginning of an account id", hint="acc_ and letters a-z or digits 2-7")
    if len(prefix) < len("acc_") + SHORTEST_PREFIX:
        raise InputError(f"too short: at least {SHORTEST_PREFIX} characters after acc_")
    return prefix
