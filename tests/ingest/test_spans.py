"""The compiled way through plain text gives the records, times, amounts and codes of the general one, or leaves the work to it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled
from bakau_ingest.amounts import parse_amount_column, parse_amounts
from bakau_ingest.moments import parse_moment_column, parse_moments
from bakau_ingest.reader import Form
from bakau_ingest.readers.delimited import DelimitedReader
from bakau_ingest.spans import Spans, code_values, read_decimals, read_instants, split_plain
from bakau_ingest.texts import Texts, octets_of, offsets_of

NOW_US = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6)
CELL = st.text("ab 0.\t\"'éเ\x00", max_size=4)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=12)


def spans_of(values):
    column = pa.array(values, pa.string())
    offsets = offsets_of(column)
    return Spans(octets_of(column), offsets[:-1], offsets[1:])


def read_all(path, form, worth, chunk_size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH_ROWS", worth)
        chunks = list(DelimitedReader(chunk_size=chunk_size).open(path, form).read_chunks({"a", "c"}, {"c"}))
    rows = []
    for chunk in chunks:
        said = [chunk.columns[name].take(np.arange(len(chunk.lines))) for name in ("a", "c")]
        rows += [*zip(chunk.lines.tolist(), *said, strict=True), *((one.line, one.code, one.column) for one in chunk.broken)]
    return sorted(rows, key=str), any(chunk.columns["a"].spans is not None for chunk in chunks)


@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 40))
def test_records_are_those_of_the_general_way(tmp_path_factory, rows, feed, ends, chunk_size):
    path = tmp_path_factory.mktemp("spans") / "some.csv"
    text = feed.join(["a,b,c", "1,2,3", *(",".join(row) for row in rows)]) + (feed if ends else "")
    path.write_bytes(text.encode())
    general, _ = read_all(path, Form(delimiter=","), 1 << 60, chunk_size)
    quick, _ = read_all(path, Form(delimiter=","), 0, chunk_size)
    assert quick == general


@pytest.mark.parametrize("feed", ["\n", "\r\n"])
def test_a_plain_file_is_read_where_it_stands(tmp_path, feed):
    path = tmp_path / "plain.csv"
    path.write_bytes(feed.join(['"a","b","c"', *(f"x{row},{row},{'EUR' if row % 3 else ''}" for row in range(2_000)), ""]).encode())
    general, _ = read_all(path, Form(), 1 << 60, 4_096)
    quick, was_plain = read_all(path, Form(), 0, 4_096)
    assert was_plain
    assert quick == general
    assert quick[0] == (10, "x8", "EUR")


@pytest.mark.parametrize("odd", ['a,"b"\n', "a,\x00\n", "a,é\n", "a,b\rc\n", "\n", "a\n", "a,b,c\n", "a, b\n", "a,bbbbbbbbbbbbbbbbbbbbb\n"])
def test_a_record_that_needs_a_closer_look_stops_the_quick_way(odd):
    def split(text):
        return split_plain(text.encode(), 0, ",", 2, {"x": 0, "y": 1}, quoted=True, longest=20)

    assert split("a,b\nc,d\n").count == 2
    assert split("a,b\n" + odd) is None


@pytest.mark.parametrize("first", ["b" * 70_000, "b" * 300, "b"])
def test_a_beginning_that_says_little_of_the_rest_changes_nothing(first):
    text = "".join([f"a,{first}\n" * (1 + 65_536 // len(first)), *(f"{row},x\n" for row in range(30_000))]).encode()
    plain = split_plain(text, 0, ",", 2, {"x": 0, "y": 1}, quoted=False, longest=1 << 20)
    assert plain.count == text.count(b"\n")
    assert plain.consumed == len(text)
    assert plain.columns["x"].take(np.array([0, -30_000, -1])).to_array().to_pylist() == ["a", "0", "29999"]


@pytest.mark.parametrize("fields", [1, 3, 5_000])
def test_wide_and_narrow_records_are_taken_apart_across_pieces(fields):
    rows = [[f"{row}-{field}" for field in range(fields)] for row in range(9)]
    for feed in ("\n", "\r\n"):
        text = feed.join([*(",".join(row) for row in rows), ""]).encode()
        wanted = {str(place): place for place in {0, fields // 2, fields - 1}}
        plain = split_plain(text, 0, ",", fields, wanted, quoted=True, longest=1 << 20)
        for name, place in wanted.items():
            assert plain.columns[name].to_array().to_pylist() == [row[place] for row in rows]


INSTANT = st.one_of(
    st.integers(-(2**31), 2**31).map(lambda second: datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()),
    st.sampled_from(["2024-02-29T00:00:00", "2023-02-29T00:00:00", "2024-13-01T00:00:00", "2024-04-31 10:00:00", "2024-04-30T24:00:00"]),
    st.sampled_from(["2024-01-01", "2024-01-01T10:61", "2024/01/01", "20x4-01-01", "", "2024-01-01T10:00:00.5", "2024-01-01T10:00"]),
)


@given(st.lists(INSTANT, min_size=1, max_size=6), st.sampled_from(["", "Z"]), st.sampled_from(["UTC", "Asia/Manila", "Europe/Berlin"]))
def test_times_are_those_of_the_general_way(values, zone, local):
    column = [value + zone for value in values]
    quick = parse_moment_column(Texts(spans=spans_of(column)), ("iso",), local, now_us=NOW_US)
    general = parse_moments(pa.array(column), ("iso",), local, now_us=NOW_US)
    for name in ("ts_us", "time_known", "local_hour", "fault"):
        assert getattr(quick, name).tolist() == getattr(general, name).tolist(), name


@pytest.mark.parametrize("values", [["2024-02-29T12:00:00Z"] * 2, ["1999-12-31"], ["2024-01-01 10:00"], ["2024-01-01T10:00:00.123456"]])
def test_times_of_one_shape_are_read_where_they_stand(values):
    found = read_instants(spans_of(values))
    assert found.us.tolist() == parse_moments(pa.array(values), ("iso",), "UTC", now_us=NOW_US).ts_us.tolist()


AMOUNT = st.one_of(
    st.decimals(0, 10**12, places=2).map(str),
    st.sampled_from(["", "0", "007.5", "1.", ".5", "1.005", "9" * 16, "9" * 19, "1.2.3", ".", "-1", "+3", "1e5", "x", "1,5"]),
)


@given(st.lists(AMOUNT, max_size=8), st.sampled_from(["EUR", "JPY", "KWD", "ETH"]), st.sampled_from(["point", "comma"]))
def test_amounts_are_those_of_the_general_way(values, currency, decimal):
    quick = parse_amount_column(Texts(spans=spans_of(values)), currency, decimal=decimal)
    general = parse_amounts(pa.array(values, pa.string()), currency, decimal=decimal)
    for name in ("minor", "fault", "rounded"):
        assert getattr(quick, name).tolist() == getattr(general, name).tolist(), name
    assert quick.exact == general.exact


def test_plain_amounts_are_read_where_they_stand():
    assert read_decimals(spans_of(["12.5", "", "0.07", "3"]), 2).tolist() == [1250, 0, 7, 300]
    assert read_decimals(spans_of(["1.005"]), 2) is None


@given(st.lists(st.sampled_from(["EUR", "", "PHP", "a", "aa", "longer than a code"]), max_size=9))
def test_codes_are_numbered_in_the_order_in_which_they_come(values):
    found, general = code_values(spans_of(values)), pa.array(values, pa.string()).dictionary_encode()
    if found is None:
        assert "longer than a code" in values
    else:
        assert (found[0].to_pylist(), found[1].tolist()) == (general.dictionary.to_pylist(), general.indices.to_pylist())


def test_too_many_different_codes_are_left_to_the_general_way():
    assert code_values(spans_of([str(number) for number in range(256)])) is not None
    assert code_values(spans_of([str(number) for number in range(257)])) is None
