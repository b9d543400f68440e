from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.finding import Finding, FindingKind, Reason, Role, Subject
from bakau.model import ProtectionState


def reason(points: int) -> Reason:
    return Reason("COM-FAN-IN", "1", points, "120 senders in 30 days", "at least 30", "source", "runbook", evidence_count=120)


def finding(*points: int, age: ProtectionState = ProtectionState.AGE_UNKNOWN) -> Finding:
    return Finding(
        finding_id="f-1",
        revision=1,
        previous=None,
        kind=FindingKind.ACCOUNT,
        subjects=(Subject("acc_x", Role.MULE, "COM-FAN-IN", age, sum(points)),),
        context_ids=(),
        protected_count=0,
        first_ts_us=0,
        last_ts_us=1,
        reasons=tuple(reason(value) for value in points),
    )


@given(st.lists(st.integers(-100, 100), max_size=10))
def test_a_score_is_the_sum_of_its_reasons(points):
    assert finding(*points).score == sum(points)


def test_a_protected_subject_cannot_be_in_a_finding():
    with pytest.raises(ValueError, match="protected"):
        finding(10, age=ProtectionState.PROTECTED)


def test_a_finding_cannot_be_changed_after_the_fact():
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding(10).reasons = ()  # type: ignore[misc]


def test_victim_is_no_role_of_a_suspect():
    assert "victim" not in set(Role)
