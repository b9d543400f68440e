"""Copies of the same content are counted in the order of the file, by sorting and by the compiled table alike."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled
from bakau.ids import Identity
from bakau.occurrences import RunCounter, TableCounter, count_occurrences

BOTH = pytest.mark.parametrize("make", [RunCounter, TableCounter])


@BOTH
@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12), max_size=5))
def test_occurrences_are_counted_across_chunks_in_file_order(make, chunks):
    counter, seen = make(), Counter()
    for chunk in chunks:
        expected = []
        for pair in chunk:
            expected.append(seen[pair])
            seen[pair] += 1
        low, high = (np.array([pair[side] << 40 for pair in chunk], np.uint64) for side in (0, 1))  # as hashes differ: above 32 bits
        assert counter.count(Identity(low, high)).tolist() == expected


@BOTH
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 10))
def test_where_a_file_is_cut_does_not_matter(make, values, size):
    low = np.array(values, np.uint64)
    whole = make().count(Identity(low, low)).tolist()
    counter = make()
    cut = [
        number for at in range(0, len(low), size) for number in counter.count(Identity(low[at : at + size], low[at : at + size])).tolist()
    ]
    assert cut == whole


def test_a_table_that_grows_counts_like_the_sorted_runs():
    rng = np.random.default_rng(5)
    table, runs = TableCounter(), RunCounter()
    for size in (10, 7_000, 3, 60_000, 0, 20_000):
        low = rng.integers(0, 30_000, size).astype(np.uint64) << np.uint64(40)  # few slots: they collide
        content = Identity(low, low ^ np.uint64(7))
        assert table.count(content).tolist() == runs.count(content).tolist()


def test_contents_that_differ_in_the_second_word_alone_are_two():
    low, high = np.zeros(4, np.uint64), np.array([1, 2, 1, 1], np.uint64) << np.uint64(40)
    assert TableCounter().count(Identity(low, high)).tolist() == RunCounter().count(Identity(low, high)).tolist() == [0, 0, 1, 2]


def test_the_table_is_for_files_that_pay_for_it():
    assert isinstance(count_occurrences(10), RunCounter)
    assert isinstance(count_occurrences(compiled.WORTH_ROWS), TableCounter)
