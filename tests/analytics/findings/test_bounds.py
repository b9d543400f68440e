"""How low and how high a score could be: the truth always lies between, whatever was hidden."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from analytics.conftest import Bench, transfer
from drawn import examples, is_nightly
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bakau.times import DAY_US, HOUR_US
from bakau_analytics.findings.bounds import find_bounds
from bakau_analytics.findings.contributions import build_contributions
from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.indicators.engine import evaluate, load_evidence
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.looks import look_of

START_US = 1_700_000_000_000_000 // DAY_US * DAY_US
COLUMNS = ("amount", "currency", "time_known", "local_hour", "src_country", "dst_country", "dst_outlet")
#: What may be unknown of an account, and what then goes. That an account serves everybody is known: no rule is open for what a shop might be.
FACTS = {
    "kind": "UPDATE account SET kind = NULL WHERE kind <> 'merchant' AND account_key IN (FROM lost)",
    "institution": "UPDATE account SET institution_id = NULL WHERE account_key IN (FROM lost)",
    "state": "UPDATE account SET status = NULL WHERE account_key IN (FROM lost)",
    "opening": "UPDATE account SET opened_us = NULL WHERE account_key IN (FROM lost)",
    "tier": "UPDATE party SET kyc_level = NULL WHERE party_key IN (SELECT party_key FROM holding WHERE account_key IN (FROM lost))",
    "owner": "DELETE FROM holding WHERE account_key IN (FROM lost)",
    "contact": "DELETE FROM raw_identifier WHERE account_key IN (FROM lost)",
}
#: Something for every rule about accounts: one holder of four, young wallets of a low tier that share a phone, a payer who closes one account and
#: goes on with another.
STATED = (
    "CREATE TEMPORARY TABLE said AS SELECT * FROM account",
    "UPDATE holding SET party_key = 1 WHERE account_key IN (10, 11, 12, 13)",
    "UPDATE holding SET party_key = 10100 WHERE account_key IN (100, 101)",
    f"UPDATE said SET kind = 'e_wallet', opened_us = {START_US - DAY_US} WHERE account_key IN (1, 2, 3)",
    "UPDATE said SET status = 'closed' WHERE account_key = 100",
    "UPDATE party SET kyc_level = '1' WHERE party_key IN (10001, 10002, 10003)",
    "UPDATE raw_identifier SET identifier_key = 1 WHERE account_key IN (1, 2, 3)",
)
CHILD, SHOP = 90, 91


def money(random):
    """Payments with something for nearly every rule: vendors paid from abroad at night, a swept child, chains, series that stop, payroll, a shop."""
    rows = []

    def pay(src, dst, hours, amount, **more):
        rows.append(transfer(len(rows) + 1, src, dst, START_US + int(hours * HOUR_US), amount, **({"currency": "USD", "hour": 12, "src_country": "PH", "dst_country": "PH"} | more)))  # fmt: skip

    for vendor in (1, 2, 3):
        for payer in range(100, 112):
            for place in range(int(random.integers(1, 5))):
                at = 24 * int(random.integers(0, 80)) + int(random.integers(0, 24)) + place / 8
                home = {"src_country": random.choice(["AU", "US", "PH"], p=[0.5, 0.4, 0.1]), "dst_country": "PH"}
                if payer == 100:
                    at = at / 8  # this one is closed early
                pay(payer, vendor, at, int(random.choice([2_000, 5_000, 7_500, 60_000])), hour=int(random.integers(0, 24)), **home)
                rows[-1] |= {"channel": "remittance", "dst_outlet": f"O{random.integers(0, 6)}"}
                if random.random() < 0.7:
                    pay(vendor, 50, at + float(random.choice([1, 5, 30])), 1_900)
    for place in range(10):
        pay(120 + place % 4, CHILD, 30 * place, 4_000, src_country="AU", hour=3)
        pay(CHILD, 4, 30 * place + 2, 3_900)
        pay(200 + place, SHOP, 5 * place, 1_000)
    for payer in range(130, 134):
        for place, amount in enumerate((1_000, 2_000, 4_000)):
            pay(payer, 5, 100 + 20 * place, amount, src_country="US", hour=23)
    for month in range(4):
        pay(60, 6, 720 * month + 8, 90_000)
        pay(6, 61, 720 * month + 30, 30_000)
    for place, account in enumerate((10, 11, 12, 13)):  # one holder, paid at three institutions
        pay(140 + place, account, 50 + place, 12_345)
    for first, second in ((7, 8), (8, 9), (9, 7), (50, 7)):
        pay(first, second, 200 + first, 10_000 - 10 * first)
    pay(998, 999, 24 * 120, 100)  # the data goes on
    return rows


def hide(rows, random, share):
    """The same rows with columns unknown at random; a time that is not known leaves the day."""
    hidden = []
    for row in rows:
        lost = {name for name in COLUMNS if random.random() < share[name]}
        named = dict.fromkeys(lost - {"currency", "time_known"})
        named |= {"currency": "XXX"} if "currency" in lost else {}
        named |= {"time_known": False, "ts_us": row["ts_us"] // DAY_US * DAY_US} if "time_known" in lost else {}
        hidden.append(row | named)
    return hidden


def score(rows, lost=None):
    """For every account alone, and for a network of some: what stands of rules alone, and what the bounds are. `lost`: accounts by fact not known."""
    bench, packs, rule = Bench(rows, protected=[CHILD], merchants=[SHOP], stated=True), load_packs(), FindingRule()
    with bench.connection as connection:
        for statement in STATED:
            connection.execute(statement)
        connection.unregister("account")
        connection.execute("ALTER TABLE said RENAME TO account")
        for fact, accounts in (lost or {}).items():
            connection.register("lost", pa.table({"account_key": pa.array(accounts, pa.int64())}))
            connection.execute(FACTS[fact])
            connection.unregister("lost")
        hits = evaluate(connection, packs, bench.scorable)
        silent = np.zeros(len(bench.scorable), np.int64)
        contributions = build_contributions(hits, packs, bench.scorable, model_points=silent, rule=rule)
        more = {"contributions": contributions, "packs": packs, "hits": hits, "rule": rule, "most_model_points": 0}
        return [together(find_bounds(connection, groups, **more)) for groups in (alone(), network())]


def together(found):
    """What is added to each group, at least and at most, and beside it each rule's own points for each account: (at least, at most, as they stand)."""
    sums, own = {}, {}
    for row in found.to_pylist():
        low, high = sums.get(row["grp"], (0, 0))
        sums[row["grp"]] = (low + row["points_low"], high + row["points_high"])
        own[row["account_key"], row["name"]] = (row["own_low"], row["own_high"], row["own_points"])
    return sums, own


