"""One suite for every reader of a format: what comes in is counted, comes out the same, fits in memory, and does no harm."""

from __future__ import annotations

import tracemalloc
from functools import cache
from importlib.metadata import entry_points

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.errors import BakauError
from bakau_ingest.mapping import load_mapping
from bakau_ingest.reader import Form, Match, get_reader, list_readers, recognise

from .cases import CASES

cases = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
hostile = pytest.mark.parametrize(
    ("case", "kind"), [(case, kind) for case in CASES for kind in case.hostile], ids=lambda value: getattr(value, "name", value)
)


@cache
def columns_of_mapping(name):
    return load_mapping(name).files[0].columns()


def columns_of(case):
    """Columns the mapping reads."""
    return columns_of_mapping(case.mapping or case.name)


def read(reader, path, case):
    """Everything a reader says of a file: rows as dictionaries with their line, and broken records."""
    rows, broken = [], []
    opened = reader.open(path, Form())
    wanted = columns_of(case) & set(opened.header)
    for chunk in opened.read_chunks(wanted, {name for name in wanted if not name.startswith(("amount", "purpose"))}):
        values = {name: texts.take(pa.array(range(len(chunk.lines)), pa.int64()).to_numpy()) for name, texts in chunk.columns.items()}
        rows += [{"line": int(line), **{name: values[name][place] for name in values}} for place, line in enumerate(chunk.lines)]
        broken += chunk.broken
    return rows, broken


def ingest(bakau, workspace, path, case):
    options = ["--mapping", case.mapping] if case.mapping else []
    return bakau("-w", workspace, "ingest", path, *options, "--json")


@pytest.fixture
def workspace(tmp_path, bakau):
    path = tmp_path / "workspace"
    assert bakau("init", path).code == 0
    return path


def test_every_reader_is_held_by_this_suite():
    assert set(list_readers()) == {case.name for case in CASES}
    assert len(entry_points(group="bakau.readers")) == len(list_readers())


@cases
def test_a_file_is_recognised_by_its_own_reader_and_no_other(case, tmp_path):
    path = case.write(tmp_path)
    assert recognise(path) == (case.name,)
    assert recognise(case.write(tmp_path, name="renamed")) == (case.name,)


@cases
def test_recognising_never_raises(case):
    for beginning in (b"", b"\x00", b"\xff" * 70_000, b"PK\x03\x04", b"<", b"{", case.small[:7], bytes(range(256))):
        assert case.shipped().sniff(beginning, case.file_name) in set(Match)


@cases
def test_every_record_is_accounted_for(case, workspace, bakau, tmp_path):
    ran = ingest(bakau, workspace, case.write(tmp_path), case)
    assert ran.code == 0, ran.err
    found = ran.document
    assert found["received"] == found["loaded"] + found["rejected"] + found["duplicates"] == len(case.lines)
    assert found["loaded"] == len(case.lines)


@cases
def test_the_same_file_twice_adds_nothing(case, workspace, bakau, tmp_path):
    first = ingest(bakau, workspace, case.write(tmp_path), case)
    again = ingest(bakau, workspace, case.write(tmp_path, name="again" + case.file_name), case)
    assert (again.code, again.document["loaded"], again.document["duplicates"]) == (0, 0, len(case.lines))
    assert again.document["snapshot"] == first.document["snapshot"]


@cases
def test_identity_does_not_depend_on_the_place_in_the_file(case, workspace, bakau, tmp_path):
    assert ingest(bakau, workspace, case.write(tmp_path), case).code == 0
    ran = ingest(bakau, workspace, case.write(tmp_path, case.shifted, "other" + case.file_name), case)
    assert (ran.code, ran.document["loaded"], ran.document["duplicates"]) == (0, 0, len(case.lines)), ran.err


@cases
def test_records_keep_their_lines_and_come_out_the_same_every_time(case, tmp_path):
    path = case.write(tmp_path)
    rows, broken = read(case.shipped(), path, case)
    assert (tuple(row["line"] for row in rows), broken) == (case.lines, [])
    assert read(case.shipped(), path, case) == (rows, broken) == read(case.reader(), path, case)


@cases
def test_memory_is_bounded_by_the_chunk_and_not_by_the_file(case, tmp_path):
    def peak(count):
        path = tmp_path / f"{count}-{case.file_name}"
        case.big(path, count)
        opened = case.reader().open(path, Form())
        seen, arrow = 0, 0
        tracemalloc.start()
        try:
            for chunk in opened.read_chunks(columns_of(case), set()):
                seen += chunk.received
                arrow = max(arrow, pa.total_allocated_bytes())
            python = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert seen == count
        return python + arrow, path.stat().st_size

    small, _ = peak(case.count)
    large, size = peak(case.count * 3)
    assert large < small * 1.25 + (1 << 20), (small, large, size)


@cases
def test_a_file_cut_anywhere_is_refused_or_read_to_the_cut(case, workspace, bakau, tmp_path):
    for place in range(1, 10):
        ran = ingest(
            bakau, workspace, case.write(tmp_path, case.small[: len(case.small) * place // 10], f"cut{place}{case.file_name}"), case
        )
        assert ran.code in {0, 2}, ran.err
        if ran.code == 0:
            found = ran.document
            assert found["received"] == found["loaded"] + found["rejected"] + found["duplicates"]


@cases
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_bytes_changed_is_read_or_refused_and_never_breaks_the_reader(case, tmp_path, data):
    content = bytearray(case.small)
    for _ in range(data.draw(st.integers(1, 4))):
        place, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 40))
        content[place : place + length] = data.draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b">", b"&", b"\r", b":61:", b"]]>", b'"']))
        )
    path = case.write(tmp_path, bytes(content))
    reader = case.reader()
    assert reader.sniff(bytes(content), case.file_name) in set(Match)
    try:
        for chunk in reader.open(path, Form()).read_chunks(columns_of(case), set()):
            assert all(len(texts) == len(chunk.lines) for texts in chunk.columns.values())
    except BakauError:
        pass


@hostile
def test_hostile_input_is_refused_without_a_traceback(case, kind, workspace, bakau, tmp_path):
    ran = ingest(bakau, workspace, case.write(tmp_path, case.hostile[kind]), case)
    assert ran.code == 2, (ran.out, ran.err)
    assert "snapshot" not in ran.err
    assert bakau("-w", workspace, "archive", "verify").code == 0


@hostile
def test_hostile_input_takes_little_memory(case, kind, tmp_path):
    path = case.write(tmp_path, case.hostile[kind])
    tracemalloc.start()
    try:
        try:
            for _ in case.shipped().open(path, Form()).read_chunks(columns_of(case), set()):
                pass
        except BakauError:
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20


def test_a_reader_nobody_installed_is_an_error_that_lists_those_there_are():
    with pytest.raises(BakauError) as caught:
        get_reader("telepathy")
    assert "delimited" in (caught.value.hint or "")
