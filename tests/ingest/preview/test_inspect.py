"""A file nobody has seen: columns are found in six languages, and nothing that is open is decided in silence."""

from __future__ import annotations

import json

import pytest
import yaml
from ingest.readers.workbooks import xlsx

from bakau_ingest.mapping import parse_mapping
from bakau_ingest.preview.inspection import check_records, inspect_file

from .derived import DERIVED, derive


@pytest.fixture(scope="module")
def inspected(tmp_path_factory):
    """Every derived file with what was found in it."""
    folder = tmp_path_factory.mktemp("derived")
    found = []
    for one in DERIVED:
        path = folder / f"{one.name.replace('.', '_')}.csv"
        path.write_bytes(one.content)
        found.append((one, inspect_file(path, {})))
    return found


def test_there_are_enough_derived_files():
    assert len({one.content for one in DERIVED}) == len(DERIVED) >= 60


def test_nine_columns_of_ten_are_right(inspected):
    wrong = [
        (one.name, column.name, column.concept, one.truth[column.name])
        for one, found in inspected
        for column in found.columns
        if column.concept != one.truth[column.name]
    ]
    total = sum(len(one.truth) for one, _ in inspected)
    assert len(wrong) <= total * 0.1, wrong
    assert all(len(found.columns) == len(one.truth) for one, found in inspected)


def test_nothing_open_is_decided_in_silence(inspected):
    silent = [(one.name, one.asked - {question.topic for question in found.questions}) for one, found in inspected]
    assert not [case for case in silent if case[1]]
    for one, found in inspected:
        if "-restyled" in one.name and "day_month" not in {question.topic for question in found.questions} and found.mapping:
            wrong = "%d/%m/%Y" if one.month_first else "%m/%d/%Y"
            assert wrong not in found.mapping, one.name


def test_payer_and_payee_are_never_exchanged(inspected):
    for one, found in inspected:
        taken = {column.concept: column.name for column in found.columns}
        for side in ("src", "dst"):
            if side in taken:
                assert one.truth[taken[side]] == side, one.name


def test_a_draft_without_questions_loads_what_it_should(inspected, tmp_path):
    tried = 0
    for one, found in inspected:
        if found.questions or not found.mapping:
            continue
        path = tmp_path / "file.csv"
        path.write_bytes(one.content)
        checked = check_records(path, parse_mapping("m.yaml", found.mapping).files[0])
        assert checked.rejected <= ("-lower-" in one.name or one.name.endswith("lower")), (one.name, checked.reasons)
        assert checked.received > checked.rejected
        tried += 1
    assert tried >= 20


