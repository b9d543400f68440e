"""One payment that several files tell of is found, counts once, and is two again when one of them goes."""

from __future__ import annotations

import pytest
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.times import DAY_US
from bakau_graph.archive import same_payment

HOUR = 3_600_000_000
#: What the payer's bank and the payee's bank say of one payment of 100.
PAYERS = {"src": "A", "dst": "?payee of A", "ts": DAY_US, "end_to_end": "INV-1"}
PAYEES = {"src": "?payer of B", "dst": "B", "ts": 2 * DAY_US, "end_to_end": "INV-1"}


def transfers(bench):
    """The current view as (payer, payee, amount, status), by name."""
    snapshot = bench.archive.snapshot()
    names = {bench.key(name): name for name in ("A", "B", "C", "D", "?payee of A", "?payer of B", "?other", "?third", "A at home")}
    rows = snapshot.table("transfer").to_pylist()
    return sorted((names[row["src_key"]], names[row["dst_key"]], row["amount_minor"], row["status"]) for row in rows)


def how(bench):
    return sorted(filter(None, bench.archive.snapshot().same_payments["matched_by"].to_pylist()))


def test_what_two_banks_say_is_one_payment_between_the_accounts_each_knows_best(bench):
    first = bench.messages([PAYERS])
    bench.messages([PAYEES])
    assert transfers(bench) == [("A", "B", 100, "settled")]
    assert how(bench) == ["end_to_end"]
    (row,) = bench.archive.snapshot().table("transfer").to_pylist()
    assert (row["batch_id"], row["ts_us"]) == (first.batch_id, DAY_US)
    edges = bench.archive.snapshot().edges().to_pylist()
    assert [(edge["src_key"], edge["dst_key"]) for edge in edges] == [(bench.key("A"), bench.key("B"))]


@pytest.mark.parametrize("gone", [0, 1])
def test_a_payment_is_what_the_other_side_said_when_one_side_is_withdrawn(bench, gone):
    batches = [bench.messages([PAYERS]), bench.messages([PAYEES])]
    bench.archive.withdraw(batches[gone].batch_id, reason="test")
    assert transfers(bench) == [("?payer of B", "B", 100, "settled") if gone == 0 else ("A", "?payee of A", 100, "settled")]
    assert how(bench) == []


def test_both_sides_may_stand_in_one_file(bench):
    bench.messages([PAYERS, PAYEES])
    assert transfers(bench) == [("A", "B", 100, "settled")]


def test_an_order_its_settlement_and_both_statements_are_one_settled_payment(bench):
    order = {"src": "A", "dst": "B", "end_to_end": "INV-1", "status": "initiated", "ts": DAY_US + HOUR}
    bench.messages([order])
    bench.messages([{**order, "status": "settled", "uetr": "u"}])
    bench.messages([PAYERS])
    bench.messages([{**PAYEES, "uetr": "u"}])
    assert transfers(bench) == [("A", "B", 100, "settled")]
    assert how(bench) == ["end_to_end", "end_to_end", "uetr"]


def test_the_clock_of_whoever_knows_it_is_the_time_of_the_payment(bench):
    bench.messages([PAYERS])
    bench.messages([{**PAYEES, "ts": DAY_US + HOUR}])
    (row,) = bench.archive.snapshot().table("transfer").to_pylist()
    assert (row["ts_us"], row["time_known"]) == (DAY_US + HOUR, True)


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 99},
        {"currency": "USD"},
        {"end_to_end": "INV-2"},
        {"ts": 5 * DAY_US},
        {"src": "C"},
        {"amount": None},
        {"status": "failed"},
        {"dst": "A"},
    ],
    ids=" ".join,
)
def test_an_end_to_end_id_alone_makes_no_payment_of_two(bench, other):
    bench.messages([PAYERS])
    bench.messages([{**PAYEES, **other}])
    assert len(transfers(bench)) == 2


@pytest.mark.parametrize(
    ("one", "two", "linked"),
    [
        ({}, {"amount": 60}, True),  # fees on the way
        ({}, {"amount": 40}, False),  # the fee itself, booked with the payment's reference
        ({}, {"currency": "USD", "amount": 7}, True),
        ({}, {"src": "C", "dst": "D"}, False),  # the cover between the banks
        ({"dst": "B"}, {"src": "A at home", "dst": "B"}, True),  # the payer under the bank's own number
        ({"dst": "B"}, {"src": "A at home", "dst": "B", "amount": 99}, False),
        ({}, {"src": "?other", "dst": "A"}, False),  # sent back
    ],
)
def test_a_uetr_links_what_agrees(bench, one, two, linked):
    bench.messages([{**PAYERS, "end_to_end": None, "uetr": "u", **one}])
    bench.messages([{**PAYEES, "end_to_end": None, "uetr": "u", **two}])
    assert how(bench) == ["uetr"] * linked
    assert len(transfers(bench)) == 2 - linked


def test_another_uetr_speaks_against_the_same_end_to_end_id(bench):
    bench.messages([{**PAYERS, "uetr": "u"}])
    bench.messages([{**PAYEES, "uetr": "v"}])
    assert how(bench) == []


