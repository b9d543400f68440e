"""ISO 20022 as it is: what a message says becomes transfers, accounts and parties; one side is seen, nothing is lost or doubled."""

from __future__ import annotations

import pytest

from . import iso_messages as iso
from .iso_messages import OTHER, OWN, THIRD


@pytest.fixture
def load(desk):
    """Load a message without naming a mapping; returns what the command printed."""

    def run(content: bytes, *options, name: str = "message.xml"):
        ran = desk.run("-w", desk.workspace, "ingest", desk.write(name, content), "--json", *options)
        assert ran.code == 0, ran.err
        return ran

    return run


def test_the_mapping_is_found_and_said(load):
    assert "message.xml: recognised, read with the mapping iso20022" in load(iso.pacs008(iso.payment(1))).err


def test_an_account_in_a_message_is_the_same_account_as_in_a_table(load, desk):
    load(iso.pacs008(iso.payment(1)))
    table = "time,from,to,amount,currency,note,is_fraud\n2025-03-02,DE89 3704 0044 0532 0130 00,GB33BUKB20201555555555,1.00,EUR,x,0\n"
    schemes = {name: {"column": name, "scheme": "iban"} for name in ("from", "to")}
    mapping = desk.mapping(fields={"src": schemes["from"], "dst": schemes["to"]})
    assert desk.load(table, mapping=mapping).code == 0
    assert len({row["src_key"] for row in desk.transfers()}) == 1


def test_a_batch_entry_becomes_a_transfer_per_detail_and_the_sum_stays(load, desk):
    details = iso.detail(1, "10.00") + iso.detail(2, "15.00", iban=THIRD)
    load(iso.camt053(iso.statement(iso.entry("30.00", details))))
    rows = desk.transfers()
    assert sorted(row["amount_minor"] for row in rows) == [500, 1000, 1500]
    assert len({row["dst_key"] for row in rows}) == 3


def test_details_without_amounts_are_kept_and_the_entry_is_not_counted_twice(load, desk):
    load(iso.camt053(iso.statement(iso.entry("30.00", iso.detail(1) + iso.detail(2, iban=THIRD)))))
    assert sorted(row["amount_minor"] or 0 for row in desk.transfers()) == [0, 0, 3000]


def test_money_runs_the_way_the_entry_says_and_a_reversal_keeps_its_parties(load, desk):
    back = iso.entry("10.00", iso.detail(1), sign="CRDT").replace("</CdtDbtInd><Sts>", "</CdtDbtInd><RvslInd>true</RvslInd><Sts>", 1)
    load(iso.camt053(iso.statement(iso.entry("10.00", iso.detail(1)), back)))
    out, reversal = desk.transfers()
    assert (out["src_key"], out["dst_key"]) == (reversal["dst_key"], reversal["src_key"])


def test_a_pending_entry_moves_no_money_yet(load, desk):
    load(iso.camt053(iso.statement(iso.entry("10.00", status="PDNG"), iso.entry("11.00"))))
    assert sorted((row["amount_minor"], row["status"]) for row in desk.transfers()) == [(1000, "initiated"), (1100, "settled")]


def test_a_counterparty_known_by_name_only_is_one_account_per_statement_account(load, desk):
    named = iso.detail(1).replace(f"<CdtrAcct><Id><IBAN>{OTHER}</IBAN></Id></CdtrAcct>", "")
    load(iso.camt053(iso.statement(iso.entry("10.00", named), iso.entry("11.00", named.replace("Bob Example", "BOB  example")))))
    load(iso.camt053(iso.statement(iso.entry("12.00", named), iban=THIRD)), name="other.xml")
    first, second, elsewhere = sorted(desk.transfers(), key=lambda row: row["amount_minor"])
    assert first["dst_key"] == second["dst_key"] != elsewhere["dst_key"]


def test_a_text_that_a_spreadsheet_would_run_does_not_cost_the_payment(load):
    found = load(iso.camt053(iso.statement(iso.entry("10.00", iso.detail(1, text="=HYPERLINK(1)", name="+Bob Example"))))).document
    assert (found["loaded"], found["rejected"]) == (1, 0)