def write(tmp_path, text, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def topics(found):
    return {question.topic for question in found.questions}


AMBIGUOUS = {
    "day or month": ("date,from,to,amount,currency\n03/04/2025,A,B,1.00,EUR\n", "day_month"),
    "point or comma": ("date,from,to,amount,currency\n2025-03-04,A,B,1.250,EUR\n2025-03-04,A,B,2.500,EUR\n", "decimal"),
    "comma or thousands": ('date,from,to,amount,currency\n2025-03-04,A,B,"1,250",EUR\n', "decimal"),
    "two accounts that do not say whose": (
        "date,account,iban,amount,currency\n2025-03-04,A,XB65BKAU00000010042262,1.00,EUR\n",
        "payer_payee",
    ),
    "one account's movements": ("date,account,amount,currency\n2025-03-04,A,1.00,EUR\n", "payer_payee"),
    "debit and credit": ("date,from,to,debit,credit,currency\n2025-03-04,A,B,1.00,,EUR\n", "debit_credit"),
    "a sign": ("date,from,to,amount,currency\n2025-03-04,A,B,-1.00,EUR\n2025-03-05,A,B,2.00,EUR\n", "debit_credit"),
    "whose statement, and what a minus says": (
        "date,text,counterparty name,amount,currency\n2025-03-14,a,B,-1.00,EUR\n2025-03-15,b,C,2.00,EUR\n",
        "own",
    ),
    "what a minus says": ("date,text,name,amount,currency\n2025-03-14,a,B,-1.00,EUR\n2025-03-15,b,C,2.00,EUR\n", "minus"),
    "own account or the other side's": (
        "date,account,name,debit,credit,currency\n2025-03-14,A,B,1.00,,EUR\n2025-03-15,A,C,,2.00,EUR\n",
        "own_account",
    ),
    "words for the way": ("date,name,amount,D/C,currency\n2025-03-14,B,1.00,hither,EUR\n2025-03-15,C,2.00,thither,EUR\n", "debit_credit"),
    "no currency": ("date,from,to,amount\n2025-03-04,A,B,1.00\n", "currency"),
    "two times": ("sent at,paid at,from,to,amount,currency\n2025-03-04,2025-03-05,A,B,1.00,EUR\n", "column_ts"),
    "no column is known": ("a,b,c\n1,2,3\n", "columns"),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_is_ambiguous_is_asked_and_yes_exits_2(kind, tmp_path, bakau):
    text, topic = AMBIGUOUS[kind]
    path = write(tmp_path, text)
    assert topic in topics(inspect_file(path, {}))
    ran = bakau("inspect", path, "--yes", "--write", tmp_path / "mine.yaml")
    assert ran.code == 2
    assert topic in ran.err
    assert not (tmp_path / "mine.yaml").exists()


@pytest.mark.parametrize(("answer", "day"), [("day", "%d/%m/%Y"), ("month", "%m/%d/%Y")])
def test_an_answer_settles_a_question(answer, day, tmp_path, bakau):
    path = write(tmp_path, AMBIGUOUS["day or month"][0])
    target = tmp_path / "mine.yaml"
    ran = bakau("inspect", path, "--yes", "--answer", f"day_month={answer}", "--write", target)
    assert ran.code == 0, ran.err
    assert day in yaml.safe_load(target.read_text())["files"][0]["rows"][0]["fields"]["ts"]["formats"]
    assert bakau("inspect", path, "--yes", "--answer", "day_month=perhaps").code == 2


def test_a_written_mapping_passes_a_dry_run_and_loads(tmp_path, bakau):
    path = write(tmp_path, derive("bank_transfers.csv", "es", "lower").content)
    target = tmp_path / "mine.yaml"
    assert bakau("inspect", path, "--yes", "--write", target).code == 0
    ran = bakau("ingest", path, "--mapping", target, "--dry-run", "--json")
    assert ran.code == 0, ran.err
    (file,) = ran.document["files"]
    assert (file["received"], file["accepted"], file["rejected"]) == (4, 3, 1)
    workspace = tmp_path / "workspace"
    bakau("init", workspace)
    loaded = bakau("-w", workspace, "ingest", path, "--mapping", target, "--json").document
    assert (loaded["received"], loaded["loaded"], loaded["rejected"]) == (4, 3, 1)


def test_a_dry_run_loads_nothing_and_says_what_would_be_rejected(desk):
    text = "time,from,to,amount,currency,note,is_fraud\n2025-03-01,A,B,1.00,EUR,x,0\nsoon,A,B,1.00,EUR,x,0\n"
    ran = desk.load(text, "--dry-run")
    assert ran.code == 0, ran.err
    assert ran.document["files"][0]["reasons"] == {"bad_date": 1}
    assert desk.transfers() == []
    assert desk.archive.snapshot().batches() in ([], ())
    assert desk.load("time,from\n", "--dry-run").code == 2


def test_values_of_people_are_shown_by_their_shape_only(tmp_path, bakau):
    path = write(
        tmp_path, "date,from,to,amount,currency,sender id,sender name,note\n2025-03-04,ACC-77,B,1.00,EUR,S9,Ann Example,thanks dear\n"
    )
    ran = bakau("inspect", path, "--json", "--yes")
    assert ran.code == 0, ran.err
    shown = json.dumps(ran.document["rows"])
    assert "AAA-99" in shown
    assert not [text for text in ("ACC-77", "Ann", "thanks") if text in ran.out]
    assert ran.document["rows"][0]["amount_minor"] == "100"


def test_a_workbook_is_inspected_like_any_table(tmp_path):
    rows = [
        ["Laporan"],
        [],
        ["Tanggal", "Dari Rekening", "Ke Rekening", "Nominal (IDR)", "Keterangan"],
        ["2025-03-04", "A", "B", 150000, "x"],
    ]
    found = inspect_file(write(tmp_path, xlsx(("Data", rows)), "report.xlsx"), {})
    assert (found.format, found.form.header_line, topics(found)) == ("xlsx", 3, set())
    assert {column.concept for column in found.columns} == {"ts", "src", "dst", "amount", "purpose"}
    assert found.checked.rows[0]["amount_minor"] == 15000000


def test_checksums_tell_what_a_name_does_not(tmp_path):
    text = "when,x1,x2,betrag,w\n2025-03-04,XB65BKAU00000010042262,XB17BKAU00000010007430,1,EUR\n"
    found = {column.name: (column.concept, column.why) for column in inspect_file(write(tmp_path, text), {}).columns}
    assert found["x1"] == found["x2"] == ("account", "contents (iban)")
    assert found["w"][0] == "currency"


def test_an_old_encoding_is_found_and_said(tmp_path):
    found = inspect_file(write(tmp_path, derive("bank_transfers.csv", "es", "reordered").content.decode().encode("cp1252")), {})
    assert found.form.encoding == "windows-1252"
    assert "src" in {column.concept for column in found.columns}


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0" + bytes(600), b"", bytes(5000), b"\x7fELF" + bytes(100)])
def test_what_is_no_table_is_refused_plainly(content, tmp_path, bakau):
    assert bakau("inspect", write(tmp_path, content)).code == 2


def test_a_statement_of_one_account_is_drafted_once_its_questions_are_answered(tmp_path):
    path = write(
        tmp_path,
        "Date,Details,Name,IBAN,Amount,Ccy,Balance\n2025-03-14,rent,Bob,XB65BKAU00000010042262,-1.50,EUR,9\n2025-03-15,x,Carol,,2.00,EUR,11\n",
    )
    found = inspect_file(path, {"own": "XB38BKAU00000010042263", "minus": "out"})
    assert not found.questions
    (file,) = parse_mapping("m.yaml", found.mapping).files
    assert (file.statement.own.value, file.statement.other.column, file.statement.other_name.column) == (
        "XB38BKAU00000010042263",
        "IBAN",
        "Name",
    )
    assert (found.checked.received, found.checked.rejected, dict(found.checked.sums)) == (2, 0, {"EUR": 350})
    assert any("taken as the other side's account" in note for note in found.notes)
    assert "Bob" not in str(found.checked.rows)
