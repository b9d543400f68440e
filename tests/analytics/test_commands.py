from __future__ import annotations

import json

import pytest
from analytics.town import Town, ordinary, ring
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import PackError


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path / "town")
    town.pay(ring("a") + ordinary())
    return town


def bakau(town, *words):
    result = CliRunner().invoke(root, ["-w", str(town.archive.workspace.path), *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_first_lines_of_analyse_count_referrals_and_the_protected(town):
    town.protect("o1", "o2")
    lines = bakau(town, "analyse").splitlines()
    assert lines[0] == "referrals: 0 protected accounts show a sign of danger"
    assert lines[1].startswith("protected: 2 accounts")
    assert any(line.startswith("not evaluable: LSC-06") for line in lines)
    assert "stored" in lines[-1]
    assert "stood already" in bakau(town, "analyse").splitlines()[-1]


def test_analyse_as_json_is_one_document_with_counts_only(town):
    document = json.loads(bakau(town, "analyse", "--json"))
    assert document["schema"] == "bakau.analyse/2"
    assert document["snapshot"] == town.archive.snapshot().label
    assert document["run_id"] == town.archive.snapshot().latest_run().run_id
    assert document["transfers"] == len(ring("a") + ordinary())
    assert document["network_findings"] >= 1
    assert "acc_" not in json.dumps(document)


def test_another_seed_or_other_packs_make_another_run(town, tmp_path):
    first = json.loads(bakau(town, "analyse", "--json"))
    second = json.loads(bakau(town, "analyse", "--seed", "7", "--json"))
    pack = tmp_path / "pack.yaml"
    pack.write_text("rules: []\n", encoding="utf-8")
    third = json.loads(bakau(town, "analyse", "--packs", str(pack), "--json"))
    assert len({document["run_id"] for document in (first, second, third)}) == 3
    assert (third["account_findings"], third["network_findings"]) == (0, 0)
    assert third["gone"] == second["account_findings"] + second["network_findings"]


def test_a_pack_that_is_none_is_refused_and_stores_nothing(town, tmp_path):
    pack = tmp_path / "pack.yaml"
    pack.write_text("nonsense", encoding="utf-8")
    with pytest.raises(PackError):
        bakau(town, "analyse", "--packs", str(pack))
    assert town.archive.snapshot().latest_run() is None


def test_evaluate_prints_figures_and_as_json_one_document(town, tmp_path):
    bakau(town, "analyse")
    (tmp_path / "nodes.csv").write_text("nodeid,isFraud\na-r0,1\no1,0\n", encoding="utf-8")
    assert "full score" in bakau(town, "evaluate", "--truth", str(tmp_path))
    document = json.loads(bakau(town, "evaluate", "--truth", str(tmp_path / "nodes.csv"), "--json"))
    assert document["schema"] == "bakau.evaluate/1"
    assert document["kind"] == "labels"


def test_evaluate_prints_the_adults_behind_swept_child_accounts_beside_the_rest(tmp_path):
    """On a made world: planted and found stand on the same line as recall and precision."""
    world = tmp_path / "world"
    runner = CliRunner()
    assert runner.invoke(root, ["world", "make", str(world), "--accounts", "2000", "--seed", "7"]).exit_code == 0
    workspace = str(tmp_path / "case")
    for words in (["init", workspace], ["ingest", str(world)], ["analyse"]):
        assert runner.invoke(root, ["-w", workspace, *words]).exit_code == 0, words
    truth = ["-w", workspace, "evaluate", "--truth", str(tmp_path / "world.truth")]
    page = tmp_path / "page.html"
    document = json.loads(runner.invoke(root, [*truth, "--html", str(page), "--json"]).stdout)
    assert document["schema"] == "bakau.evaluation/1"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    adults = document["sweeping_adults"]
    assert adults["planted"] > 0, "a world without swept child accounts shows nothing"
    assert adults["found"] > 0
    line = runner.invoke(root, truth).stdout.splitlines()[0]
    assert "recall" in line
    assert "precision" in line
    assert f"adults behind swept child accounts {adults['found']} of {adults['planted']}" in line