def test_what_could_be_any_of_several_payments_is_linked_with_none(bench):
    salaries = [{**PAYERS, "dst": name} for name in ("?payee of A", "?other", "?third")]
    bench.messages(salaries)
    bench.messages([PAYEES])
    assert how(bench) == []
    assert len(transfers(bench)) == 4


def test_two_payees_of_one_reference_do_not_share_the_only_payer(bench):
    bench.messages([PAYERS])
    bench.messages([PAYEES, {**PAYEES, "dst": "C"}])
    assert how(bench) == []


def test_equal_payments_of_one_day_are_linked_one_by_one(bench):
    rent = {"src": "A", "dst": "B", "end_to_end": "RENT"}
    bench.messages([{**rent, "ts": DAY_US}, {**rent, "ts": DAY_US}, {**rent, "ts": 40 * DAY_US}])
    theirs = {**rent, "src": "?payer of B"}
    bench.messages([{**theirs, "ts": DAY_US}, {**theirs, "ts": 40 * DAY_US}, {**theirs, "ts": 71 * DAY_US}])
    assert len(how(bench)) == 2
    assert len(transfers(bench)) == 4


def test_two_statements_of_one_file_tell_of_one_payment_where_one_statement_tells_of_two(bench):
    inside = {"src": "A", "dst": "B", "end_to_end": "INV-1"}
    bench.messages([{"src": "A", "dst": "C"}, inside, inside, {"src": "D", "dst": "A"}])
    assert len(transfers(bench)) == 4
    bench.messages([{"src": "A", "dst": "C"}, {**inside, "ts": 50 * DAY_US}, {**inside, "ts": 51 * DAY_US}, {"src": "D", "dst": "B"}])
    assert how(bench) == ["end_to_end"]
    assert len(transfers(bench)) == 6


def test_a_reference_that_hundreds_share_says_nothing(bench):
    rows = [{"src": "A", "dst": "B", "uetr": "u", "ts": number} for number in range(same_payment.MOST_ALIKE)]
    bench.messages(rows)
    assert len(transfers(bench)) == 1
    bench.messages([{"src": "A", "dst": "B", "uetr": "u", "ts": 1000}])
    assert len(transfers(bench)) == same_payment.MOST_ALIKE + 1


def test_whom_another_bank_knew_by_name_only_is_protected_with_the_account(bench):
    bench.messages([PAYERS])
    bench.messages([PAYEES])
    bench.archive.protect([bench.key("B")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    protected = bench.archive.snapshot().protection.protected_accounts.tolist()
    assert sorted(protected) == sorted([bench.key("B"), bench.key("?payee of A")])


def test_the_name_another_bank_wrote_is_redacted_with_the_account(bench):
    bench.messages([PAYERS])
    bench.messages([PAYEES])
    bench.archive.protect([bench.key("B")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test", redact=True)
    snapshot = bench.archive.snapshot()
    assert not len(snapshot.find_by_value("account", "number", "payee of"))
    assert len(snapshot.find_by_value("account", "number", "payer of"))


def test_a_kept_answer_is_used_again_and_a_damaged_one_is_found_anew(bench):
    bench.messages([PAYERS])
    bench.messages([PAYEES])
    found = bench.archive.snapshot().same_payments
    (kept,) = (bench.archive.workspace.archive / "payments").iterdir()
    stamp = kept.stat().st_mtime_ns
    assert bench.archive.snapshot().same_payments == found
    assert kept.stat().st_mtime_ns == stamp
    kept.write_bytes(b"damaged")
    assert bench.archive.snapshot().same_payments == found


twin = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 5), st.integers(0, 30), st.integers(0, 2), st.booleans())


@settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))
@given(payments=st.lists(twin, min_size=1, max_size=12, unique_by=lambda each: each[:1] + each[3:4]))
def test_payments_with_ids_of_their_own_are_each_found_whole(payments, make_bench):
    """Each payment has its own id: whatever else happens, both sides meet, and no two payments do."""
    bench = make_bench()
    payments = [(src, 4 + dst, amount, day, lag, both) for src, dst, amount, day, lag, both in payments]
    payers = [
        {"src": f"a{src}", "dst": f"?p{place}", "amount": amount, "ts": day * DAY_US, "end_to_end": f"id{place}"}
        for place, (src, _, amount, day, _, _) in enumerate(payments)
    ]
    payees = [
        {"src": f"?q{place}", "dst": f"a{dst}", "amount": amount, "ts": (day + lag) * DAY_US, "end_to_end": f"id{place}"}
        for place, (_, dst, amount, day, lag, both) in enumerate(payments)
        if both
    ]
    bench.messages(payers)
    if payees:
        bench.messages(payees)
    rows = bench.archive.snapshot().table("transfer").to_pylist()
    found = sorted((row["src_key"], row["dst_key"], row["amount_minor"]) for row in rows)
    expected = sorted(
        (bench.key(f"a{src}"), bench.key(f"a{dst}" if both else f"?p{place}"), amount)
        for place, (src, dst, amount, _, _, both) in enumerate(payments)
    )
    assert found == expected