ALONE = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 50, 60, 91, 100, 101, 130)


def alone():
    return pa.table({"grp": list(range(len(ALONE))), "kind": ["account"] * len(ALONE), "account_key": list(ALONE)})


def network():
    return pa.table({"grp": [0] * 9, "kind": ["network"] * 9, "account_key": [1, 2, 3, 4, 5, 7, 8, 9, 50]})


SHARES = st.sampled_from([0, 0, 0.02, 0.1, 0.5, 1])


@settings(max_examples=examples(8), phases=[Phase.explicit, Phase.reuse, Phase.generate], deadline=None)  # each takes half a second
@given(
    st.integers(0, 2**32 - 1), st.fixed_dictionaries(dict.fromkeys(COLUMNS, SHARES)), st.fixed_dictionaries(dict.fromkeys(FACTS, SHARES))
)
def test_with_columns_hidden_at_random_the_true_score_lies_between_the_bounds(seed, share, unstated):
    random = np.random.default_rng(seed)
    rows = money(random)
    masked = hide(rows, random, share)
    keys = sorted({row[end] for row in rows for end in ("src", "dst")})
    lost = {fact: [key for key in keys if random.random() < part] for fact, part in unstated.items()}
    for (truth, exact), (bounds, own) in zip(score(rows), score(masked, lost), strict=True):
        for group in {*truth, *bounds}:
            (least, most), (low, high) = truth.get(group, (0, 0)), bounds.get(group, (0, 0))
            assert least == most, "nothing was hidden, so nothing is open"
            assert low <= least <= high, (group, share, unstated)
        for key in {*exact, *own}:
            low, high, _ = own.get(key, (0, 0, 0))
            assert low <= exact.get(key, (0, 0, 0))[2] <= high, (key, share, unstated)


def hits_with_evidence(rows):
    """(account, rule) → evidence transfers, and the row the engine gives."""
    bench, packs = Bench(rows, protected=[CHILD], merchants=[SHOP]), load_packs()
    with bench.connection as connection:
        hits = evaluate(connection, packs, bench.scorable)
        found = {(row["account_key"], row["indicator"]): (set(), row["observed"]) for row in hits.to_pylist() if row["state"] == "hit"}
        for row in load_evidence(connection, packs, hits).to_pylist():
            found[row["account_key"], row["indicator"]][0].add(row["transfer_id"])
    return found


@pytest.mark.parametrize("seed", range(5, 9) if is_nightly() else [5])
def test_without_its_evidence_a_reason_goes_and_every_other_change_shares_that_evidence(seed):
    """Eight reasons by day, all of four worlds by night (some 75 each). A reason that stays away or comes newly is one of an end of what was taken out, or of who empties the child's account.

    A rule that looks around an account, at what its counterparties do or whom else they pay, may change one step further on.
    """
    rows = money(np.random.default_rng(seed))
    ends = {row["transfer_id"]: {row["src"], row["dst"]} for row in rows}
    before = hits_with_evidence(rows)
    assert len({rule for _, rule in before}) >= 10
    rules = {rule.id: rule for rule in load_packs().rules}
    assert len(before) >= 50
    chosen = sorted(before)[:: 1 if is_nightly() else len(before) // 8]
    for key in chosen:
        gone = before[key][0]
        after = hits_with_evidence([row for row in rows if row["transfer_id"] not in gone])
        assert key not in after
        touched = set().union(*(ends[transfer_id] for transfer_id in gone))
        touched |= {4} if CHILD in touched else set()
        near = touched.union(*(pair for pair in ends.values() if pair & touched))
        for other in {*before, *after} - {key}:
            if before.get(other) != after.get(other):
                shared = before.get(other, (set(),))[0] & gone
                look = look_of(rules[other[1]])
                assert shared or other[0] in (near if look.around or look.anywhere else touched), (key, other)


def test_what_is_not_known_of_the_account_itself_leaves_a_rule_open_until_it_is_known():
    """Four accounts of one holder at three institutions are a sign (FSX-05) only where holder and institution are known."""
    rows = money(np.random.default_rng(7))
    known, unknown = score(rows)[0][1], score(rows, {fact: [10, 11, 12, 13] for fact in FACTS})[0][1]
    low, high, points = known[10, "FSX-05"]
    assert low == high == points > 0
    assert unknown[10, "FSX-05"][0] == 0
    assert unknown[10, "FSX-05"][1] >= points
