"""Who may not be scored or named, and the only value a scorer takes.

Rules R1 and R2 of the safeguarding requirements: a child is never a suspect; an unknown age means review, not suspicion.
The state spreads through shared holdings, in one step each way:

* a party is protected when it was under 18 at the first instant of its evidence, or is marked;
* an account is protected when it is marked, or any of its holders is protected;
* a holder of a *marked* account is protected unless known to be an adult (the adult who sweeps a child's account is not).

A tag of one of PROTECTING is a mark that stands as long as the batch that brought it: a report's own word for a victim protects from its load on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.model import ProtectionState

if TYPE_CHECKING:
    import numpy.typing as npt

    Keys = npt.NDArray[np.int64]

#: Concepts of tags that protect their subject, an adult too: what a giver says of somebody who was harmed, or may have been.
PROTECTING = ("child", "minor", "protected", "victim")

_CONSTRUCTION = object()


def _sorted_unique(keys: Keys) -> Keys:
    return np.unique(np.asarray(keys, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class ProtectionSet:
    """The state of every subject of a snapshot: sorted int64 keys of protected and of known-adult accounts and parties."""

    protected_accounts: Keys
    protected_parties: Keys
    adult_accounts: Keys
    adult_parties: Keys

    @classmethod
    def build(cls, *, protected_accounts: Keys, protected_parties: Keys, adult_accounts: Keys, adult_parties: Keys) -> ProtectionSet:
        """From key arrays in any order; protected always outweighs adult."""
        accounts, parties = _sorted_unique(protected_accounts), _sorted_unique(protected_parties)
        return cls(
            protected_accounts=accounts,
            protected_parties=parties,
            adult_accounts=np.setdiff1d(_sorted_unique(adult_accounts), accounts),
            adult_parties=np.setdiff1d(_sorted_unique(adult_parties), parties),
        )

    @classmethod
    def empty(cls) -> ProtectionSet:
        """Nobody protected, nobody's age known."""
        none = np.empty(0, np.int64)
        return cls(none, none, none, none)

    @property
    def protected_keys(self) -> Keys:
        """Every protected key, accounts and parties together, sorted."""
        return np.union1d(self.protected_accounts, self.protected_parties)

    def is_protected(self, account_keys: Keys) -> npt.NDArray[np.bool_]:
        """For each account key: must it not be scored or named?"""
        return np.isin(account_keys, self.protected_accounts)

    def states_of(self, account_keys: Keys) -> list[ProtectionState]:
        """For each account key its state, in order."""
        protected = np.isin(account_keys, self.protected_accounts)
        adult = np.isin(account_keys, self.adult_accounts)
        return [
            ProtectionState.PROTECTED if is_protected else ProtectionState.ADULT_KNOWN if is_adult else ProtectionState.AGE_UNKNOWN
            for is_protected, is_adult in zip(protected, adult, strict=True)
        ]

    def scorable(self, account_keys: Keys) -> ScorableAccounts:
        """Those of the accounts that may carry a number: the only way to make a ScorableAccounts."""
        keys = _sorted_unique(account_keys)
        return ScorableAccounts(keys[~np.isin(keys, self.protected_accounts)], _CONSTRUCTION)


class ScorableAccounts:
    """Accounts that may carry a score, rank or model row; every scorer takes this and nothing else.

    Made by `ProtectionSet.scorable` alone, so that no code path can score a protected account by forgetting to ask.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys, construction: object) -> None:
        if construction is not _CONSTRUCTION:
            raise TypeError("ScorableAccounts come from ProtectionSet.scorable()")
        self._keys = keys
        self._keys.flags.writeable = False

    @property
    def keys(self) -> Keys:
        """Their account keys: int64, sorted, unique, read-only."""
        return self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def without(self, account_keys: Keys) -> ScorableAccounts:
        """These less some more, such as those that stand in review: fewer accounts may carry a number, never more."""
        return ScorableAccounts(self._keys[~np.isin(self._keys, account_keys)], _CONSTRUCTION)

    def contains(self, account_keys: Keys) -> npt.NDArray[np.bool_]:
        """For each account key: may it carry a number?"""
        return np.isin(account_keys, self._keys)
