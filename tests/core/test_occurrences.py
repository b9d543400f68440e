"""Copies of the same content are counted in the order of the file, by sorting and by the compiled table alike."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled, siphash
from bakau.ids import Identity
from bakau.occurrences import RunCounter, TableCounter, count_occurrences

BOTH = pytest.mark.parametrize("make", [RunCounter, TableCounter])


def contents(pairs):
    """Contents as they are: a keyed hash of whatever stands in the record."""
    return Identity(*siphash.hash_strings(bytes(16), pa.array([str(pair) for pair in pairs], pa.string())))


@BOTH
@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12), max_size=5))
def test_occurrences_are_counted_across_chunks_in_file_order(make, chunks):
    counter, seen = make(), Counter()
    for chunk in chunks:
        expected = []
        for pair in chunk:
            expected.append(seen[pair])
            seen[pair] += 1
        assert counter.count(contents(chunk)).tolist() == expected


@BOTH
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 10))
def test_where_a_file_is_cut_does_not_matter(make, values, size):
    whole = make().count(contents(values)).tolist()
    counter = make()
    cut = [number for at in range(0, len(values), size) for number in counter.count(contents(values[at : at + size])).tolist()]
    assert cut == whole


def test_a_table_that_is_full_keeps_what_it_holds():
    rng = np.random.default_rng(5)
    table, runs = TableCounter(), RunCounter()
    for size in (10, 7_000, 3, 60_000, 0, 20_000):
        content = contents(rng.integers(0, 30_000, size).tolist())
        content = Identity(content.low << np.uint64(40), content.high)  # all begin at one slot
        assert table.count(content).tolist() == runs.count(content).tolist()
    assert len(table._full) == 2


def test_contents_that_differ_in_the_second_word_alone_are_two():
    low, high = np.zeros(4, np.uint64), np.array([1, 2, 1, 1], np.uint64) << np.uint64(40)
    assert TableCounter().count(Identity(low, high)).tolist() == RunCounter().count(Identity(low, high)).tolist() == [0, 0, 1, 2]


def test_a_content_that_comes_more_often_than_a_slot_can_say_is_counted_on():
    table, rest = TableCounter(), contents(range(9_000))
    found = [table.count(contents(["a", "b", "a"] * 20_000)).tolist() for _ in range(2)]
    table.count(rest)  # the table is full by then, and a larger one takes over
    found += [table.count(contents(["c", "a", "a"])).tolist(), (table.count(rest) - 1).tolist()]
    assert [one for part in found[:2] for spot, one in enumerate(part) if spot % 3 != 1] == [*range(80_000)]
    assert [one for part in found[:2] for one in part[1::3]] == [*range(40_000)]
    assert found[2:] == [[0, 80_000, 80_001], [0] * 9_000]
    assert table._full


def test_the_table_is_for_files_that_pay_for_it():
    assert isinstance(count_occurrences(10), RunCounter)
    assert isinstance(count_occurrences(compiled.WORTH_ROWS), TableCounter)
