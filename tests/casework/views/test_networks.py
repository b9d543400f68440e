from __future__ import annotations

import shutil

import numpy as np
import pytest
from small_world import bakau as run

import bakau
from bakau.errors import InputError, NotFoundError, RefusedError
from bakau_casework.charts import Chart, Expansion
from bakau_graph.archive import Archive


@pytest.fixture(scope="module")
def protected(world) -> set[str]:
    """Surrogates of every protected account."""
    snapshot = Archive.open(world.workspace).snapshot()
    rows = snapshot.table("account", ["account_key", "account_id"])
    hidden = np.isin(np.asarray(rows["account_key"]), snapshot.protection.protected_accounts)
    return set(np.asarray(rows["account_id"])[hidden].tolist())


@pytest.fixture(scope="module")
def view(shared_desk, finding):
    return shared_desk.network(Chart(finding_id=finding["finding_id"]))


def ids(view) -> list[str]:
    return view.rows["id"].to_pylist()


def test_a_chart_of_a_finding_holds_its_subjects_its_context_who_is_in_review_beside_it_and_nobody_else(view, finding):
    assert set(ids(view)) == {subject["id"] for subject in finding["subjects"]} | set(finding["context_ids"]) | set(finding["review_ids"])
    parts = dict(zip(ids(view), view.rows["part"].to_pylist(), strict=True))
    assert {one for one, part in parts.items() if part == "subject"} == {subject["id"] for subject in finding["subjects"]}


def test_who_is_in_review_is_shown_as_that_and_counted_without_a_role_or_points(view, finding):
    rows = [row for row in view.rows.to_pylist() if row["is_in_review"]]
    assert set(finding["review_ids"]) == {row["id"] for row in rows if row["part"] == "review"}
    assert rows, "the world has somebody in review beside this finding"
    assert view.facts["in_review"] == len(rows)
    assert {(row["role"], row["points"], row["age_state"]) for row in rows} == {(None, None, "age_unknown")}


def test_protected_accounts_are_one_bundle_that_says_only_how_many_transfers(view, finding, protected):
    assert view.facts["protected_accounts"] >= finding["protected_count"] > 0
    bundled = [link for link in view.facts["links"] if None in {link["src_id"], link["dst_id"]}]
    assert bundled
    assert all(link["transfers"] > 0 and link["sum_minor"] is link["first_ts"] is link["currency"] is None for link in bundled)
    assert not protected & set(ids(view))
    assert not protected & {end for link in view.facts["links"] for end in (link["src_id"], link["dst_id"])}


def test_links_are_the_transfers_among_the_accounts(view, world):
    snapshot = Archive.open(world.workspace).snapshot()
    keys = dict(zip(*snapshot.table("account", ["account_id", "account_key"]).to_pydict().values(), strict=True))
    edges = snapshot.edges()
    src, dst, currency = np.asarray(edges["src_key"]), np.asarray(edges["dst_key"]), np.asarray(edges["currency"])
    for link in view.facts["links"]:
        if None not in {link["src_id"], link["dst_id"]} and not link["is_partial"]:
            same = (src == keys[link["src_id"]]) & (dst == keys[link["dst_id"]]) & (currency == link["currency"])
            assert same.sum() == link["transfers"]


def test_every_account_says_why_it_is_there(shared_desk, view, finding):
    begun = Chart(finding_id=finding["finding_id"])
    charts = (shared_desk.network(begun.expand(Expansion(one, "both", 5))) for one in ids(view))
    grown = next(chart for chart in charts if len(chart.rows) > len(view.rows))  # the newest neighbours of some are here already
    assert all(row["why"] for row in grown.rows.to_pylist())
    new = [row for row in grown.rows.to_pylist() if row["entered"] == 1]
    assert new
    assert all({"pays", "is_paid_by"} >= {why["how"] for why in row["why"]} and row["part"] == "neighbour" for row in new)
    assert ids(grown)[: len(view.rows)] == ids(view)


def test_an_expansion_accounts_for_every_neighbour(shared_desk, view):
    start = ids(view)[0]
    everyone = shared_desk.network(Chart(account_id=start, expansions=(Expansion(start, "both", 200),)))
    few = shared_desk.network(Chart(account_id=start, expansions=(Expansion(start, "both", 3),)))
    (all_of,), (three,) = everyone.facts["expansions"], few.facts["expansions"]
    assert three["neighbours"] == 3
    assert three["neighbours"] + three["left_out"] == all_of["neighbours"] + all_of["left_out"]
    assert len(few.rows) == 1 + three["added"]


