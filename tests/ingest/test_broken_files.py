"""Broken files: a clear error or a quarantined record with line and column; never a traceback; what was loaded before stays."""

from __future__ import annotations

import gzip

import pytest

from bakau.errors import FileError
from bakau_ingest.reader import Form
from bakau_ingest.readers.delimited import DelimitedReader

from .conftest import HEADER

GOOD = f"{HEADER}\n2025-03-01T10:00:00Z,A,B,10.00,EUR,hello,0\n"


def row(time="2025-03-01T10:00:00Z", src="A", dst="B", amount="10.00", currency="EUR", note="hello", label="0"):
    return f"{time},{src},{dst},{amount},{currency},{note},{label}\n"


QUARANTINED = {
    "ragged, too few": (HEADER + "\n" + row() + "2025-03-01T10:00:00Z,A\n", "ragged_row", ""),
    "ragged, too many": (HEADER + "\n" + row() + row().strip() + ",extra\n", "ragged_row", ""),
    "NUL byte": (HEADER + "\n" + row() + row(note="he\x00llo"), "nul_byte", "note"),
    "wrong encoding": ((HEADER + "\n" + row()).encode() + row(note="caf").encode().replace(b"caf", b"caf\xe9"), "wrong_encoding", "note"),
    "bad date": (HEADER + "\n" + row() + row(time="2025-02-30"), "bad_date", "time"),
    "date out of range": (HEADER + "\n" + row() + row(time="1812-06-24"), "date_out_of_range", "time"),
    "future date": (HEADER + "\n" + row() + row(time="2999-01-01"), "future_date", "time"),
    "decimal comma where a point was declared": (HEADER + "\n" + row() + row(amount='"1.000,50"'), "not_a_number", "amount"),
    "negative amount": (HEADER + "\n" + row() + row(amount="-5.00"), "negative_amount", "amount"),
    "not a number": (HEADER + "\n" + row() + row(amount="NaN"), "not_a_number", "amount"),
    "infinity": (HEADER + "\n" + row() + row(amount="inf"), "not_a_number", "amount"),
    "overflow": (HEADER + "\n" + row() + row(amount="9" * 25), "amount_overflow", "amount"),
    "unknown currency": (HEADER + "\n" + row() + row(currency="ZZZ"), "unknown_currency", "currency"),
    "missing account": (HEADER + "\n" + row() + row(src=""), "missing_value", "from"),
    "formula cell": (HEADER + "\n" + row() + row(note="=HYPERLINK(1)"), "formula_cell", "note"),
    "control characters": (HEADER + "\n" + row() + row(note="a\x07b"), "control_character", "note"),
    "a cell too long": (HEADER + "\n" + row() + row(note="x" * 5000), "too_long", "note"),
}


@pytest.mark.parametrize("kind", QUARANTINED)
def test_a_bad_record_is_set_aside_with_line_column_and_reason(kind, desk):
    text, code, column = QUARANTINED[kind]
    ran = desk.load(text)
    assert ran.code == 0, ran.err
    found = ran.document
    assert (found["received"], found["loaded"], found["rejected"], found["duplicates"]) == (2, 1, 1, 0)
    (reject,) = desk.rejects(found["batches"][0]["batch_id"])
    assert (reject["record"], reject["code"], reject["column"]) == (3, code, column)
    assert reject["reason"]
    assert "hello" not in str(reject)


