from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import InputError
from bakau_casework.charts import MOST_ENTITIES, MOST_EXPANSIONS, MOST_NEIGHBOURS, Chart, Expansion

ACCOUNTS = st.from_regex(r"acc_[a-z2-7]{26}", fullmatch=True)
EXPANSIONS = st.builds(
    Expansion, ACCOUNTS, st.sampled_from(["in", "out", "both"]), st.integers(1, MOST_NEIGHBOURS), st.sampled_from(["newest", "largest"])
)


@given(EXPANSIONS)
def test_an_expansion_reads_back_as_it_was_written(expansion):
    assert Expansion.from_text(expansion.to_text()) == expansion


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_reads_back(text):
    with contextlib.suppress(InputError):
        assert Expansion.from_text(text).to_text().split(".")[0] == text.split(".")[0]


@pytest.mark.parametrize("fields", [{"direction": "up"}, {"order": "oldest"}, {"limit": 0}, {"limit": MOST_NEIGHBOURS + 1}])
def test_an_expansion_has_known_parts_only(fields):
    with pytest.raises(InputError):
        Expansion("acc_aaaa", **fields)


def test_a_chart_has_exactly_one_start_and_a_size_that_people_can_read():
    for fields in ({}, {"finding_id": "f-a", "account_id": "acc_a"}, {"finding_id": "f-a", "max_entities": MOST_ENTITIES + 1}):
        with pytest.raises(InputError):
            Chart(**fields)


def test_a_chart_holds_only_so_many_expansions():
    with pytest.raises(InputError):
        Chart(account_id="acc_a", expansions=(Expansion("acc_a"),) * (MOST_EXPANSIONS + 1))


def test_collapsing_takes_back_what_expanding_an_account_brought():
    chart = Chart(account_id="acc_a").expand(Expansion("acc_a", "in")).expand(Expansion("acc_b")).expand(Expansion("acc_a", "out"))
    assert chart.collapse("acc_a") == Chart(account_id="acc_a").expand(Expansion("acc_b"))


def test_expanding_again_replaces_the_expansion_of_that_direction():
    chart = Chart(account_id="acc_a").expand(Expansion("acc_a", "in", 5)).expand(Expansion("acc_a", "in", 9))
    assert chart.expansions == (Expansion("acc_a", "in", 9),)