def test_a_direction_brings_only_those_who_pay_or_are_paid(shared_desk, view):
    start = ids(view)[0]
    for direction, how in (("in", "pays"), ("out", "is_paid_by")):
        rows = shared_desk.network(Chart(account_id=start, expansions=(Expansion(start, direction, 9),))).rows.to_pylist()[1:]
        assert {why["how"] for row in rows for why in row["why"]} <= {how}


def test_what_does_not_fit_the_size_is_counted(shared_desk, view, finding):
    small = shared_desk.network(Chart(finding_id=finding["finding_id"], max_entities=3))
    assert len(small.rows) == 3
    assert small.facts["left_out"] == len(view.rows) - 3


def test_a_filter_holds_for_every_link(shared_desk, finding):
    chart = Chart(finding_id=finding["finding_id"], since_us=1_740_000_000_000_000, until_us=1_745_000_000_000_000, currency="PHP")
    for link in shared_desk.network(chart).facts["links"]:
        if link["currency"] is not None:
            assert link["currency"] == "PHP"
            assert "2025-02-19" <= link["first_ts"] <= link["last_ts"] < "2025-04-19"


def test_no_filter_tells_when_or_how_much_protected_accounts_paid(shared_desk, finding, view):
    def to_bundle(one) -> list[tuple[object, ...]]:
        return sorted(
            (str(link["src_id"]), str(link["dst_id"]), link["transfers"])
            for link in one.facts["links"]
            if None in {link["src_id"], link["dst_id"]}
        )

    chart = Chart(finding_id=finding["finding_id"], since_us=0, until_us=1, currency="PHP", min_amount="999999")
    narrow = shared_desk.network(chart)
    assert to_bundle(narrow) == to_bundle(view) != []
    assert len(narrow.facts["links"]) == len(to_bundle(narrow))
    stated = sum(link["null_amounts"] or 0 for link in view.facts["links"])
    assert view.facts["null_amounts"] == stated


def test_a_minimum_across_currencies_is_refused_with_a_hint(shared_desk, finding):
    with pytest.raises(InputError) as caught:
        shared_desk.network(Chart(finding_id=finding["finding_id"], min_amount="100"))
    assert caught.value.hint


def test_a_protected_start_is_refused_and_an_unknown_one_is_not_found(shared_desk, protected):
    with pytest.raises(RefusedError):
        shared_desk.network(Chart(account_id=min(protected)))
    for chart in (Chart(account_id="acc_zzzzzzzz"), Chart(finding_id="f-nonsense")):
        with pytest.raises(NotFoundError):
            shared_desk.network(chart)


def test_an_account_that_is_not_on_the_chart_cannot_be_expanded_there(shared_desk, view, finding):
    others = shared_desk.findings().rows.to_pylist()
    stranger = next(s["id"] for row in others for s in row["subjects"] if s["id"] not in ids(view))
    with pytest.raises(NotFoundError):
        shared_desk.network(Chart(finding_id=finding["finding_id"], expansions=(Expansion(stranger),)))


def test_the_answer_names_the_audit_entry_that_was_written_before_it(shared_desk, finding):
    view = shared_desk.network(Chart(finding_id=finding["finding_id"]))
    entry = shared_desk.audit(last=5).rows.to_pylist()
    (own,) = [row for row in entry if row["sequence"] == view.audit_id]
    assert own["action"] == "network.show"
    assert finding["finding_id"] in own["objects"]


def test_a_mark_made_a_moment_ago_counts_on_the_next_look(world, tmp_path):
    copy = tmp_path / "workspace"
    shutil.copytree(world.workspace, copy)
    with bakau.open_desk(copy) as desk:
        found = next(row for row in desk.findings().rows.to_pylist() if len(row["subjects"]) > 2)
        chart, victim = Chart(finding_id=found["finding_id"]), found["subjects"][0]["id"]
        before, standing = desk.network(chart), desk.standing()
        run(copy, "protect", victim, "--basis", "test")
        after = desk.network(chart)
        assert desk.standing() != standing
        assert victim in ids(before)
        assert victim not in ids(after)
        assert victim not in str(after.facts)
        assert after.facts["protected_accounts"] > before.facts["protected_accounts"]
        with pytest.raises(RefusedError):
            desk.transfers(victim)
