"""`bakau rates`: a file of dated rates is taken as a whole or not at all, and shows in what people read of transfers."""

from __future__ import annotations

import csv

import pytest
from ingest.conftest import HEADER

GOOD = "date,base,quote,rate,source\n2025-03-01,EUR,USD,1.0455,a bank\n2025-03-03,EUR,USD,1.05,a bank\n"


@pytest.fixture
def rates(desk):
    def load(text: str, *options):
        return desk.run("-w", desk.workspace, "rates", "load", desk.write("rates.csv", text), *options)

    return load


def test_rates_are_loaded_listed_and_value_transfers_without_loading_them_anew(desk, rates):
    rows = [f"2025-03-0{day}T10:00:00Z,A{day},B,{amount},EUR,,1\n" for day, amount in ((1, "10.00"), (2, "0.01"), (4, "20.00"))]
    desk.load(HEADER + "\n" + "".join(rows) + "2025-03-20T10:00:00Z,A5,B,5.00,EUR,,1\n")
    assert rates(GOOD).code == 2, "the reporting currency must be said once"
    loaded = rates(GOOD, "--reporting", "USD", "--json")
    assert [(table["number"], table["rates"], table["reporting"]) for table in loaded.document["tables"]] == [(1, 2, "USD")]
    target = desk.folder / "out.csv"
    exported = desk.run("-w", desk.workspace, "export", "transfers", "--csv", target)
    assert (exported.code, "1 of them without a value" in exported.out) == (0, True)
    lines = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert [(line["value_minor"], line["value_currency"]) for line in lines] == [
        ("1046", "USD"),
        ("1", "USD"),
        ("2100", "USD"),
        ("", "USD"),
    ]
    (account,) = {line["dst_id"] for line in lines}
    (flow,) = desk.run("-w", desk.workspace, "account", account, "--json").document["account"]["flows"]
    assert (flow["sum_minor"], flow["value_minor"], flow["null_values"]) == (3501, 3147, 1)
    rates(GOOD.replace("1.05,", "1.10,"))
    (flow,) = desk.run("-w", desk.workspace, "account", account, "--json").document["account"]["flows"]
    assert flow["value_minor"] == 3247
    listed = desk.run("-w", desk.workspace, "rates", "list", "--json").document["tables"]
    assert [table["number"] for table in listed] == [1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("2025-03-03", "03/03/2025"), "line 3, column date: is no date"),
        (GOOD.replace("2025-03-03", "2025-02-30"), "line 3, column date: is no date"),
        (GOOD.replace("2025-03-03", "2999-01-01"), "lies in the future"),
        (GOOD.replace("EUR", "EURO", 1), "line 2, column base: is no currency we know"),
        (GOOD.replace("USD", "EUR", 1), "is the base itself"),
        (GOOD.replace("1.05,", "-1.05,"), "is no decimal number with a point"),
        (GOOD.replace("1.05,", "1e3,"), "is no decimal number with a point"),
        (GOOD.replace("1.05,", "0.000,"), "is zero"),
        (GOOD.replace("1.05,", "1.0500000000000000001,"), "more than 15 digits"),
        (GOOD.replace("a bank", "", 1), "line 2, column source: is missing"),
        (GOOD + "2025-03-01,EUR,USD,2,another bank\n", "line 4: has a second rate for a day and pair"),
        (GOOD.replace("rate", "value"), "other columns"),
        (GOOD.splitlines()[0] + "\n", "holds a header and no rates"),
        ("", "cannot be read as a table of rates"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "content is never taken in"),
        ("date;base;quote\n1;2;3\n", "other columns"),
        (GOOD + "2025-03-04,EUR\n", "cannot be read as a table of rates"),
    ],
)
def test_one_wrong_row_and_nothing_is_taken(desk, rates, text, words):
    ran = rates(text, "--reporting", "USD")
    assert (ran.code, words in ran.err) == (2, True), ran.err
    assert desk.archive.rate_tables() == []


def test_an_unknown_reporting_currency_is_refused(desk, rates):
    assert rates(GOOD, "--reporting", "GOLD").code == 2
    assert desk.archive.rate_tables() == []
