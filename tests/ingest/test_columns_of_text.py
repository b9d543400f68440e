"""Fast ways through a column and the ways that take everything give the same answers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau_ingest import amounts, moments
from bakau_ingest.known_texts import ArrowTexts, HashedTexts
from bakau_ingest.texts import Texts, rows_with, trim

NOW_US = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6)


def look_up(known, chunks):
    """What a collection of texts says of each chunk."""
    said = []
    for chunk in chunks:
        codes, new = known.look_up(Texts(chunk))
        said.append((codes.tolist(), new.to_pylist()))
    return said


@given(st.lists(st.lists(st.text(max_size=20), max_size=20), max_size=5))
def test_texts_are_numbered_in_the_order_in_which_they_come(chunks):
    columns = [pa.array(chunk, pa.string()) for chunk in chunks]
    order = list(dict.fromkeys(text for chunk in chunks for text in chunk))
    hashed = look_up(HashedTexts(), columns)
    assert hashed == look_up(ArrowTexts(), columns)
    assert [codes for codes, _ in hashed] == [[order.index(text) for text in chunk] for chunk in chunks]
    assert [text for _, new in hashed for text in new] == order


def test_a_collection_that_grows_keeps_its_numbers():
    values = pa.array([f"{number * 7919 % 60_000:x}" * (1 + number % 3) for number in range(150_000)])
    chunks = [values.slice(at, 40_000) for at in range(0, len(values), 40_000)]
    hashed, arrow = HashedTexts(), ArrowTexts()
    assert look_up(hashed, chunks) == look_up(arrow, chunks)
    assert len(hashed) == len(arrow) == len(set(values.to_pylist()))


# --- amounts ---------------------------------------------------------------------------------------------------------------------

PLAIN = st.one_of(
    st.decimals(0, 10**14, places=2).map(str),
    st.integers(0, 10**20).map(str),
    st.sampled_from(["", "0", "00012.50", "1.", ".5", "1.005", "1.995", "9" * 18, "9" * 19, "1.2.3", ".", "1/2", "-1", "+3", "1e5", "x"]),
)


@given(st.lists(PLAIN, max_size=12), st.sampled_from([0, 2, 3, 8]))
def test_amounts_read_by_arrow_are_those_read_digit_by_digit(values, exponent):
    column = pa.array(values, pa.string())
    quick, slow = amounts.parse_decimals(column, exponent), amounts._parse_by_layout(column, exponent)
    for name in ("minor", "fault", "rounded"):
        assert getattr(quick, name).tolist() == getattr(slow, name).tolist(), name


def test_plain_amounts_take_the_fast_way():
    column = pa.array(["12.34", "", "5", "0.1"])
    assert amounts._parse_plain(column, 2).minor.tolist() == [1234, 0, 500, 10]
    assert amounts._parse_plain(pa.array(["1.005"]), 2) is None  # must be rounded, and said so
    assert amounts._parse_plain(pa.array(["1-2"]), 2) is None


# --- moments ---------------------------------------------------------------------------------------------------------------------

TIMES = [
    "2024-02-29", "2024-02-30", "2024-03-01 10:11", "2024-03-01T10:11:12", "2024-03-01T10:11:60", "2024-03-01T10:11:12.5",
    "2024-03-01T10:11:12.123456", "2024-03-01T10:11:12,123456", "2024-03-01T10:11Z", "2024-03-01T10:11:12Z", "2024-03-01 10:11:12.123Z",
    "2024-03-01T10:11+08", "2024-03-01T10:11:12+08:00", "2024-03-01Z", "2024-03-01T10", "20240301T101112Z", "2024-10-27T02:30:00",
    "2024-03-31T02:30:00", "1949-12-31", "2031-01-01", "", "then", " 024-03-01", "2024-03-01T10:11:12.1234567",
]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("text", TIMES)
def test_times_of_one_shape_are_read_as_one_by_one(text, zone, monkeypatch):
    column = pa.array([text] * 3)
    quick = moments.parse_moments(column, ("iso",), zone, now_us=NOW_US)
    monkeypatch.setattr(moments, "_read_alike", lambda *_: False)
    slow = moments.parse_moments(column, ("iso",), zone, now_us=NOW_US)
    for name in ("ts_us", "time_known", "local_hour", "fault"):
        assert getattr(quick, name).tolist() == getattr(slow, name).tolist(), name


def test_most_times_take_the_fast_way():
    taken = [
        text for text in TIMES if moments._read_alike(pa.array([text]), moments.parse_moments(pa.array([""]), (), "UTC", now_us=0), "UTC")
    ]
    assert taken == [
        "2024-02-29", "2024-03-01 10:11", "2024-03-01T10:11:12", "2024-03-01T10:11:12.5", "2024-03-01T10:11:12.123456", "2024-03-01T10:11Z",
        "2024-03-01T10:11:12Z", "2024-03-01 10:11:12.123Z", "2024-10-27T02:30:00", "2024-03-31T02:30:00", "1949-12-31", "2031-01-01",
    ]  # fmt: skip


def test_mixed_shapes_are_told_apart():
    found = moments.parse_moments(pa.array(["2024-03-01", "2024-03-01T10:11:12Z"]), ("iso",), "UTC", now_us=NOW_US)
    assert found.time_known.tolist() == [False, True]


# --- edges and bytes -------------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(st.sampled_from("a \t\u00a0\u3000\u00e9Z"), max_size=6), max_size=12))
def test_white_space_goes_at_both_ends_whatever_else_the_column_holds(values):
    assert trim(pa.array(values, pa.string())).to_pylist() == [value.strip() for value in values]


@given(st.lists(st.text(st.sampled_from("ab\x07\x7f"), max_size=6), max_size=12))
def test_flagged_bytes_are_found_in_their_values(values):
    wrong = np.isin(np.arange(256), [7, 127])
    assert rows_with(pa.array(values, pa.string()), wrong).tolist() == ["\x07" in value or "\x7f" in value for value in values]
