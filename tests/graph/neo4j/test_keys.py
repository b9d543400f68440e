"""Looking for keys finds what sorting them finds, also where different keys mix alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau_graph.neo4j import keys

SOME = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=40).map(lambda values: np.array(values, np.int64))


@pytest.fixture(params=[1, int(keys._MIX)], ids=["all mix alike", "as they are mixed"], autouse=True)
def _mix(request, monkeypatch):
    """Times one, small keys differ in no upper bit."""
    monkeypatch.setattr(keys, "_MIX", np.uint64(request.param))


@given(SOME, SOME)
def test_which_values_are_among_those_wanted(values, wanted):
    values = np.concatenate([values, wanted[::2]])
    assert keys.is_in(values, wanted).tolist() == np.isin(values, wanted).tolist()


@given(SOME)
def test_equal_values_stand_together(values):
    order, begin = keys.together(values)
    assert sorted(order.tolist()) == list(range(len(values)))
    assert sorted(values[order][begin].tolist()) == np.unique(values).tolist()
    assert all(len(set(group.tolist())) == 1 for group in np.split(values[order], begin)[1:])
