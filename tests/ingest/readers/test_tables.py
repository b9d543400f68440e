"""What the readers of tables make of cells: values only, exactly, with the row they stand in."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import FileError
from bakau_ingest.reader import Form, get_reader
from bakau_ingest.readers.cells import letters_of, to_text, to_texts

from .workbooks import Day, Error, Formula, Raw, ods, xlsx

BOOKS = {"xlsx": xlsx, "ods": ods}
books = pytest.mark.parametrize("kind", BOOKS)


def read(name, path, form=None, coded=()):
    opened = get_reader(name).open(path, form or Form())
    rows, broken = [], []
    for chunk in opened.read_chunks(set(opened.header), set(coded)):
        everything = np.arange(len(chunk.lines))
        values = {column: texts.take(everything) for column, texts in chunk.columns.items()}
        rows += [(int(line), *(values[column][place] for column in opened.header)) for place, line in enumerate(chunk.lines)]
        broken += [(one.line, one.column, one.code) for one in chunk.broken]
    return opened.header, rows, broken


def book(tmp_path, kind, *sheets, **changes):
    path = tmp_path / f"book.{kind}"
    path.write_bytes(BOOKS[kind](*sheets, **changes))
    return path


@books
@pytest.mark.parametrize("coded", [(), ("a", "b", "c")])
def test_cells_become_text_as_they_stand(kind, coded, tmp_path):
    rows = [
        ["a", "b", "c"],
        [1234.56, 0.1, 1e-07],
        [5.0, 100000, -3.25],
        ["007", "x & y <z>", "  spaced  "],
        [True, False, Day(45000.0, "2023-03-15")],
        [Day(45000.5, "2023-03-15T12:00:00"), "é ไทย", ""],
    ]
    header, found, broken = read(kind, book(tmp_path, kind, ("Data", rows)), coded=coded)
    assert (header, broken) == (("a", "b", "c"), [])
    assert found == [
        (2, "1234.56", "0.1", "1e-07"),
        (3, "5" if kind == "xlsx" else "5.0", "100000", "-3.25"),
        (4, "007", "x & y <z>", "spaced"),
        (5, "true", "false", "2023-03-15"),
        (6, "2023-03-15T12:00:00", "é ไทย", ""),
    ]


@books
def test_a_formula_gives_its_saved_result_and_a_record_without_one_is_set_aside(kind, tmp_path):
    rows = [["a", "b"], [Formula("1+1", 2.5), "x"], ["y", Formula("A2*2")], [Error(), "z"], ["k", "=1+1"]]
    _, found, broken = read(kind, book(tmp_path, kind, ("Data", rows)))
    assert found == [(2, "2.5", "x"), (5, "k", "=1+1")]
    assert broken == [(3, "b", "formula_without_value"), (4, "a", "error_cell")]


def test_formulas_in_every_spelling_are_seen(tmp_path):
    cells = {
        '<c r="@"><f>A1</f></c>': True,
        '<c r="@" s="0"><f t="shared" si="0"/></c>': True,
        '<c r="@"><f>A1</f><v/></c>': True,
        '<c r="@"><f>A1</f><v></v></c>': True,
        '<c r="@">\n<f>A1 &lt; 2</f>\n</c>': True,
        '<c r="@" t="str"><f>A1</f><v></v></c>': False,
        '<c r="@"><f t="shared" si="0"/><v>3</v></c>': False,
        "<c s='0' r='@' t='e'><v>#N/A</v></c>": True,
    }
    rows = [["a", "b"], *[["x", Raw(cell)] for cell in cells]]
    _, found, broken = read("xlsx", book(tmp_path, "xlsx", ("Data", rows)))
    bad = [line for line, is_bad in enumerate(cells.values(), 2) if is_bad]
    assert [line for line, _, _ in broken] == bad
    assert [row[0] for row in found] == [line for line in range(2, len(cells) + 2) if line not in bad]


@books
def test_the_sheet_is_named_when_there_are_several(kind, tmp_path):
    path = book(tmp_path, kind, ("Notes", [["n"], ["1"]]), ("Empty", []), ("Payments", [["p"], ["2"]]))
    with pytest.raises(FileError, match="2 sheets"):
        read(kind, path)
    assert read(kind, path, Form(sheet="Payments"))[:2] == (("p",), [(2, "2")])
    with pytest.raises(FileError, match="no sheet"):
        read(kind, path, Form(sheet="Other"))
    assert read(kind, book(tmp_path, kind, ("Empty", []), ("Payments", [["p"], ["2"]])))[1] == [(2, "2")]


def test_a_hidden_sheet_is_not_read_unless_named(tmp_path):
    path = book(tmp_path, "xlsx", ("Shown", [["p"], ["2"]]), ("Hidden", [["q"], ["3"]]), hidden={"Hidden"})
    assert read("xlsx", path)[1] == [(2, "2")]
    assert read("xlsx", path, Form(sheet="Hidden"))[1] == [(2, "3")]


@books
def test_a_header_lower_down_and_empty_rows_keep_the_row_numbers(kind, tmp_path):
    rows = [["Statement of account"], [], ["", "", "printed"], ["a", "", "c"], ["1", "2", "3"], [], ["4", "", "6"], ["", "", ""]]
    path = book(tmp_path, kind, ("Data", rows))
    assert read(kind, path, Form(header_line=4)) == (("a", "column B", "c"), [(5, "1", "2", "3"), (7, "4", "", "6")], [])


def test_a_table_that_begins_lower_and_further_right_keeps_its_place(tmp_path):
    cells = ['<c r="C4" t="inlineStr"><is><t>a</t></is></c>'], ['<c r="C5"><v>1</v></c>']
    path = book(tmp_path, "xlsx", ("Data", [[Raw(cell[0])] for cell in cells]), first_row=4)
    assert read("xlsx", path) == (("column A", "column B", "a"), [(5, "", "", "1")], [])


@books
def test_a_row_with_more_cells_than_the_header_is_set_aside(kind, tmp_path):
    _, found, broken = read(kind, book(tmp_path, kind, ("Data", [["a", "b"], ["1", "2", "3"], ["4"]])))
    assert (found, broken) == ([(3, "4", "")], [(2, "", "ragged_row")])


def test_a_number_that_has_lost_digits_is_set_aside_where_it_is_wanted(tmp_path):
    path = book(tmp_path, "xlsx", ("Data", [["account", "amount"], [12345678901234567890, 1.5], [999999999999999, 2.5]]))
    _, found, broken = read("xlsx", path)
    assert (found, broken) == ([(3, "999999999999999", "2.5")], [(2, "account", "inexact_number")])


def test_long_columns_are_read_cell_by_cell_as_short_ones_are(tmp_path):
    # more rows than are taken at once, an odd one in the second taking, an empty one on its border
    rows = [["a", "b"], *([f"t{number}", number / 4] for number in range(600))]
    rows[257], rows[300] = ["", ""], ["t299", 1.0, "too much"]
    _, found, broken = read("xlsx", book(tmp_path, "xlsx", ("Data", rows)))
    assert broken == [(301, "", "ragged_row")]
    assert found == [(n + 2, f"t{n}", repr(n / 4).removesuffix(".0")) for n in range(600) if n not in (256, 299)]


@given(st.lists(st.one_of(st.floats(), st.floats(-1e10, 1e10), st.integers(-(10**6), 10**6).map(float)), min_size=1))
def test_a_column_of_numbers_is_written_as_each_of_them_alone(numbers):
    assert to_texts(numbers, is_coded=False).values.to_pylist() == [to_text(number) for number in numbers]


@pytest.mark.parametrize("edge", [1e-4, 1e10, -0.0, 0.1 + 0.2])
def test_numbers_around_the_change_of_notation_are_written_alike(edge):
    numbers = [edge, float(np.nextafter(edge, 0)), float(np.nextafter(edge, np.inf)), -edge]
    assert [to_texts([number], is_coded=False).values.to_pylist() for number in numbers] == [[to_text(number)] for number in numbers]


def test_repeated_cells_and_notes_of_a_sheet_are_understood(tmp_path):
    row = (
        "<table:table-row table:number-rows-repeated='2'><table:table-cell office:value-type='string' table:number-columns-repeated='2'>"
        "<office:annotation><text:p>a note</text:p></office:annotation><text:p>x<text:s text:c='2'/>y</text:p><text:p>z</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-repeated='16000'/></table:table-row>"
    )
    rows = [["a", "b"], row, "<table:table-row table:number-rows-repeated='1048000'><table:table-cell/></table:table-row>"]
    assert read("ods", book(tmp_path, "ods", ("Data", rows)))[1] == [(2, "x  y\nz", "x  y\nz"), (3, "x  y\nz", "x  y\nz")]


def test_json_lines_keep_digits_and_take_objects_apart(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 12345678901234567890, "amount": 0.10, "to": {"name": "x", "bank": {"bic": "B"}}}\n'
        '\n{"id": "2", "amount": 1e3, "late": null, "ok": true, "list": [1, 2.50]}\n[1]\n{"id": 1, "id": 2}\nno\n',
        encoding="utf-8",
    )
    header, found, broken = read("json_lines", path)
    assert header == ("id", "amount", "to.name", "to.bank.bic", "late", "ok", "list")
    assert found == [
        (1, "12345678901234567890", "0.10", "x", "B", "", "", ""),
        (3, "2", "1e3", "", "", "", "true", json.dumps(["1", "2.50"])),
    ]
    assert broken == [(4, "", "bad_json"), (5, "", "name_twice"), (6, "", "bad_json")]


def test_a_column_no_json_record_has_is_empty_and_no_mistake(desk):
    mapping = desk.mapping(delimiter=None, labels=[])
    line = '{"time":"2025-03-01T10:00:00Z","from":"A","to":"B","amount":10.005,"currency":"EUR"}\n'
    ran = desk.load(line, name="a.jsonl", mapping=mapping)
    assert (ran.code, ran.document["loaded"], ran.document["batches"][0]["rounded"]) == (0, 1, 1), ran.err
    ran = desk.load(line.replace('"currency"', '"surprise":1,"currency"'), name="b.jsonl", mapping=mapping)
    assert ran.code == 2
    assert "surprise" in ran.err


TABLE = pa.table(
    {
        "amount": pa.array([Decimal("12345678901234567890.10"), None], pa.decimal128(38, 2)),
        "rate": pa.array([0.1, 5.0]),
        "number": pa.array([2**63 - 1, 7]),
        "when": pa.array(
            [dt.datetime(2025, 3, 1, 10, 0, 0, 5, dt.UTC), dt.datetime(2025, 3, 1, tzinfo=dt.UTC)], pa.timestamp("ns", "Asia/Manila")
        ),
        "local": pa.array([1740823200, None], pa.timestamp("s")),
        "day": pa.array([dt.date(2025, 3, 1), None]),
        "flag": pa.array([True, None]),
        "code": pa.array(["x", None]).dictionary_encode(),
        "who": pa.array([{"name": "n", "at": {"bic": "B"}}, None]),
    }
)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("coded", [(), ("amount", "code", "who.at.bic", "flag")])
def test_columns_become_exact_text(kind, coded, tmp_path):
    path = tmp_path / "a.arrow"
    if kind == "parquet":
        pq.write_table(TABLE, path)
    else:
        with (pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream)(str(path), TABLE.schema) as writer:
            writer.write_table(TABLE)
    header, found, broken = read("arrow" if kind == "stream" else kind, path, coded=coded)
    assert header == (*TABLE.column_names[:-1], "who.name", "who.at.bic")
    assert broken == []
    assert found == [
        (
            1,
            "12345678901234567890.10",
            "0.1",
            str(2**63 - 1),
            "2025-03-01T10:00:00.000005Z",
            "2025-03-01T10:00:00",
            "2025-03-01",
            "true",
            "x",
            "n",
            "B",
        ),
        (2, "", "5", "7", "2025-03-01T00:00:00Z", "", "", "", "", "", ""),
    ]


def test_bytes_that_claim_to_be_text_are_set_aside(tmp_path):
    path = tmp_path / "a.parquet"
    text = pa.array([b"good", b"b\xffd", b"good"]).view(pa.string())
    pq.write_table(pa.table({"a": text, "b": ["1", "2", "3"]}), path)
    _, found, broken = read("parquet", path)
    assert [row[:2] for row in found] == [(1, "good"), (3, "good")]
    assert broken == [(2, "a", "wrong_encoding")]


def test_a_column_of_bytes_is_refused_only_where_it_is_wanted(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["1"], "raw": [b"\x89PNG"], "many": [[1, 2]]}), path)
    opened = get_reader("parquet").open(path, Form())
    assert [chunk.received for chunk in opened.read_chunks({"a"}, set())] == [1]
    for name in ("raw", "many"):
        with pytest.raises(FileError, match="no single value"):
            list(opened.read_chunks({name}, set()))


def test_columns_have_the_letters_of_a_spreadsheet():
    assert [letters_of(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_header_lower_down_in_delimited_text_keeps_the_lines(desk):
    text = "Statement\nprinted 2025-03-02\n\ntime,from,to,amount,currency,note,is_fraud\n2025-03-01T10:00:00Z,A,B,10.00,EUR,x,0\nbad\n"
    ran = desk.load(text, mapping=desk.mapping(header_line=4))
    assert (ran.code, ran.document["received"], ran.document["loaded"]) == (0, 2, 1), ran.err
    assert [row["record"] for row in desk.transfers()] == [5]
    assert [row["record"] for row in desk.rejects(ran.document["batches"][0]["batch_id"])] == [6]


def test_cells_that_do_not_say_where_they_are_stand_one_behind_the_other(tmp_path):
    from bakau_ingest.preview.inspection import inspect_file

    def cells(*texts):
        return [Raw(f'<c t="inlineStr"><is><t>{text}</t></is></c>') for text in texts]

    path = tmp_path / "plain.xlsx"
    rows = [cells("date", "from", "to", "amount", "currency"), cells("2025-03-14", "A", "B", "1.50", "EUR")]
    path.write_bytes(xlsx(("Data", rows)))
    found = inspect_file(path, {})
    assert [column.name for column in found.columns] == ["date", "from", "to", "amount", "currency"]
    assert (found.checked.received, found.checked.rejected) == (1, 0)


def test_a_cell_without_a_place_far_down_fills_no_memory(tmp_path):
    path = tmp_path / "far.xlsx"
    content = xlsx(("Data", [["a"] * 60, []]), head="")
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith("sheet1.xml"):
                body = body.replace(b"</sheetData>", b'<row r="1048576"><c><v>1</v></c></row></sheetData>')
            new.writestr(name, body)
    path.write_bytes(made.getvalue())
    with pytest.raises(FileError, match="fill the memory"):
        get_reader("xlsx").open(path, Form())
