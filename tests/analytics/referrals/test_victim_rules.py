"""Signs of danger: each rule by its own cases, for protected accounts alone, and never as a number of a run."""

from __future__ import annotations

import duckdb
import pytest
from analytics.town import Town, ring

from bakau.errors import PackError
from bakau_analytics.referrals.detect import MOST_PAYMENTS, REFERABLE, find_signs
from bakau_analytics.referrals.newest import count_referrals, list_newest
from bakau_analytics.referrals.pack import load_victim_pack, parse_victim_pack
from bakau_analytics.referrals.trial import run_cases
from bakau_analytics.run import analyse

PACK = load_victim_pack()
TEXT = """pack: p
rules:
  - id: VIC-01
    version: "1.0"
    title: t
    role: victim
    crime_types: [FSEC]
    class: T
    detector: burst_abroad
    parameters: {min_payments: 3, window_us: 5}
    looks_for: x
    default_of_ours: true
    age_unknown: false
    source: {publication: p, address: "", grade: D, number: none}
    benign: [b]
    runbook: r
    cases:
      - {title: a, account: Y, protected: [Y], expect: sign, payments: [{src: Y, dst: A, at: "2026-01-01"}]}
      - {title: b, account: Y, protected: [Y], expect: no_sign, payments: [{src: Y, dst: A, at: "2026-01-01"}]}
"""


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_a_rule_says_what_its_own_cases_expect(rule):
    assert [trial for trial in run_cases(rule) if not trial.passed] == []


def test_the_pack_holds_the_published_signs_and_says_why_some_are_not_computed():
    assert [rule.id for rule in PACK.rules] == ["VIC-01", "VIC-02", "VIC-04", "VIC-05", "VIC-06", "VIC-09"]
    assert [one.id for one in PACK.not_computed] == ["FSX-11", "VIC-03", "VIC-07", "VIC-08", "VIC-10"]
    assert all(one.reason for one in PACK.not_computed)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("runbook: r", "runbook: r\n    points: {base: 20, cap: 20}", "points"),
        ("role: victim", "role: consumer", "role"),
        ("source: {publication: p, ", "sauce: {publication: p, ", "source"),
        ("min_payments: 3, ", "", "parameters missing"),
        ("protected: [Y], expect: sign", "protected: [], expect: sign", "only a protected account"),
        ("benign: [b]", "benign: []", "benign"),
        ("pack: p", "pack: p\nscore: 3", "score: no field of a pack"),
    ],
)
def test_a_pack_that_could_make_somebody_a_suspect_or_is_wrong_is_refused(old, new, words):
    assert parse_victim_pack("own.yaml", TEXT).rules
    with pytest.raises(PackError, match=words):
        parse_victim_pack("own.yaml", TEXT.replace(old, new, 1))


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path / "case")
    made.pay(ring("a") + [("payer", "child", 24 * day, 5_000) for day in range(3)])
    made.pay([("child", "stranger", 3 * hour, 5_000) for hour in range(4)])
    made.protect("child")
    return made


def test_only_protected_accounts_are_referred_and_no_table_of_a_run_knows_of_them(town):
    snapshot = town.archive.snapshot()
    with snapshot.connect() as connection:
        signs = find_signs(connection, PACK)
    assert set(signs["account_key"].to_pylist()) == {town.key("child")}
    assert signs["rule"].to_pylist() == ["VIC-04"]
    assert (signs["payments"].to_pylist(), signs.schema.names) == (
        [4],
        ["account_key", "rule", "is_protected", "payments", "first_us", "last_us"],
    )
    summary = analyse(town.archive)
    after = town.archive.snapshot()
    for name in ("score", "hit", "community", "finding_subject", "finding_context", "finding_reason", "evidence"):
        rows = after.derived(name, summary.run_id)
        assert town.key("child") not in rows["account_key"].to_pylist(), name
        assert not {"VIC-04"} & {value for column in rows.schema.names for value in rows[column].to_pylist() if isinstance(value, str)}, (
            name
        )


@pytest.mark.parametrize(("kind", "in_review"), [("unknown", []), (None, []), ("person", [(1, False)])])
def test_a_name_on_a_statement_is_no_second_holder_beside_an_adult_and_a_person_without_a_birth_date_is(kind, in_review):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE holding (party_key BIGINT, account_key BIGINT, role VARCHAR)")
        connection.execute("INSERT INTO holding VALUES (10, 1, 'owner'), (11, 1, 'owner'), (11, 2, 'owner')")
        connection.execute("CREATE TABLE party AS SELECT * FROM (VALUES (10, ?), (11, 'person')) p (party_key, kind)", [kind])
        connection.execute("CREATE TABLE account AS SELECT * FROM (VALUES (1, 'bank', NULL), (2, 'bank', NULL)) a (account_key, kind, mcc)")
        connection.execute("CREATE TABLE adult_party AS SELECT 11 AS party_key")
        connection.execute("CREATE TABLE adult_account AS SELECT 2 AS account_key")
        connection.execute("CREATE TABLE protected_account (account_key BIGINT)")
        connection.execute("CREATE TABLE transfer (src_key BIGINT, dst_key BIGINT)")
        connection.execute(REFERABLE, {"most": MOST_PAYMENTS})
        assert connection.execute("SELECT account_key, is_protected FROM referable_account").fetchall() == in_review
        connection.execute("DELETE FROM adult_party WHERE party_key = 11")
        assert (1, False) in connection.execute(f"{REFERABLE.partition('AS')[2]}", {"most": MOST_PAYMENTS}).fetchall(), (
            "no adult, no answer"
        )


def test_the_newest_batches_are_those_no_run_has_seen_else_the_last_one(town):
    first, second = [batch.batch_id for batch in town.archive.snapshot().batches()]
    assert list_newest(town.archive.snapshot()) == [first, second]
    analyse(town.archive)
    assert list_newest(town.archive.snapshot()) == [second]
    assert count_referrals(town.archive.snapshot(), newest_only=True).by_rule == {"VIC-04": 1}
    third = town.pay([("payer", "child", 900, 5_000)])
    assert list_newest(town.archive.snapshot()) == [third]
    newest = count_referrals(town.archive.snapshot(), newest_only=True)
    assert (newest.referrals, newest.batches) == (0, [third]), "no sign rests on what came in last"
    assert count_referrals(town.archive.snapshot()).referrals == 1
