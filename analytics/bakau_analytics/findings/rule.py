"""What opens a finding and what caps a score: every number in one place, recorded with each run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRule:
    """Thresholds and caps of findings, in points; defaults of ours until an office calibrates them on its own decisions.

    * `family_cap`: indicators of one family look at the same thing, so together they add at most this much to an account.
    * `open_points` and `open_families`: an account finding opens when indicators alone reach both. No single indicator decides
      (AUSTRAC's guide on child sexual exploitation: no single financial indicator is enough), except a compound one to which its
      pack gives `open_points` by itself.
    * `member_points`: an account with this much from indicators may join a network whose core has opened.
    * `network_points`: a network opens when its capped indicator points reach this, from `open_families` families, and it has at
      least two subjects.
    * `members_counted`: of one indicator, the points of at most so many members count for a network.
    * `context_limit`: accounts directly tied to the subjects that are listed beside them, strongest first.
    * `tie_ppm`: two members that paid each other are tied when that is so much of the transfers of each of them: a shop, an employer
      or a cash agent pays and is paid by everybody and ties nobody.
    * `through_days`: money passes through a protected account when it leaves within so many days.
    * `shared_senders`, `shared_ppm`, `sender_receivers`: two receivers are tied when they share so many senders and so much of all
      their senders (Jaccard, ppm); senders that pay more receivers than `sender_receivers` tie nobody.
    * `payers_abroad`, `payers_abroad_ppm`: two accounts that both open a finding are tied when they share so many payers abroad, and these are so
      much of the payers abroad of both (cosine, ppm). Networks share payers, too: with less than this two cores are as often two networks as one.
    * `collector_payments`, `collector_payers`: two such accounts are tied, too, when each pays so often to one account that is paid by so few.
    """

    family_cap: int = 70
    open_points: int = 50
    open_families: int = 2
    member_points: int = 35
    network_points: int = 80
    members_counted: int = 3
    context_limit: int = 50
    tie_ppm: int = 20_000
    through_days: int = 3
    shared_senders: int = 3
    shared_ppm: int = 200_000
    sender_receivers: int = 50
    payers_abroad: int = 2
    payers_abroad_ppm: int = 250_000
    collector_payments: int = 4
    collector_payers: int = 20

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> Self:
        """The rule a run was made with, out of its record; defaults for what the record does not say."""
        settings = parameters.get("settings")
        stated = settings.get("finding") if isinstance(settings, dict) else None
        return cls(**{name: value for name, value in stated.items() if name in cls.__slots__}) if isinstance(stated, dict) else cls()

    def counted(self, is_network: npt.NDArray[np.bool_], is_model: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """For how many members of its finding one indicator counts: `members_counted` in a network, one for the model."""
        return np.where(is_network, np.where(is_model, 1, self.members_counted), np.iinfo(np.int64).max)

    def as_parameters(self) -> dict[str, object]:
        """For the run's record."""
        return dict(asdict(self))
