"""What a run is measured beside: simpler ways, the ceiling, other worlds; and the page that shows it all."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from analytics.town import Town, ordinary, ring

from bakau.errors import FileError, InputError
from bakau_analytics.evaluation.networks import Question
from bakau_analytics.evaluation.page import draw_page
from bakau_analytics.evaluation.report import evaluate_truth, to_lines
from bakau_analytics.evaluation.rivals import LABEL, rank_accounts, seen
from bakau_analytics.evaluation.seeds import interval, intervals, load_documents, over_worlds
from bakau_analytics.run import analyse


def world(folder, name, senders):
    """An analysed town with one planted ring of so many payers, and its truth."""
    town = Town(folder / name)
    town.pay(ring("a", senders=senders) + ordinary())
    analyse(town.archive)
    truth = folder / f"{name}.truth"
    truth.mkdir()
    parts = [("r0", "facilitator", 1), ("r1", "facilitator", 1), *((f"s{place}", "consumer", 0) for place in range(senders))]
    lines = ["network_id,scheme,crime_type,account_number,role,in_core,lookalike"]
    lines += [f"n1,fan_in,OCSE,a-{part},{role},{core},0" for part, role, core in parts]
    (truth / "networks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return town.archive, truth


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worlds")
    first, second = world(folder, "first", 12), world(folder, "second", 14)
    evaluate_truth(*first, question=Question(examples_out=folder / "first.parquet"))
    return first, second, folder


def test_examples_hold_features_and_labels_and_no_account(worlds):
    table = pq.read_table(worlds[2] / "first.parquet")
    assert table.column_names == [*seen().names, LABEL]
    assert sum(table[LABEL].to_pylist()) == 14


def test_trees_taught_by_another_world_order_the_planted_accounts_better_than_a_plain_forest(worlds):
    report = evaluate_truth(*worlds[1], question=Question(examples=[worlds[2] / "first.parquet"]))
    assert report["ceiling"]["ap"] > report["baseline"]["isolation_forest"]["ap"]
    assert report["ceiling"]["recall"] == 1
    assert any("ceiling" in line for line in to_lines(report))


def test_a_file_that_holds_no_examples_is_refused(worlds, tmp_path):
    other = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(worlds[2] / "first.parquet").select([LABEL]), other)
    with pytest.raises(FileError, match="no examples of this version"):
        evaluate_truth(*worlds[1], question=Question(examples=[other]))


def test_accounts_are_ranked_by_value_then_key_and_cut_at_the_budget():
    assert rank_accounts(np.array([4, 9, 2]), np.array([1.0, 5.0, 1.0]), 2) == [{9}, {2}]


def test_an_interval_is_students_t_and_stays_between_nothing_and_all():
    found = interval([0.2, 0.4, 0.6])
    assert (found["seeds"], found["mean"]) == (3, pytest.approx(0.4))
    assert found["high"] - 0.4 == pytest.approx(4.303 * 0.2 / 3**0.5, abs=0.001)  # t for 2 degrees of freedom, two-sided 95 %
    assert found["low"] == 0
    assert interval([1.0, 1.0]) == {"seeds": 2, "mean": 1, "low": 1, "high": 1}


def test_other_worlds_give_the_figures_an_interval(worlds, tmp_path):
    printed = tmp_path / "first.json"
    printed.write_text(json.dumps(evaluate_truth(*worlds[0])), encoding="utf-8")
    report = evaluate_truth(*worlds[1], others=[printed])
    assert report["intervals"]["networks.recall"]["seeds"] == 2
    assert "ceiling.recall" not in report["intervals"], "it was not measured"
    assert any("over 2 worlds" in line for line in to_lines(report))
    assert report["over_worlds"]["worlds"] == 2
    assert "institution_view" not in report["over_worlds"]["by"]


def known(recovered, planted, precision, by, forest=0.25, ceiling=0.75):
    """A document of a world, as far as it is put together with others."""
    return {
        "networks": {"planted": planted, "recovered": recovered, "recall": recovered / planted, "precision": precision},
        "by": by | {"institution_view": {"pooled": {"planted": planted, "recovered": recovered}}},
        "baseline": {"isolation_forest": {"recall": forest}},
        "ceiling": ceiling if ceiling is None else {"recall": ceiling},
    }


def cell(recovered, planted):
    return {"planted": planted, "recovered": recovered}


def test_several_worlds_give_their_median_their_worst_quarter_and_groups_that_are_weak_or_behind_a_child():
    one = known(
        8,
        10,
        0.4,
        {"rail": {"crypto": cell(0, 2), "cash": cell(8, 8)}, "receiving_on_child_account": {"child": cell(3, 5), "own": cell(5, 5)}},
    )
    other = known(4, 10, 0.6, {"rail": {"crypto": cell(1, 2), "cash": cell(3, 8)}, "receiving_on_child_account": {"own": cell(4, 10)}})
    found = over_worlds([one, other, other])
    assert found["recall"] == {"median": 0.4, "quartile": 0.4}
    assert found["precision"] == {"median": 0.6, "quartile": 0.5}
    assert found["by"]["rail"] == {"cash": cell(14, 24) | {"recall": 0.5833}, "crypto": cell(2, 6) | {"recall": 0.3333}}
    assert found["weak"] == []  # a third is more than half of 16 of 30
    assert over_worlds([one])["weak"] == ["rail crypto"]
    assert found["child_gap"] == pytest.approx(3 / 5 - 13 / 25)
    assert found["gap_closed"] == pytest.approx((16 / 30 - 0.25) / 0.5, abs=1e-4)
    assert over_worlds([other])["child_gap"] is None
    assert over_worlds([one, known(1, 2, 1.0, {}, ceiling=None)])["gap_closed"] is None
    assert over_worlds([known(1, 2, 1.0, {}, ceiling=0.25)])["gap_closed"] is None


def test_documents_of_another_kind_or_budget_are_refused(tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"schema":"bakau.evaluate/1"}', encoding="utf-8")
    with pytest.raises(FileError, match=r"not a document bakau\.evaluation/1"):
        load_documents([wrong])
    with pytest.raises(InputError, match="different budgets"):
        intervals([{"budget": 20}, {"budget": 100}])


def test_the_page_is_the_same_for_the_same_figures_and_asks_for_nothing(worlds):
    archive, truth = worlds[0]
    report = evaluate_truth(archive, truth)
    report["by"]["institution_view"]["NORTH"] = report["networks"]
    report["gain_from_sharing"] = {"over_best_alone": 0.0, "over_best_pair": 0.0}
    page = draw_page(report)
    assert page == draw_page(report)
    assert page.count("<svg ") == 4
    assert "default-src 'none'" in page
    for forbidden in ("<script", " src=", "@import", 'href="http'):
        assert forbidden not in page


def test_labels_have_no_page(worlds, tmp_path):
    (tmp_path / "nodes.csv").write_text("nodeid,isFraud\na-r0,1\no1,0\n", encoding="utf-8")
    with pytest.raises(InputError, match="only an evaluation against planted networks has a page"):
        draw_page(evaluate_truth(worlds[0][0], tmp_path))
