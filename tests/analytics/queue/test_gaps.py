"""Gaps: what is not known of payments and of the accounts at their ends, and that an answer closes what was asked for."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bakau.times import DAY_US
from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.looks import ENDS
from bakau_analytics.indicators.openness import find_open
from bakau_analytics.queue.asks import Sheet, Unit, rank_asks
from bakau_analytics.queue.gaps import GAPS, read_gaps

PACKS = load_packs()
PAYER, ME = 1, 2
TRANSFER = """
CREATE TEMPORARY VIEW transfer AS SELECT transfer_id, src AS src_key, dst AS dst_key, ts_us, time_known, local_hour, amount AS amount_minor,
    currency, channel, src_country, dst_country, src_outlet, dst_outlet, 'settled' AS status FROM flow
"""
#: What answers say of my account: a need, and how it becomes known.
ANSWERS = {
    "dst_kind": "UPDATE account SET kind = 'bank_account' WHERE account_key = 2",
    "dst_owner": "INSERT INTO holding VALUES (9, 2, 'owner', NULL, NULL)",
    "dst_contact": "INSERT INTO raw_identifier VALUES ('phone', 7, NULL, 2)",
    "dst_opened": "UPDATE account SET opened_us = 0 WHERE account_key = 2",
    "dst_tier": "INSERT INTO party VALUES (9, '3'); INSERT INTO holding VALUES (9, 2, 'owner', NULL, NULL)",
}
RULES = {"dst_kind": "FAC-08", "dst_owner": "FSX-05", "dst_contact": "NET-03", "dst_opened": "FAC-15", "dst_tier": "FAC-15"}


@pytest.fixture
def made(bench, row):
    """One account that three payments reach; of a wallet, paid from abroad on the remittance rail."""
    paid = [row(place, PAYER, ME, place * DAY_US, 6000, currency="AUD", hour=1, src_country="AU", dst_country="PH") for place in range(3)]
    made = bench([one | {"channel": "remittance"} for one in paid])
    made.connection.execute(TRANSFER)
    known = made.connection.sql("SELECT * REPLACE ('BANK' || account_key AS institution_id) FROM account").to_arrow_table()
    made.connection.unregister("account")
    made.connection.register("known_account", known)
    made.connection.execute("CREATE TABLE account AS SELECT * FROM known_account")
    made.connection.register("one_subject", pa.table({"account_key": pa.array([ME], pa.int64())}))
    return made


def gaps_of(made):
    return read_gaps(made.connection.sql(GAPS).to_arrow_table())


def test_what_is_not_known_of_the_ends_is_a_gap(made):
    (gap,) = gaps_of(made)
    assert gap.missing == {"dst_outlet", "dst_kind", "src_owner", "dst_owner", "src_status", "dst_contact"}
    made.connection.execute("UPDATE account SET kind = 'e_wallet'")
    assert gaps_of(made)[0].missing == {"dst_outlet", "src_owner", "dst_owner", "src_status", "dst_opened", "dst_tier", "dst_contact"}
    assert gap.missing <= set(ENDS)


@pytest.mark.parametrize("column", ANSWERS)
def test_an_answer_closes_the_request_it_was_asked_for_and_the_rule_that_was_open(column, made):
    if column in ("dst_opened", "dst_tier"):
        made.connection.execute("UPDATE account SET kind = 'e_wallet'")
    rule = PACKS.get(RULES[column])

    def asked():
        cap = rule.points.cap
        units = [Unit(ME, rule.id, 0, 0, cap), Unit(ME, "FAC-01", 6, 6, 6)]
        more = {"is_network": False, "rule": FindingRule()}
        asks = rank_asks(Sheet(units, PACKS, **more), gaps_of(made), [], PACKS, **more)
        return {name: ask.institution for ask in asks for name in ask.columns}

    assert asked()[column] == f"BANK{ME}"
    made.connection.execute(ANSWERS[column])
    assert column not in asked()


def test_a_rule_is_open_until_the_holder_is_known(made):
    evaluate(made.connection, PACKS, made.scorable)
    names = [rule.id for rule in PACKS.rules]

    def is_open():
        found = find_open(made.connection, PACKS, made.scorable.keys)
        return {names[number] for place, number in zip(found.account, found.rule, strict=True) if made.scorable.keys[place] == ME}

    assert "FSX-05" in is_open()
    made.connection.execute(ANSWERS["dst_owner"])
    assert "FSX-05" not in is_open()
