from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.model import ProtectionState
from bakau.protection import ProtectionSet, ScorableAccounts

keys = st.lists(st.integers(0, 30), max_size=20).map(lambda values: np.array(values, np.int64))


@st.composite
def protections(draw) -> ProtectionSet:
    return ProtectionSet.build(
        protected_accounts=draw(keys), protected_parties=draw(keys), adult_accounts=draw(keys), adult_parties=draw(keys)
    )


@given(protections(), keys)
def test_no_protected_account_may_ever_be_scored(protection, accounts):
    scorable = protection.scorable(accounts)
    assert not np.isin(scorable.keys, protection.protected_accounts).any()
    assert not (scorable.contains(accounts) & protection.is_protected(accounts)).any()


@given(protections(), keys)
def test_every_other_account_may_be_scored(protection, accounts):
    expected = sorted(set(accounts.tolist()) - set(protection.protected_accounts.tolist()))
    assert protection.scorable(accounts).keys.tolist() == expected
    assert len(protection.scorable(accounts)) == len(expected)


@given(protections())
def test_protected_outweighs_adult(protection):
    assert not set(protection.protected_accounts.tolist()) & set(protection.adult_accounts.tolist())
    assert not set(protection.protected_parties.tolist()) & set(protection.adult_parties.tolist())


@given(protections(), keys)
def test_an_account_nobody_knows_is_of_unknown_age(protection, accounts):
    for account, state in zip(accounts.tolist(), protection.states_of(accounts), strict=True):
        if account in protection.protected_accounts:
            assert state is ProtectionState.PROTECTED
        elif account in protection.adult_accounts:
            assert state is ProtectionState.ADULT_KNOWN
        else:
            assert state is ProtectionState.AGE_UNKNOWN


@given(keys, keys, keys)
def test_who_is_told_twice_and_in_any_order_does_not_matter(accounts, parties, adults):
    def build(order: int) -> ProtectionSet:
        return ProtectionSet.build(
            protected_accounts=np.concatenate([accounts, accounts])[::order],
            protected_parties=parties[::order],
            adult_accounts=adults[::order],
            adult_parties=adults[::order],
        )

    assert build(1).protected_keys.tolist() == build(-1).protected_keys.tolist()
    assert build(1).adult_accounts.tolist() == build(-1).adult_accounts.tolist()


def test_nobody_is_protected_in_an_empty_set():
    accounts = np.array([3, 1, 2], np.int64)
    assert ProtectionSet.empty().scorable(accounts).keys.tolist() == [1, 2, 3]
    assert len(ProtectionSet.empty().protected_keys) == 0


def test_scorable_accounts_come_from_a_protection_set_only():
    with pytest.raises(TypeError, match="ProtectionSet"):
        ScorableAccounts(np.array([1], np.int64), object())


def test_nobody_can_slip_an_account_into_scorable_accounts():
    scorable = ProtectionSet.empty().scorable(np.array([1, 2], np.int64))
    with pytest.raises(ValueError, match="read-only"):
        scorable.keys[0] = 9
    with pytest.raises(AttributeError):
        scorable.keys = np.array([9])  # type: ignore[misc]
    with pytest.raises(AttributeError):
        scorable.more = np.array([9])  # type: ignore[attr-defined]
