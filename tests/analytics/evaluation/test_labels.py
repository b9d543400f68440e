from __future__ import annotations

import numpy as np
import pytest
from analytics.town import Town, ordinary, ring
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import FileError, InputError, NotFoundError
from bakau_analytics.evaluation.labels import FIGURES, average_precision, permute_amounts
from bakau_analytics.evaluation.report import evaluate_truth, to_lines
from bakau_analytics.evaluation.truth import Labels
from bakau_analytics.run import analyse


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path / "town")
    town.pay(ring("a") + ring("b", hours=300) + ordinary())
    return town


def write_labels(path, rows, header="nodeid,isFraud,init_balance"):
    path.mkdir(exist_ok=True)
    (path / "nodes.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def labels_of(positive, *, unknown=0, unknown_positive=0):
    return Labels(np.arange(len(positive)), np.array(positive, bool), unknown, unknown_positive)


def test_average_precision_is_one_when_the_positives_come_first_and_their_share_when_all_are_tied():
    known = labels_of([1, 0, 1, 0])
    keys = np.arange(4)
    assert average_precision(known, keys, np.array([9, 1, 8, 2])) == 1
    assert average_precision(known, keys, np.zeros(4)) == 0.5


def test_labelled_accounts_that_were_never_loaded_count_as_found_last():
    known = labels_of([1, 0], unknown=2, unknown_positive=1)
    assert average_precision(known, np.arange(2), np.array([5, 4])) == pytest.approx((1 + 2 / 4) / 2)


@given(st.lists(st.integers(-20, 20), min_size=3, max_size=30), st.data())
def test_average_precision_does_not_depend_on_the_order_of_tied_accounts(values, data):
    positive = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)).filter(any))
    order = data.draw(st.permutations(range(len(values))))
    keys = np.arange(len(values))
    plain = average_precision(labels_of(positive), keys, np.array(values))
    mixed = average_precision(labels_of([positive[i] for i in order]), keys, np.array([values[i] for i in order]))
    assert plain == pytest.approx(mixed)


def test_permuted_amounts_are_the_same_amounts_on_other_transfers_of_this_connection_alone(town):
    snapshot = town.archive.snapshot()
    before = snapshot.table("transfer", ["transfer_id", "amount_minor", "src_key"]).to_pylist()
    with snapshot.connect() as connection:
        permute_amounts(connection, 3)
        after = connection.execute("SELECT transfer_id, amount_minor, src_key FROM transfer ORDER BY transfer_id").fetchall()
    assert sorted(row["amount_minor"] for row in before) == sorted(amount for _, amount, _ in after)
    assert [row["src_key"] for row in before] == [src for _, _, src in after]
    assert [row["amount_minor"] for row in before] != [amount for _, amount, _ in after]
    assert town.archive.snapshot().table("transfer", ["transfer_id", "amount_minor", "src_key"]).to_pylist() == before


def test_labels_are_joined_by_account_number_and_every_figure_is_given(town, tmp_path):
    analyse(town.archive)
    rows = [f"{name}-r{place},1,0" for name in "ab" for place in (0, 1)] + [f"o{place},0,0" for place in range(40)] + ["nobody,0,0"]
    report = evaluate_truth(town.archive, write_labels(tmp_path / "truth", rows))
    assert (report["accounts"], report["positive"], report["not_in_workspace"], report["is_stale"]) == (45, 4, 1, False)
    assert list(report["average_precision"]) == list(FIGURES)
    assert report["average_precision"]["full"] == 1
    assert all(0 <= figure <= 1 for figure in report["average_precision"].values())
    assert any("1.000  full score" in line for line in to_lines(report))


@pytest.mark.parametrize("place", [0, -1])
def test_who_stands_in_review_has_no_number_and_shifts_nobody_elses(town, tmp_path, monkeypatch, place):
    reviewed = town.archive.snapshot().scorable().keys[place]
    monkeypatch.setattr("bakau_analytics.referrals.review.list_review", lambda signs: np.array([reviewed]))
    analyse(town.archive)
    names = [f"{name}-r{spot}" for name in "ab" for spot in (0, 1)]
    rows = [f"{name},1,0" for name in names] + [f"o{spot},0,0" for spot in range(40)]
    figures = evaluate_truth(town.archive, write_labels(tmp_path / "truth", rows))["average_precision"]
    assert (figures["full"] == 1) == (reviewed not in town.keys(names))


def test_without_amounts_nothing_that_needs_them_takes_part(town, tmp_path):
    """Labels that only amounts can tell: the amount-free figures do not see them."""
    town.pay([(f"p{place}", f"q{place}", 3_000 + 24 * place, 1 if place % 2 else 90_000) for place in range(60)])
    analyse(town.archive)
    rows = [f"p{place},{place % 2},0" for place in range(60)]
    figures = evaluate_truth(town.archive, write_labels(tmp_path / "truth", rows))["average_precision"]
    assert figures["trivial"] == 1
    assert figures["amounts_removed"] == pytest.approx(0.5, abs=0.15)
    assert figures["isolation_forest_without_amounts"] == pytest.approx(0.5, abs=0.2)


def test_evaluation_leaves_the_workspace_as_it_is(town, tmp_path):
    analyse(town.archive)
    version = town.archive.snapshot().version
    evaluate_truth(town.archive, write_labels(tmp_path / "truth", ["a-r0,1,0"]))
    assert town.archive.snapshot().version == version


def test_a_truth_that_cannot_be_used_is_refused_with_a_reason(town, tmp_path):
    with pytest.raises(NotFoundError):
        evaluate_truth(town.archive, tmp_path)
    analyse(town.archive)
    with pytest.raises(InputError, match="neither"):
        evaluate_truth(town.archive, tmp_path)
    with pytest.raises(InputError, match="none of the accounts"):
        evaluate_truth(town.archive, write_labels(tmp_path / "other", ["stranger,1,0"]))
    with pytest.raises(InputError, match="isFraud"):
        evaluate_truth(town.archive, write_labels(tmp_path / "bare", ["a-r0,0"], header="nodeid,balance"))
    broken = write_labels(tmp_path / "broken", ["a-r0,1,0,9,9"])
    with pytest.raises(FileError):
        evaluate_truth(town.archive, broken)
