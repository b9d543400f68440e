"""A chart: what somebody put on the table, as a small document. The picture follows from it and from the snapshot, nothing else.

A chart says where it starts (a finding, an account or a kept lead list), which accounts were expanded in which order, and the one filter for
everything on it. It holds surrogates only, so it fits into an address: whoever opens that address sees the same accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bakau.errors import InputError
from bakau_graph.network import Direction, Order

#: Accounts on a chart unless asked otherwise, and at most. A default of ours: beyond that nobody can read a picture.
USUAL_ENTITIES = 500
MOST_ENTITIES = 1_000
#: Neighbours that an expansion brings unless asked otherwise, and at most.
USUAL_NEIGHBOURS = 25
MOST_NEIGHBOURS = 200
#: Expansions a chart may hold.
MOST_EXPANSIONS = 50


@dataclass(frozen=True, slots=True)
class Expansion:
    """One account whose neighbours were asked for: who pays it (in), whom it pays (out), newest or largest first, so many."""

    account_id: str
    direction: str = "both"
    limit: int = USUAL_NEIGHBOURS
    order: str = "newest"

    def __post_init__(self) -> None:
        """InputError unless every part is one of those that exist."""
        if self.direction not in tuple(Direction) or self.order not in tuple(Order) or not 1 <= self.limit <= MOST_NEIGHBOURS:
            raise InputError("not an expansion", hint=f"in, out or both; newest or largest; 1 to {MOST_NEIGHBOURS} neighbours")

    def to_text(self) -> str:
        """One word for an address: ``acc_….out.25.newest``."""
        return f"{self.account_id}.{self.direction}.{self.limit}.{self.order}"

    @classmethod
    def from_text(cls, text: str) -> Expansion:
        """Read such a word back; InputError when it is none."""
        parts = text.split(".")
        if len(parts) != 4 or not parts[2].isdecimal() or len(parts[2]) > 4:
            raise InputError("not an expansion", hint="ACCOUNT.in|out|both.NUMBER.newest|largest")
        return cls(parts[0], parts[1], int(parts[2]), parts[3])


@dataclass(frozen=True, slots=True)
class Chart:
    """A start, expansions in order, and one filter. `min_amount` is in major units of `currency` (or of the only one there is)."""

    finding_id: str | None = None
    account_id: str | None = None
    expansions: tuple[Expansion, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    min_amount: str | None = None
    currency: str | None = None
    max_entities: int = USUAL_ENTITIES
    leads_id: str | None = None

    def __post_init__(self) -> None:
        """InputError when it has no start or two, or is larger than a chart may be."""
        if sum(start is not None for start in (self.finding_id, self.account_id, self.leads_id)) != 1:
            raise InputError("a chart starts from one finding, one account or one lead list")
        if not 1 <= self.max_entities <= MOST_ENTITIES:
            raise InputError(f"a chart holds between 1 and {MOST_ENTITIES:,} accounts")
        if len(self.expansions) > MOST_EXPANSIONS:
            raise InputError(f"a chart holds at most {MOST_EXPANSIONS} expansions", hint="take one back, or start from another account")

    @property
    def question(self) -> str:
        """What it asks about, as one text: its start and whoever is expanded."""
        return " ".join(one for one in (self.finding_id, self.account_id, self.leads_id, *(x.account_id for x in self.expansions)) if one)

    def expand(self, expansion: Expansion) -> Chart:
        """The chart with one more expansion; one of the same account and direction is replaced."""
        kept = tuple(one for one in self.expansions if (one.account_id, one.direction) != (expansion.account_id, expansion.direction))
        return replace(self, expansions=(*kept, expansion))

    def collapse(self, account_id: str) -> Chart:
        """The chart without the expansions of that account; whoever has another reason to be there stays."""
        return replace(self, expansions=tuple(one for one in self.expansions if one.account_id != account_id))
