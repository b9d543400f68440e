"""SWIFT MT and OFX as banks write them: wraps, decimal commas, dialects of field 86, reversals, both sides where both are said."""

from __future__ import annotations

import pytest

from bakau_ingest.reader import Form
from bakau_ingest.readers.mt_fields import amount_of, entry_day, read_balance, read_information, read_line
from bakau_ingest.readers.ofx import OfxReader, _amount, _moment
from bakau_ingest.readers.swift_mt import SwiftReader

from . import iso_messages as iso
from . import mt_messages as mt


@pytest.fixture
def load(desk):
    def run(content: bytes, name: str = "message.fin"):
        ran = desk.run("-w", desk.workspace, "ingest", desk.write(name, content), "--json")
        assert ran.code == 0, ran.err
        return ran

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2503010228D10,5NTRFNONREF//B1", ("2025-02-28", False, "10.5", "NTRF", "")),
        ("2412310101C1.234,00NTRFREF1", ("2025-01-01", True, "1234.00", "NTRF", "REF1")),
        ("250301RC7,NCHK", ("2025-03-01", False, "7", "NCHK", "")),
        ("250301RD7,NCHK", ("2025-03-01", True, "7", "NCHK", "")),
        ("0211011102DR800,NSTONONREF", ("2002-11-02", False, "800", "NSTO", "")),
        ("250301CR,5NTRF", ("2025-03-01", True, "0.5", "NTRF", "")),
    ],
)
def test_a_statement_line_is_read_in_every_shape(text, expected):
    found = read_line(text)
    assert (found.day, found.credit, found.amount, found.type, found.reference) == expected


@pytest.mark.parametrize("text", ["", "rubbish", "250301X10,NTRF", "250301D,NTRF"])
def test_what_is_no_statement_line_is_none(text):
    assert read_line(text) is None
    assert read_balance(text) is None


def test_amounts_and_entry_days():
    assert [amount_of(text) for text in ("1,", ",5", "1.234,50", "12", "12.50")] == ["1", "0.5", "1234.50", "12", "12.50"]
    assert (entry_day("250105", "1231"), entry_day("251231", "0102"), entry_day("250301", "")) == ("2024-12-31", "2026-01-02", "2025-03-01")


def test_the_dialects_of_field_86_say_who_and_why():
    german = read_information(
        ["166?00GUTSCHRIFT?20EREF+E2E-7?21SVWZ+Rechnung vom Mae", "rz?30COBADEFFXXX?31DE89370400440532013000?32Ann Ex", "?33ample"]
    )
    assert german == {
        "code": "166", "purpose": "Rechnung vom Maerz", "end_to_end": "E2E-7", "bic": "COBADEFFXXX", "number": "DE89370400440532013000", "name": "Ann Example",
    }  # fmt: skip
    dutch = read_information(["/TRTP/SEPA/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/Ann Example/REMI/rent/EREF/NOTPROVIDED"])
    assert (dutch["number"], dutch["bic"], dutch["name"], dutch["purpose"]) == ("NL91ABNA0417164300", "ABNANL2A", "Ann Example", "rent")
    assert "end_to_end" not in dutch
    assert read_information(["a" * 65, "bc", "d"]) == {"purpose": "a" * 65 + "bc d"}


def test_a_payment_has_both_sides_its_uetr_and_no_time_of_day(load, desk):
    load(mt.MT103)
    (row,) = desk.transfers()
    assert (row["amount_minor"], row["currency"], row["uetr"], row["time_known"]) == (123450, "EUR", mt.UETR, False)
    assert (row["src_country"], row["dst_country"]) == ("DE", "GB")
    rows = desk.archive.snapshot().table("party").to_pylist()
    assert sorted(party["protected_until"] is not None for party in rows) == [False, True], "the date of birth of option F"


def test_a_payment_and_an_iso_message_name_the_same_accounts(load, desk):
    from . import iso_messages as iso

    load(mt.MT103)
    load(iso.camt053(iso.statement(iso.entry("1234.50", iso.detail(1)))), name="statement.xml")
    assert len({(row["src_key"], row["dst_key"]) for row in desk.transfers()}) == 1


def test_a_cover_moves_money_between_banks_and_relates_the_customers(load, desk):
    load(mt.COVER)
    relations = desk.archive.snapshot().table("relation").to_pylist()
    assert sorted(row["kind"] for row in relations) == ["ultimate_creditor", "ultimate_debtor"]


def test_orders_are_initiated_one_record_each(load, desk):
    found = load(mt.ORDERS).document
    assert (found["received"], found["loaded"]) == (2, 2)
    assert sorted((row["amount_minor"], row["status"]) for row in desk.transfers()) == [(1000, "initiated"), (2000, "initiated")]


