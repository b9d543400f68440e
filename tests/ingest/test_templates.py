"""What the templates and the mappings of simulators make of their files."""

from __future__ import annotations

from importlib.resources import files

import pytest

from bakau_ingest.mapping import load_mapping, shipped

EXAMPLES = files("bakau_ingest") / "mappings" / "examples"


def load(desk, mapping, *names):
    ran = desk.run("-w", desk.workspace, "ingest", *(str(EXAMPLES / name) for name in names), "--mapping", mapping, "--json")
    assert ran.code == 0, ran.err
    return ran.document


def rows(desk, table):
    return desk.archive.snapshot().table(table).to_pylist()


def test_a_send_row_and_a_payout_row_become_one_transfer(desk):
    load(desk, "remittance_two_rows", "remittance_outlets.csv", "remittance_sends.csv", "remittance_payouts.csv")
    transfers = desk.transfers()
    assert [(row["status"], row["amount_minor"], row["local_hour"]) for row in transfers] == [
        ("settled", 6000, 22), ("settled", 8000, 1), ("initiated", 12000, 13),
    ]  # fmt: skip
    points = {row["account_key"]: row for row in rows(desk, "account") if row["kind"] == "cash_point"}
    assert [(row["src_key"] in points, row["dst_key"] in points) for row in transfers] == [(True, True), (True, True), (True, False)]
    first = transfers[0]
    assert (first["src_outlet"], first["dst_outlet"], first["src_country"], first["dst_country"]) == ("AU-0142", "PH-2201", "AU", "PH")
    assert first["src_party_key"]
    assert first["dst_party_key"]
    assert sorted(row["kind"] for row in rows(desk, "relation")) == ["friend", "stranger"]
    assert {row["kind"] for row in rows(desk, "identifier")} == {"address", "phone"}


def test_the_rows_of_a_transfer_may_be_loaded_again_and_change_nothing(desk):
    names = ("remittance_sends.csv", "remittance_payouts.csv")
    load(desk, "remittance_two_rows", *names)
    before = desk.transfers()
    assert load(desk, "remittance_two_rows", *names)["loaded"] == 0
    assert desk.transfers() == before


def test_a_gift_card_that_was_not_redeemed_has_only_its_purchase(desk):
    load(desk, "gift_card", "gift_cards.csv")
    found = [(row["purpose_code"], row["dst_country"], row["local_hour"]) for row in desk.transfers()]
    assert sorted(found, key=str) == [
        ("buy", None, 10),
        ("buy", None, 22),
        ("buy", None, 22),
        ("redeem", "PH", None),
        ("redeem", "PH", None),
    ]
    cards = [row for row in rows(desk, "account") if row["kind"] == "gift_card"]
    assert len(cards) == 3
    groups = [row["group_key"] for row in desk.transfers()]
    assert sorted(map(groups.count, set(groups))) == [1, 2, 2]


def test_tokens_are_no_currency_and_a_payout_goes_where_its_kind_says(desk):
    load(desk, "platform", "platform_users.csv", "platform_purchases.csv", "platform_tips.csv", "platform_payouts.csv")
    assert [row["currency"] for row in desk.transfers()] == ["GBP", "XXX", "AUD", "XXX", "USD", "USD"]
    schemes = {row["account_key"]: row["scheme"] for row in rows(desk, "account")}
    assert [schemes[row["dst_key"]] for row in desk.transfers() if row["purpose_code"] == "paid_out"] == ["phone", "iban"]
    assert {row["kind"] for row in rows(desk, "identifier")} == {"handle", "email"}


def test_an_agent_is_a_cash_point_and_an_unchecked_age_is_said(desk):
    load(desk, "e_wallet_agents", "wallet_customers.csv", "wallet_agents.csv", "wallet_ledger.csv")
    points = {row["account_key"] for row in rows(desk, "account") if row["kind"] == "cash_point"}
    by_type = {row["purpose_code"]: row for row in desk.transfers()}
    assert by_type["cash_out"]["dst_key"] in points
    assert by_type["cash_in"]["src_key"] in points
    assert (by_type["cash_out"]["channel"], by_type["p2p"]["channel"], by_type["merchant"]["status"]) == ("cash", "e_wallet", "failed")
    assert sorted(row["status"] for row in rows(desk, "party")) == ["age_checked", "age_checked", "age_not_checked"]


def test_a_declined_card_payment_failed_and_a_merchant_has_its_category(desk):
    load(desk, "card", "card_cards.csv", "card_transactions.csv")
    assert [row["status"] for row in desk.transfers()] == ["settled", "failed", "settled", "reversed"]
    assert {row["mcc"] for row in rows(desk, "account") if row["kind"] == "merchant"} == {"5816", "5411"}
    assert len(desk.archive.snapshot().protection.protected_parties) == 1


def test_a_message_to_a_campaign_lies_in_the_vault_only(desk):
    load(desk, "crowdfunding", "crowdfunding_campaigns.csv", "crowdfunding_donations.csv", "crowdfunding_payouts.csv")
    assert [row["purpose_code"] for row in desk.transfers()] == ["donation", "donation", "donation", "payout"]
    stored = b"".join(path.read_bytes() for path in (desk.workspace / "archive").rglob("*.parquet"))
    assert b"for the roof" not in stored


@pytest.mark.parametrize("name", shipped())
def test_every_mapping_says_what_it_means_and_has_no_column_twice(name):
    mapping = load_mapping(name)
    assert mapping.name == name
    for file in mapping.files:
        assert not set(file.labels) & file.columns()
        assert not set(file.ignore) & (file.columns() | set(file.labels))


HEAD = "Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,Payment Currency,Payment Format,Is Laundering\n"
LINE = "2022/09/01 00:06,021174,800737690,012,80011F990,2848.96,Euro,2848.96,Euro,ACH,1\n"


def test_amlworld_names_its_columns_anew_and_never_loads_the_label(desk):
    ran = desk.load(HEAD + LINE + LINE.replace("Euro", "Yen").replace("2848.96", "2848"), name="HI-Small_Trans.csv", mapping="amlworld")
    assert (ran.code, ran.document["loaded"]) == (0, 2), ran.err
    assert [(row["currency"], row["amount_minor"], row["record"]) for row in desk.transfers()] == [("EUR", 284896, 2), ("JPY", 2848, 3)]


def test_a_list_of_attempts_has_no_header_and_its_marks_are_counted(desk):
    text = (
        f"BEGIN LAUNDERING ATTEMPT - FAN-OUT:  Max 16-degree Fan-Out\n{LINE}{LINE.replace('2848', '99')}END LAUNDERING ATTEMPT - FAN-OUT\n"
    )
    ran = desk.load(text, name="HI-Small_Patterns.txt", mapping="amlworld")
    assert (ran.code, ran.document["loaded"], ran.document["rejected"]) == (0, 2, 2), ran.err
    assert [row["record"] for row in desk.transfers()] == [2, 3]


def test_an_update_stream_counts_in_milliseconds(desk):
    text = (
        "createTime|dependencyTime|account|loanId|amount\n1669691125985|1665258357279|4771000855245620167|4895975744905151064|60147599.17\n"
    )
    ran = desk.load(text, name="AddAccountRepayLoanWrite14.csv", mapping="finbench_incremental")
    assert ran.code == 0, ran.err
    (row,) = desk.transfers()
    assert (row["ts_us"], row["time_known"], row["purpose_code"]) == (1669691125985000, True, "repay")