def test_intraday_report_and_statement_of_the_same_day_do_not_double(load, desk):
    entries = [iso.entry("10.00", iso.detail(1)), iso.entry("10.00", iso.detail(1))]
    report = iso.camt053(iso.statement(*entries)).replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt")
    load(report.replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>"))
    found = load(iso.camt053(iso.statement(*entries)), name="statement.xml").document
    assert (found["loaded"], found["duplicates"], len(desk.transfers())) == (0, 2, 2)


def test_a_return_reverses_the_payment_and_its_withdrawal_restores_it(load, desk):
    load(iso.pacs008(iso.payment(1), iso.payment(2)))
    found = load(iso.pacs004(iso.returned(1)), name="return.xml").document
    assert sorted(row["status"] for row in desk.transfers()) == ["reversed", "settled"]
    batch = found["batches"][0]["batch_id"]
    assert desk.run("-w", desk.workspace, "batch", "withdraw", batch, "--reason", "test").code == 0
    assert [row["status"] for row in desk.transfers()] == ["settled", "settled"]


def test_names_and_dates_of_birth_go_to_the_vault_and_protect(load, desk):
    load(iso.pacs008(iso.payment(1).replace("1980-01-01", "2015-06-01")))
    rows = desk.archive.snapshot().table("party").to_pylist()
    assert sum(row["protected_until"] is not None for row in rows) == 1
    assert not any(b"Ann Example" in path.read_bytes() for path in desk.workspace.rglob("*.parquet"))


def test_the_party_behind_the_payment_is_related_to_the_account(load, desk):
    behind = iso.payment(1).replace("<Dbtr>", "<UltmtDbtr><Nm>Cleo Example</Nm></UltmtDbtr><Dbtr>")
    load(iso.pacs008(behind))
    (relation,) = desk.archive.snapshot().table("relation").to_pylist()
    assert (relation["kind"], relation["object_key"]) == ("ultimate_debtor", desk.transfers()[0]["src_key"])


@pytest.mark.parametrize("version", ["02", "08", "13"])
def test_any_version_and_any_prefix_reads_the_same(version, load, desk):
    plain = iso.camt053(iso.statement(iso.entry("10.00", iso.detail(1))), version=version)
    load(plain)
    prefixed = plain.decode().replace("</", "</n:").replace("<", "<n:").replace("<n:/n:", "</n:").replace("<n:?", "<?")
    found = load(prefixed.replace("xmlns=", "xmlns:n=").encode(), name="prefixed.xml").document
    assert (found["loaded"], found["duplicates"]) == (0, 1)
    assert load(plain.decode().replace("UTF-8", "UTF-16").encode("utf-16"), name="utf16.xml").document["duplicates"] == 1


def test_a_zip_of_messages_counts_its_lines_through(load, desk):
    one, two = iso.camt053(iso.statement(iso.entry("10.00"))), iso.pacs008(iso.payment(1))
    load(iso.zipped(("one.xml", one), ("two.xml", two)), name="all.zip")
    assert [row["record"] for row in desk.transfers()] == [6, one.count(b"\n") + 1 + 5]


INCOMPLETE = {
    "balance": (iso.camt053(iso.statement(iso.entry("1.00"), head=iso.balance("OPBD", "10.00") + iso.balance("CLBD", "9.50"))), "closes with"),
    "entries": (
        iso.camt053(iso.statement(iso.entry("1.00"), head="<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>")),
        "2 entries and holds 1",
    ),
    "header": (iso.pacs008(iso.payment(1), count=3), "3 payments and holds 1"),
    "page": (
        iso.camt053(iso.statement(iso.entry("1.00"))).replace(b"</MsgId>", b"</MsgId><MsgPgntn><LastPgInd>false</LastPgInd></MsgPgntn>"),
        "one page",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_a_message_that_does_not_add_up_says_where(kind, tmp_path):
    from bakau_ingest.reader import Form
    from bakau_ingest.readers.iso20022 import Iso20022Reader

    content, words = INCOMPLETE[kind]
    path = tmp_path / "message.xml"
    path.write_bytes(content)
    opened = Iso20022Reader().open(path, Form())
    assert sum(chunk.received for chunk in opened.read_chunks({"amount"}, set()))
    (reason,) = opened.incomplete
    assert words in reason
    assert OWN not in reason


def test_a_statement_that_adds_up_is_not_incomplete(tmp_path):
    from bakau_ingest.reader import Form
    from bakau_ingest.readers.iso20022 import Iso20022Reader

    head = iso.balance("OPBD", "10.00") + iso.balance("CLBD", "29.00")
    path = tmp_path / "message.xml"
    path.write_bytes(
        iso.camt053(iso.statement(iso.entry("1.00"), iso.entry("20.00", sign="CRDT"), iso.entry("5.00", status="PDNG"), head=head))
    )
    opened = Iso20022Reader().open(path, Form())
    list(opened.read_chunks({"amount"}, set()))
    assert opened.incomplete == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (iso.document("pain.002.001.10", "CstmrPmtStsRpt", "<GrpHdr/>"), "pain.002 message, which holds no payments"),
        (iso.zipped(("a.xml", iso.pacs004(iso.returned(1)))), "load it apart"),
        (iso.document("camt.053.001.08", "BkToCstmrStmt", "<GrpHdr/>"), "no records"),
    ],
    ids=["status report", "return among others", "no statement"],
)
def test_what_holds_no_payment_is_refused_with_the_reason(content, words, desk):
    ran = desk.run("-w", desk.workspace, "ingest", desk.write("x.xml", content))
    assert (ran.code, words in ran.err) == (2, True), ran.err


def test_a_member_that_turns_out_damaged_at_its_end_is_said_in_a_sentence(desk):
    packed = bytearray(iso.zipped(("a.xml", iso.pacs008(*(iso.payment(place, uetr=f"{place:036x}") for place in range(4_000))))))
    packed[packed.rindex(b"PK\x01\x02") + 16] ^= 0xFF  # its checksum: the first 64 KiB, which are looked at before, are sound
    ran = desk.run("-w", desk.workspace, "ingest", desk.write("all.zip", bytes(packed)))
    assert (ran.code, "is a ZIP archive that cannot be read" in ran.err) == (2, True), ran.err


def test_an_incomplete_batch_says_so_when_loaded_again_and_in_the_list(load, desk):
    content, words = INCOMPLETE["balance"]
    (batch,) = load(content).document["batches"]
    (again,) = load(content, name="again.xml").document["batches"]
    assert words in batch["incomplete"][0]
    assert again["incomplete"] == batch["incomplete"]
    assert words in desk.run("-w", desk.workspace, "ingest", desk.folder / "message.xml").out
    (listed,) = desk.run("-w", desk.workspace, "batches", "--json").document["batches"]
    assert listed["incomplete"] == batch["incomplete"]
    assert "incomplete: statement 1 opens with 10.00" in desk.run("-w", desk.workspace, "batches").out.replace("\n", " ")


def test_a_batch_that_adds_up_makes_no_table_of_incomplete_ones(load, desk):
    import sqlite3

    (batch,) = load(iso.pacs008(iso.payment(1))).document["batches"]
    assert "incomplete" not in batch
    with sqlite3.connect(desk.workspace / "archive" / "ledger.sqlite") as ledger:
        assert not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'incomplete'").fetchall()