def test_many_messages_in_one_file_and_what_is_no_payment_is_rejected_by_line(load, desk):
    chat = mt.blocks("199", ":20:X\r\n:79:hello\r\n")
    found = load(mt.MT103 + chat + mt.CREDITED).document
    assert (found["received"], found["loaded"], found["rejected"]) == (3, 2, 1)
    (reject,) = desk.rejects(found["batches"][0]["batch_id"])
    assert (reject["code"], reject["record"]) == ("not_a_payment", mt.MT103.count(b"\n") + 2)


def test_a_statement_that_does_not_add_up_or_skips_a_number_says_so(load):
    good, late = mt.mt940(mt.line("250301", "D", "10,"), opening="100,", closing="90,"), mt.mt940(
        mt.line("250302", "D", "10,"), opening="90,", closing="70,", number="3/1"
    )  # fmt: skip
    assert "incomplete" not in load(good).document["batches"][0]
    (batch,) = load(good + late, name="two.sta").document["batches"]
    assert len(batch["incomplete"]) == 2
    assert "closes with 70" in batch["incomplete"][0]
    assert "number 2 " in batch["incomplete"][1]


def test_a_bad_statement_line_costs_itself_only(load, desk):
    found = load(mt.mt940(mt.LINES[0], ":61:rubbish 4711\r\n", mt.LINES[1])).document
    assert (found["loaded"], found["rejected"]) == (2, 1)
    (reject,) = desk.rejects(found["batches"][0]["batch_id"])
    assert (reject["code"], reject["column"], reject["shape"]) == ("bad_statement_line", "61", "aaaaaaa 9999")


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"], ids=["CR LF", "LF", "CR"])
@pytest.mark.parametrize(
    ("reader", "one"), [(SwiftReader, mt.STATEMENT), (OfxReader, mt.ofx2(mt.transaction(1, "-10.50", xml=True)))], ids=["swift", "ofx"]
)
def test_lines_of_a_zip_are_counted_through_whatever_ends_them(reader, one, end, tmp_path):
    one = one.replace(b"\r\n", b"\n").replace(b"\n", end)
    path = tmp_path / "all.zip"

    def lines(*members):
        path.write_bytes(iso.zipped(*((f"{place}.txt", member) for place, member in enumerate(members))))
        return [int(line) for chunk in reader().open(path, Form()).read_chunks(set(), set()) for line in chunk.lines]

    alone = lines(one)
    assert min(alone) > 1
    assert lines(one, one) == alone + [line + one.count(end) + 1 for line in alone]


def test_both_versions_of_ofx_give_the_same_transfers(load):
    assert load(mt.ofx1(mt.transaction(1, "-10.50")), name="one.ofx").document["loaded"] == 1
    found = load(mt.ofx2(mt.transaction(1, "-10.50", xml=True)), name="two.ofx").document
    assert (found["loaded"], found["duplicates"]) == (0, 1)


CARD = "4111 1111 1111 1111"


def test_a_card_number_stands_in_no_column_but_the_one_that_is_hashed(tmp_path):
    path = tmp_path / "card.ofx"
    path.write_bytes(mt.OFX.replace(b"BANKACCTFROM", b"CCACCTFROM").replace(mt.OWN.encode(), CARD.encode()))
    opened = OfxReader().open(path, Form())
    (chunk,) = opened.read_chunks(set(opened.header), set())
    held = {name for name, texts in chunk.columns.items() if any("1111 1111" in value for value in texts.values.to_pylist())}
    held |= {name for name, texts in chunk.columns.items() if any("11111111" in value for value in texts.values.to_pylist())}
    assert held == {"debtor_account", "creditor_account"}
    schemes = {chunk.columns[f"{side}_scheme"].values[place].as_py() for place, side in ((0, "debtor"), (1, "creditor"))}
    assert schemes == {"card"}


def test_a_card_is_an_account_of_its_own_kind(load, desk):
    card = mt.OFX.replace(b"BANKACCTFROM", b"CCACCTFROM").replace(mt.OWN.encode(), CARD.encode())
    load(card, name="card.ofx")
    assert {row["channel"] for row in desk.transfers()} == {"card"}
    assert {row["kind"] for row in desk.archive.snapshot().table("account").to_pylist()} == {"card", "unknown"}


def test_amounts_and_moments_of_ofx():
    assert [_amount(text) for text in ("-1,234.50", "1.234,50", "+10", "3,5")] == ["-1234.50", "1234.50", "+10", "3.5"]
    assert _moment("20250301") == _moment("20250301120000") == _moment("20250301000000.000[-5:EST]") == "2025-03-01"
    assert _moment("20250301093015.123[-3:GMT]") == "2025-03-01T09:30:15-03:00"
    assert _moment("20250301093015[5.5:IST]") == "2025-03-01T09:30:15+05:30"
    assert _moment("yesterday") == "yesterday"
