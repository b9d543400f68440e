"""One account's statement as a table: the sign, two columns or a word says who pays whom, and the other side is what a bank's message makes of it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from ingest.readers import iso_messages as iso

from bakau.errors import MappingError
from bakau_ingest.mapping import load_mapping, parse_mapping

EXAMPLES = files("bakau_ingest") / "mappings" / "examples"
OWN = "XB65BKAU00000010042262"


def ends(desk):
    """(payer, payee, amount) of every transfer, by scheme and whether it is the statement's own account."""
    rows = {row["account_key"]: row["scheme"].partition(":")[0] for row in desk.archive.snapshot().table("account").to_pylist()}
    return [(rows[row["src_key"]], rows[row["dst_key"]], row["amount_minor"]) for row in desk.transfers()]


def test_a_minus_says_that_money_leaves(desk):
    ran = desk.run("-w", desk.workspace, "ingest", EXAMPLES / "statement.csv", "--mapping", "statement", "--json")
    assert (ran.code, ran.document["loaded"]) == (0, 4), ran.err
    assert ends(desk) == [
        ("iban", "iban", 85000),
        ("local.named", "iban", 125050),
        ("iban", "local.unseen", 10000),
        ("iban", "local", 2000),
    ]
    owners = [row for row in desk.archive.snapshot().table("holding").to_pylist() if row["role"] == "owner"]
    assert len(owners) == 3, "whoever has a name holds the account it stands beside"


def test_debit_and_credit_columns_say_it_too_and_nought_is_nothing(desk):
    ran = desk.run("-w", desk.workspace, "ingest", EXAMPLES / "statement_debit_credit.csv", "--mapping", "statement", "--json")
    assert (ran.code, ran.document["loaded"]) == (0, 2), ran.err
    assert ends(desk) == [("iban", "local.named", 85000), ("local.named", "iban", 125050)]


def test_a_table_and_a_message_of_one_account_name_the_same_ends(desk):
    text = (files("bakau_ingest") / "mappings" / "statement.yaml").read_text(encoding="utf-8").replace(OWN, iso.OWN)
    mapping = desk.write("mine.yaml", text.replace("name: statement", "name: mine"))
    table = "booked;text;counterparty;counterparty_account;amount;currency;balance\n"
    table += f"01.03.2025;;Bob Example;{iso.OTHER};-1,00;EUR;\n01.03.2025;;Carol Example;;-2,00;EUR;\n"
    assert desk.ingest(desk.write("table.csv", table), mapping=mapping).code == 0
    named = iso.detail(2, name="Carol Example").replace(f"<CdtrAcct><Id><IBAN>{iso.OTHER}</IBAN></Id></CdtrAcct>", "")
    message = iso.camt053(iso.statement(iso.entry("1.00", iso.detail(1)), iso.entry("2.00", named)))
    before = keys(desk)
    assert desk.run("-w", desk.workspace, "ingest", desk.write("m.xml", message)).code == 0
    assert keys(desk) == before


def keys(desk):
    """Accounts, and whoever holds one of them but the account's own owner, whom a table does not name."""
    snapshot = desk.archive.snapshot()
    own = {row["src_key"] for row in desk.transfers()}
    held = {(row["party_key"], row["account_key"]) for row in snapshot.table("holding").to_pylist() if row["account_key"] not in own}
    return set(snapshot.table("account")["account_key"].to_pylist()), held


STYLES = {
    "the other sign": ("minus: in", "date,amount,who\n2025-03-01,-5.00,Bob\n", [("local.named", "iban", 500)]),
    "a word": ("direction: {column: dc, map: {D: out, C: in}}", "date,amount,who,dc\n2025-03-01,-5.00,Bob,C\n2025-03-02,6.00,Bob,D\n", [("local.named", "iban", 500), ("iban", "local.named", 600)]),
    "brackets": ("minus: out", "date,amount,who\n2025-03-01,(5.00),Bob\n", [("iban", "local.named", 500)]),
}  # fmt: skip


def mapping_of(desk, more, amount="amount: {column: amount}"):
    path = desk.folder / "m.yaml"
    path.write_text(
        "name: m\nmeaning: m\nfiles:\n  - statement:\n"
        f"      own: {{value: {OWN}, scheme: iban}}\n      other_name: {{column: who}}\n      {amount}\n      {more}\n"
        "    rows:\n      - {table: transfer, fields: {ts: {column: date}, currency: {value: EUR}, channel: {value: bank}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("style", STYLES)
def test_the_way_money_goes_is_read_as_the_mapping_says(style, desk):
    more, text, expected = STYLES[style]
    assert desk.load(text, mapping=mapping_of(desk, more)).code == 0
    assert ends(desk) == expected


def test_what_does_not_say_which_way_is_rejected_with_its_column(desk):
    mapping = mapping_of(desk, "credit: {column: credit}", amount="debit: {column: debit}")
    text = "date,debit,credit,who\n2025-03-01,1.00,2.00,Bob\n2025-03-01,,,Bob\n2025-03-01,x,,Bob\n2025-03-01,1.00,0,Bob\n"
    ran = desk.load(text, mapping=mapping)
    assert (ran.document["loaded"], ran.document["rejected"]) == (1, 3)
    found = [(row["column"], row["code"]) for row in desk.rejects(ran.document["batches"][0]["batch_id"])]
    assert found == [("credit", "both_ways"), ("credit", "missing_value"), ("debit", "not_a_number")]


@pytest.mark.parametrize("told", ["amount: {column: a}, debit: {column: b}, credit: {column: c}", "debit: {column: b}", "direction: {column: d}, amount: {column: a}", ""])  # fmt: skip
def test_a_mapping_that_leaves_the_way_open_is_refused(told):
    text = f"name: m\nmeaning: m\nfiles:\n  - statement: {{own: {{value: X, scheme: local}}, {told}}}\n    rows:\n"
    text += "      - {table: transfer, fields: {ts: {column: t}, currency: {value: EUR}, channel: {value: bank}}}\n"
    with pytest.raises(MappingError):
        parse_mapping("m.yaml", text)


def test_a_copy_of_the_mapping_keeps_its_hash():
    mapping = load_mapping("statement")
    copy = mapping.files[1].model_copy(update={"encoding": None})
    assert mapping.hash_of(copy) == mapping.hash_of(mapping.files[1])
    assert type(copy).model_validate(copy.model_dump()).rows == copy.rows
