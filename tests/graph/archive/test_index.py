"""The index of a batch's records is sorted the same way by NumPy and by the compiled loop."""

from __future__ import annotations

import numpy as np
import pytest

from bakau import compiled
from bakau.ids import Identity
from bakau_graph.archive import index as index_module
from bakau_graph.archive.index import IndexWriter, RowGatherer, RowIndex, judge


def sort(identity, content):
    """The index of rows that come at once, and their order."""
    gathered = RowGatherer()
    gathered.append(identity, content)
    return join(gathered.sort())


def join(sorted_parts):
    parts, orders = zip(*sorted_parts, strict=True)
    return RowIndex(np.concatenate([part.rows for part in parts], axis=1)), np.concatenate(orders)


@pytest.fixture
def records() -> tuple[Identity, np.ndarray]:
    rng = np.random.default_rng(3)
    low, high = (rng.integers(0, 2**64 - 1, 30_000, np.uint64) for _ in range(2))
    again = rng.integers(0, 30_000, 9_000)
    high[again], low[again[:4_000]] = high[0], low[1]  # many share the first word, some both
    return Identity(low, high), rng.integers(0, 2**63 - 1, 30_000)


def test_both_sorts_give_the_same_rows_in_the_same_order(records, monkeypatch):
    identity, content = records
    plain, order = sort(identity, content)
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    fast, fast_order = sort(identity, content)
    assert (fast.rows == plain.rows).all()
    assert (fast_order == order).all()
    assert (identity.high[order] == plain.high).all()


def test_rows_that_come_in_parts_are_sorted_as_if_they_came_at_once(records, monkeypatch):
    identity, content = records
    whole, order = sort(identity, content)
    for worth in (0, 7_000, 10**9):  # each part dealt, some of them together, none
        monkeypatch.setattr(compiled, "WORTH_ROWS", worth)
        gathered = RowGatherer()
        for begin, end in ((0, 11), (11, 11), (11, 9_000), (9_000, 29_990), (29_990, 30_000)):
            gathered.append(Identity(identity.low[begin:end], identity.high[begin:end]), content[begin:end])
        assert gathered.count == 30_000
        parts, parts_order = join(gathered.sort())
        assert (parts.rows == whole.rows).all()
        assert (parts_order == order).all()


def test_nothing_sorts_to_nothing(monkeypatch):
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    none = np.empty(0, np.uint64)
    index, order = sort(Identity(none, none), np.empty(0, np.int64))
    assert len(index.high) == len(order) == 0


def test_a_second_copy_is_a_duplicate_and_other_content_a_conflict():
    identity = Identity(low=np.array([1, 1, 1, 2], np.uint64), high=np.array([9, 9, 9, 9], np.uint64))
    index, order = sort(identity, np.array([5, 5, 6, 5]))
    assert order.tolist() == [0, 1, 2, 3]
    found = judge(index, [], corrects=False, merges=False)
    assert found.duplicate.tolist() == [False, True, False, False]
    assert found.conflict.tolist() == [False, False, True, False]
    assert found.overlap.tolist() == [False, True, True, False]


def write(path, index, parts):
    with path.open("wb") as stream:
        writer = IndexWriter(stream, len(index.high))
        for rows in np.array_split(index.rows, parts, axis=1):
            writer.append(RowIndex(rows))


@pytest.mark.parametrize("parts", [1, 7])
def test_what_is_written_part_by_part_is_one_array(records, tmp_path, parts):
    index, _ = sort(*records)
    write(tmp_path / "parts.npy", index, parts)
    assert (np.load(tmp_path / "parts.npy") == index.rows).all()
    write(tmp_path / "none.npy", RowIndex(index.rows[:, :0]), 1)
    assert np.load(tmp_path / "none.npy").shape == (3, 0)


def test_large_files_are_sorted_and_matched_part_by_part(records, monkeypatch):
    identity, content = records
    stored, _ = sort(identity, content)
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    monkeypatch.setattr(index_module, "_PART_ROWS", 2_000)
    gathered = RowGatherer()
    gathered.append(Identity(identity.low[:9_000], identity.high[:9_000]), np.where(content[:9_000] % 2, content[:9_000], 1))
    parts = list(gathered.sort())
    assert len(parts) == 4
    index, order = join(parts)
    assert (identity.high[:9_000][order] == index.high).all()
    found = [stored.match(part, part.mark_ranges()) for part, _ in parts]
    whole = stored.look_up(Identity(index.low, index.high), index.content)
    for place in (0, 1):
        assert (np.concatenate([one[place] for one in found]) == whole[place]).all()
    assert whole[0].all()
    assert not whole[1].all()


def test_two_indexes_are_matched_the_same_way_compiled_and_not(records, monkeypatch, tmp_path):
    identity, content = records
    write(tmp_path / "stored.npy", sort(identity, content)[0], 3)
    stored = RowIndex.load(tmp_path / "stored.npy")
    rng = np.random.default_rng(4)
    some = rng.integers(0, 30_000, 5_000)
    low, high, others = identity.low[some], identity.high[some], content[some]
    high[:1_000], others[1_000:2_000] = 7, 7  # some stand nowhere, some stand with other content
    asked, _ = sort(Identity(low, high), others)
    assert asked.mark_ranges() is None
    plain = stored.match(asked, None)
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    for one, other in zip(plain, stored.match(asked, asked.mark_ranges()), strict=True):
        assert (one == other).all()
    assert (plain[0].sum(), plain[1].sum()) == (4_000, 3_000)
    nothing = RowIndex(np.empty((3, 0), np.uint64))
    assert not nothing.match(asked, asked.mark_ranges())[0].any()
    assert not len(stored.match(nothing, nothing.mark_ranges())[0])


def test_equal_identities_on_either_side_are_all_matched_compiled_and_not(monkeypatch):
    high, low = np.array([1, 5, 5, 5, 2**63, 2**64 - 1], np.uint64), np.array([0, 3, 3, 4, 1, 1], np.uint64)
    stored, _ = sort(Identity(low, high), np.arange(6))
    asked, _ = sort(Identity(low[[1, 2, 3, 5]], high[[1, 2, 3, 5]]), np.array([2, 9, 3, 0]))
    plain = stored.match(asked, None)
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    fast = stored.match(asked, asked.mark_ranges())
    assert plain[0].tolist() == fast[0].tolist() == [True] * 4
    assert plain[1].tolist() == fast[1].tolist() == [True, False, True, False]
