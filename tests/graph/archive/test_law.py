"""The law of stored data: any sequence of load, correct, withdraw and re-load equals a fresh load of what remains."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ["A", "B", "C", "D"]
account = st.sampled_from(NAMES)
transfer = st.tuples(account, account, st.integers(0, 3), st.sampled_from([1, 2]), st.sampled_from([None, None, "r1", "r2", "r3"]))
load = st.one_of(
    st.tuples(st.just("transfers"), st.lists(transfer, min_size=1, max_size=5)),
    st.tuples(st.just("corrections"), st.lists(transfer, min_size=1, max_size=3)),
    st.tuples(st.just("accounts"), st.lists(st.tuples(account, st.fixed_dictionaries({}, optional={"country": st.sampled_from(["PH", "AU", None]), "kind": st.just("e_wallet")})), min_size=1, max_size=3)),
    st.tuples(st.just("people"), st.lists(st.tuples(st.sampled_from(["p", "q"]), st.sampled_from([None, date(2012, 1, 1), date(1980, 1, 1)])), min_size=1, max_size=2)),
    st.tuples(st.just("holdings"), st.lists(st.tuples(st.sampled_from(["p", "q", "nobody"]), account), min_size=1, max_size=2)),
)  # fmt: skip
step = st.one_of(load, load, st.tuples(st.just("withdraw"), st.integers(0, 9)), st.tuples(st.just("reload"), st.integers(0, 9)))


def apply(bench, kind, rows, file):
    if kind in ("transfers", "corrections"):
        return bench.transfers(rows, file=file, corrects=kind == "corrections")
    return getattr(bench, kind)(rows, file=file)


def view(bench):
    """Everything a reader sees, without the batch's own number (a second load of a file has another)."""
    snapshot = bench.archive.snapshot()
    tables = {}
    for name in ("transfer", "account", "party", "holding"):
        rows = snapshot.table(name)
        rows = rows.drop_columns(["batch_id"])
        tables[name] = sorted(map(repr, rows.to_pylist()))
    tables["edges"] = [tuple(row.values()) for row in snapshot.edges().to_pylist()]
    protection = snapshot.protection
    tables["protection"] = (
        protection.protected_accounts.tolist(),
        protection.adult_accounts.tolist(),
        protection.protected_parties.tolist(),
    )
    return tables


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, min_size=1, max_size=9))
def test_any_sequence_equals_a_fresh_load_of_what_remains(steps, make_bench):
    played = make_bench()
    standing: list[tuple[str, str, list, str]] = []  # file, kind, rows, batch
    withdrawn: list[tuple[str, str, list]] = []
    for place, (kind, rows) in enumerate(steps):
        if kind == "withdraw":
            if standing:
                file, what, content, batch_id = standing.pop(rows % len(standing))
                played.archive.withdraw(batch_id, reason="test")
                withdrawn.append((file, what, content))
        elif kind == "reload":
            if withdrawn:
                file, what, content = withdrawn.pop(rows % len(withdrawn))
                standing.append((file, what, content, apply(played, what, content, file).batch_id))
        else:
            file = f"f{place}"
            standing.append((file, kind, rows, apply(played, kind, rows, file).batch_id))
    fresh = make_bench(like=played)
    for file, kind, rows, _ in standing:
        apply(fresh, kind, rows, file)
    assert view(played) == view(fresh)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(load, min_size=1, max_size=5))
def test_every_record_is_loaded_rejected_or_a_duplicate(steps, make_bench):
    bench = make_bench()
    for place, (kind, rows) in enumerate(steps):
        report = apply(bench, kind, rows, f"f{place}")
        assert report.received == len(rows) == report.loaded + report.rejected + report.duplicates
        assert len(bench.archive.snapshot().rejects(report.batch_id)) >= report.rejected