REFUSED = {
    "empty": b"",
    "header only": HEADER + "\n",
    "duplicate header": HEADER.replace("note", "amount") + "\n" + row(),
    "a column the mapping does not know": HEADER + ",surprise\n" + row().strip() + ",1\n",
    "a column the mapping wants is missing": HEADER.replace("amount,", "") + "\n2025-03-01T10:00:00Z,A,B,EUR,hello,0\n",
    "a picture": b"\xff\xd8\xff\xe0" + b"\x10JFIF" * 100,
    "UTF-16 without saying so": (HEADER + "\n" + row()).encode("utf-16-le"),
    "a cut gzip": gzip.compress(GOOD.encode() * 2000)[:-20],
    "every record bad": HEADER + "\n" + row(amount="x") + row(amount="y"),
    "an unclosed quote at the start": HEADER + '\n"2025-03-01T10:00:00Z,A,B,10.00,EUR,hello,0\n',
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_and_earlier_data_stays(kind, desk):
    assert desk.load(GOOD, name="good.csv").code == 0
    before = desk.transfers()
    ran = desk.load(REFUSED[kind], name="broken.csv")
    assert ran.code == 2, (ran.out, ran.err)
    assert "broken.csv" in ran.err or "column" in ran.err
    assert desk.transfers() == before
    assert desk.run("-w", desk.workspace, "archive", "verify").code == 0


def test_a_header_line_beyond_the_end_of_the_file_is_said_plainly(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text(GOOD)
    with pytest.raises(FileError, match="line 9: has no header line"):
        DelimitedReader().open(path, Form(header_line=9))


def test_a_missing_file_and_a_directory_are_said_plainly(desk):
    ran = desk.ingest(desk.folder / "nowhere.csv")
    assert (ran.code, "no such file" in ran.err) == (2, True)
    (desk.folder / "folder.csv").mkdir()
    ran = desk.ingest(desk.folder / "folder.csv")
    assert ran.code == 2


def test_one_endless_line_is_refused_in_bounded_memory(desk):
    import resource

    path = desk.folder / "endless.csv"
    with path.open("wb") as stream:
        stream.write(HEADER.encode() + b"\n" + row().encode())
        stream.seek(1 << 30)  # a hole: one line of 1 GB of NUL bytes
        stream.write(b"x\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ran = desk.ingest(path)
    assert ran.code in (0, 2), ran.err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000, "kilobytes"


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (GOOD.encode("utf-8-sig"), ()),
        (GOOD.encode("utf-16"), ()),
        (GOOD.replace("hello", "café").encode("cp1252"), ("--encoding", "windows-1252")),
        (gzip.compress(GOOD.encode()), ()),
        (GOOD.replace(",", ";").encode(), ()),
        (GOOD.replace(",", "\t").encode(), ()),
        (GOOD.replace(",", "|").encode(), ()),
        (GOOD.replace("\n", "\r\n").encode(), ()),
    ],
    ids=["bom", "utf-16", "windows-1252", "gzip", "semicolon", "tab", "pipe", "crlf"],
)
def test_the_same_record_loads_however_it_is_written(content, options, desk):
    ran = desk.load(content, *options)
    assert ran.code == 0, ran.err
    assert ran.document["loaded"] == 1
    assert [(t["amount_minor"], t["currency"]) for t in desk.transfers()] == [(1000, "EUR")]


def test_ten_thousand_bad_records_among_good_ones_are_all_found(desk):
    bad = [
        row(time="2025-13-01"), row(amount="1,0,0").replace("1,0,0", '"1,0,0"'), row(amount="-1"), row(amount=""), row(currency="QQQ"), row(src=""),
        row(dst=""), row(note="+cmd|' /C calc'!A0"), "too,few\n", row(time="3025-01-01"),
    ]  # fmt: skip
    lines, expected = [HEADER + "\n"], {}
    for place in range(110_000):
        if place % 11 == 10:
            kind = place // 11 % 10
            lines.append(bad[kind])
            if kind != 3:  # a missing amount is allowed: the record is loaded with none
                expected[place + 2] = kind
        else:
            lines.append(row(time=f"2025-01-{place % 28 + 1:02d}T{place % 24:02d}:{place % 60:02d}:00Z", src=f"S{place}", note=f"n{place}"))
    ran = desk.load("".join(lines))
    found = ran.document
    assert (found["received"], found["rejected"]) == (110_000, len(expected))
    assert found["loaded"] + found["duplicates"] == 110_000 - len(expected)
    rejects = desk.rejects(found["batches"][0]["batch_id"])
    assert [reject["record"] for reject in rejects] == sorted(expected)
    assert all(reject["reason"] for reject in rejects)


def test_more_rejects_than_allowed_loads_nothing_and_exits_1(desk):
    ran = desk.load(HEADER + "\n" + row() + row(amount="x") + row(amount="y"), "--max-rejects", "1")
    assert ran.code == 1
    assert desk.transfers() == []
    assert desk.load(HEADER + "\n" + row() + row(amount="x") + row(amount="y"), "--max-rejects", "2").code == 0
