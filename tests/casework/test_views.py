"""What the door shows, question by question, on a village whose truth is known."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files

import pytest
from casework.village import HEADER, NAMES, iban, payment, payments
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import InputError, NotFoundError
from bakau_analytics.indicators.load import load_shipped
from bakau_casework.views.walks import Window


@pytest.fixture(scope="module")
def desk(village, tmp_path_factory):
    with village.copy(tmp_path_factory.mktemp("read")).desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def training(village, tmp_path_factory):
    with village.copy(tmp_path_factory.mktemp("train")).desk("training") as desk:
        yield desk


@pytest.fixture(scope="module")
def ids(village):
    return village.ids()


def run(village, *words) -> str:
    result = CliRunner().invoke(root, ["-w", str(village.workspace), *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.stdout


# --- find ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [8, 12, 30])
def test_an_account_is_found_by_the_beginning_of_its_id(desk, ids, cut):
    for typed in (ids["kin"][:cut], ids["kin"][4:cut], ids["kin"][:cut].upper().replace("ACC_", "acc_")):
        (row,) = desk.find(typed).to_document()["accounts"]
        assert (row["id"], row["matched_by"]) == (ids["kin"], "id")


@pytest.mark.parametrize(
    "write", [str, str.lower, lambda n: " ".join(n[i : i + 4] for i in range(0, len(n), 4)), lambda n: f" {n[:4]}-{n[4:]} "]
)
def test_an_account_is_found_by_its_exact_number_however_it_is_written(desk, ids, write):
    (row,) = desk.find(write(iban("kin"))).to_document()["accounts"]
    assert (row["id"], row["matched_by"], row["number"]) == (ids["kin"], "number", None)


def test_a_part_of_a_number_finds_nothing(training):
    assert training.find(iban("kin")[:-1]).to_document()["accounts"] == []


def test_a_name_is_searched_only_where_the_purpose_shows_names(desk, training, ids):
    hidden, shown = desk.find(NAMES["kin"]).to_document(), training.find(NAMES["kin"]).to_document()
    assert (hidden["accounts"], hidden["not_searched"]) == ([], ["names (purpose exploration)"])
    assert [(row["id"], row["matched_by"], row["holder_names"]) for row in shown["accounts"]] == [(ids["kin"], "name", NAMES["kin"])]
    assert (shown["searched"], shown["not_searched"]) == (["ids", "account numbers", "names"], [])


def test_finding_nothing_is_an_answer_and_what_is_beyond_the_limit_is_counted(training):
    assert training.find("nobody at all").to_document()["accounts"] == []
    assert training.find("").to_document()["accounts"] == []
    found = training.find("a", limit=1).to_document()
    assert len(found["accounts"]) + found["left_out"] >= len(found["accounts"])


# --- account ------------------------------------------------------------------------------------------------------------------


def test_an_account_says_what_is_known_and_where_from(desk, ids):
    row = desk.account(ids["r0"][:12]).to_document()["account"]
    assert (row["id"], row["kind"], row["country"], row["currency"], row["stub"]) == (ids["r0"], "bank_account", "DE", "EUR", False)
    assert (row["file"], row["line"], row["age_state"]) == ("bank_accounts.csv", 2, "adult_known")
    assert [(one["role"], one["kind"]) for one in row["holders"]] == [("owner", "person")]
    money = {one["direction"]: (one["transfers"], one["counterparties"], one["sum_minor"], one["max_minor"]) for one in row["flows"]}
    assert money == {"in": (48, 12, 240_000, 5_000), "out": (1, 1, 230_000, 230_000)}
    assert row["points"] == sum(one["contribution"] for one in row["contributions"])
    assert any(one["as"] == "subject" for one in row["findings"])


def test_an_account_that_nobody_described_is_a_placeholder_of_unknown_age(desk, ids):
    row = desk.account(ids["s0"]).to_document()["account"]
    assert (row["stub"], row["holders"], row["age_state"]) == (True, [], "age_unknown")


def test_an_account_shows_who_reported_it_and_the_reason_only_where_texts_are_shown(own_village):
    report = files("bakau_ingest") / "mappings" / "examples" / "goaml_report.xml"
    run(own_village, "ingest", str(report))
    with own_village.desk() as exploring, own_village.desk("training") as training:
        (found,) = training.find("0001000001").to_document()["accounts"]
        row = exploring.account(found["id"]).to_document()["account"]
        assert {(one["on"], one["concept"], one["giver"], one["confidence"]) for one in row["tags"]} == {
            ("account", "reported", "goaml:9001", "suspected"), ("holder", "reported", "goaml:9001", "suspected"),
        }  # fmt: skip
        assert (row["tag_texts"], row["points"], row["findings"]) == (None, None, [])
        shown = training.account(found["id"]).to_document()["account"]["tag_texts"]
        assert {text.split(":")[0] for text in shown if text} == {"Invented for this example"}
        assert [text is None for text in shown] == [one["label"] != "STR" for one in row["tags"]]
        child = training.find("Kid Example").to_document()
        assert (child["accounts"], child["protected"]) == ([], 1)
    assert "says goaml:9001" in run(own_village, "account", found["id"])


def test_a_beginning_that_fits_none_or_several_is_refused(desk, ids):
    with pytest.raises(NotFoundError):
        desk.account("acc_zzzzzzzzzz")
    with pytest.raises(NotFoundError):
        desk.account("acc_")


# --- findings and explain -------------------------------------------------------------------------------------------------------


def test_findings_come_worst_first_and_age_that_is_not_known_is_said_beside_every_subject(desk):
    document = desk.findings().to_document()
    scores = [finding["score"] for finding in document["findings"]]
    assert scores == sorted(scores, reverse=True)
    assert document["total"] == len(scores) > 0
    states = {subject["age_state"] for finding in document["findings"] for subject in finding["subjects"]}
    assert "adult_known" in states
    assert states <= {"adult_known", "age_unknown"}
    assert [row["kind"] for row in desk.findings(kind="account").to_document()["findings"]] == ["account"] * len(
        desk.findings(kind="account").rows
    )
    assert len(desk.findings(top=1).rows) == 1


def test_the_receivers_are_named_with_their_reasons_and_the_child_is_counted(desk, ids):
    found = desk.findings().to_document()["findings"]
    subjects = {subject["id"] for finding in found for subject in finding["subjects"]}
    assert {ids["r0"], ids["r1"], ids["sweeper"]} <= subjects
    assert ids["child"] not in subjects
    assert any(finding["protected_count"] for finding in found)


def test_an_explanation_says_reasons_in_sentences_and_leads_down_to_file_and_line(desk, village, ids):
    lines = village.files[1].read_text(encoding="utf-8").splitlines()
    for finding in desk.findings().to_document()["findings"]:
        document = desk.explain(finding["finding_id"], limit=1_000).to_document()
        assert document["finding"] == finding
        words = "\n".join(document["sentences"])
        hits = [reason for reason in finding["reasons"] if reason["observed"]]
        assert all(f"{reason['name']} (version {reason['version']}" in words for reason in hits)
        assert "Benign explanations to rule out:" in words
        assert "Speaks against it:" in words
        said = re.findall(r"Not counted by ([A-Z0-9, -]+): payments .*\.", words)
        leaving_out = {rule.id for rule in load_shipped("common").rules if rule.exclusions}
        assert {name for names in said for name in names.split(", ")} == leaving_out & {reason["name"] for reason in hits}
        if any(subject["age_state"] == "age_unknown" for subject in finding["subjects"]):
            assert "establish before naming" in words
        assert (document["evidence_total"], document["evidence_left_out"]) == (len(document["evidence"]), 0)
        for row in document["evidence"]:
            assert row["file"] == "bank_transfers.csv"
            line = lines[row["line"] - 1]
            cells = dict(zip(HEADER.split(";"), line.split(";"), strict=True))
            assert row["amount_minor"] == int(cells["amount"].replace(".", "").replace(",", ""))
            for end, column in (("src_id", "payer_iban"), ("dst_id", "payee_iban")):
                expected = next(name for name in ids if iban(name) == cells[column])
                assert row[end] == (None if expected == "child" else ids[expected])


def test_the_clear_text_of_a_transfer_with_a_protected_end_stays_hidden_even_in_training(training):
    rows = [
        row for one in training.findings().rows["finding_id"].to_pylist() for row in training.explain(one, limit=1_000).rows.to_pylist()
    ]
    of_child = [row for row in rows if row["src_id"] is None or row["dst_id"] is None]
    others = [row for row in rows if row["src_id"] and row["dst_id"]]
    assert of_child
    assert all(row["purpose"] is None and row["reference"] is None for row in of_child)
    assert all(row["purpose"] and row["reference"] for row in others)


def test_an_explanation_is_cut_at_its_limit_and_says_so(desk):
    first = desk.findings(top=1).rows["finding_id"][0].as_py()
    document = desk.explain(first, limit=2).to_document()
    assert len(document["evidence"]) == 2
    assert document["evidence_left_out"] == document["evidence_total"] - 2 > 0
    times = [row["time"] for row in document["evidence"]]
    assert times == sorted(times)


def test_findings_before_any_analysis_or_since_an_unknown_run_are_no_findings(bakau, desk, tmp_path):
    assert bakau(None, "init", tmp_path / "new").code == 0
    ran = bakau(tmp_path / "new", "findings")
    assert (ran.code, ran.out) == (2, "")
    assert "nothing was analysed yet" in ran.err
    with pytest.raises(NotFoundError):
        desk.changes("r-0000")


def test_what_is_new_changed_or_gone_since_a_run(own_village, tmp_path):
    first = own_village.archive.snapshot().latest_run().run_id
    ids = own_village.ids()
    folder = tmp_path / "more"
    folder.mkdir()
    rows = [payment(f"s{n}", "kin", 24 * n + part, "70,00", f"N-{n}-{part}") for n in range(12) for part in range(4)]
    rows += [payment("s0", "r0", 5, "50,00", f"M-{n}") for n in range(3)]
    (folder / "bank_transfers_april.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    run(own_village, "ingest", folder / "bank_transfers_april.csv", "--mapping", "bank")
    with own_village.desk() as desk:
        assert desk.findings().to_document()["is_stale"] is True
    run(own_village, "analyse")
    with own_village.desk() as desk:
        rows = desk.changes(first).rows.to_pylist()
        new = [row for row in rows if row["change"] == "new"]
        changed = [row for row in rows if row["change"] == "changed"]
        assert any(ids["kin"] == subject["id"] for row in rows if row["change"] != "gone" for subject in row["subjects"])
        assert new or changed
        assert any(ids["r0"] in {subject["id"] for subject in row["subjects"]} for row in changed)
        second = desk.findings().to_document()["run"]
        assert desk.changes(second).rows.num_rows == 0
        batch = desk.batches().rows["batch_id"][1].as_py()
    run(own_village, "batch", "withdraw", batch, "--reason", "test")
    run(own_village, "analyse")
    with own_village.desk() as desk:
        gone = [row for row in desk.changes(first).rows.to_pylist() if row["change"] == "gone"]
        assert any(ids["sweeper"] in {subject["id"] for subject in row["subjects"]} for row in gone)


# --- walks ----------------------------------------------------------------------------------------------------------------------


def test_neighbours_are_those_of_the_window_with_their_sums(desk, ids):
    document = desk.neighbours(ids["r0"], window=Window(direction="in", limit=100)).to_document()
    assert {row["id"] for row in document["neighbours"]} == {ids[f"s{n}"] for n in range(12)}
    assert {(row["transfers"], row["sums"][0]["sum_minor"], row["age_state"]) for row in document["neighbours"]} == {
        (4, 20_000, "age_unknown")
    }
    (payee,) = desk.neighbours(ids["r0"], window=Window(direction="out")).to_document()["neighbours"]
    assert payee["id"] == ids["collector"]
    assert desk.neighbours(ids["r0"], window=Window(direction="in", min_amount="50.01")).to_document()["neighbours"] == []
    cut = desk.neighbours(ids["r0"], window=Window(direction="in", limit=5)).to_document()
    assert (len(cut["neighbours"]), cut["left_out"], cut["left_out_is_exact"]) == (5, 7, True)


def test_a_protected_neighbour_is_counted_with_its_transfers(desk, ids):
    document = desk.neighbours(ids["sweeper"]).to_document()
    assert (document["neighbours"], document["protected_accounts"], document["protected_transfers"]) == ([], 1, 8)


def test_a_window_that_makes_no_sense_is_your_input(bakau, village, ids):
    for words in (("--since", "noon"), ("--min", "a lot"), ("--limit", 0), ("--direction", "sideways")):
        assert bakau(village.workspace, "neighbours", ids["r0"], *words).code == 2, words


def test_a_path_through_the_child_says_only_how_many_transfers(desk, ids):
    for time_respecting in (False, True):
        document = desk.path(ids["s0"], ids["sweeper"], time_respecting=time_respecting).to_document()
        (path,) = document["paths"]
        assert path["account_ids"] == [ids["s0"], None, ids["sweeper"]]
        assert path["protected"] == 1
        for hop in path["hops"]:
            assert None in (hop["src_id"], hop["dst_id"])
            assert hop["sums"] == []
            assert {hop[name] for name in ("transfer_id", "time", "amount_minor", "currency")} == {None}


def test_a_path_exists_in_the_direction_of_the_money_only(desk, ids):
    assert [path["account_ids"] for path in desk.path(ids["s0"], ids["collector"], max_hops=2).to_document()["paths"]]
    assert desk.path(ids["collector"], ids["s0"]).to_document()["paths"] == []


# --- batches --------------------------------------------------------------------------------------------------------------------


def test_batches_add_up_and_rejects_say_where_and_why_and_never_the_value(desk):
    accounts, transfers = desk.batches().to_document()["batches"]
    for row in (accounts, transfers):
        assert row["received"] == row["accepted"] + row["rejected"] + row["duplicates"]
    assert (transfers["accepted"], transfers["rejected"]) == (len(payments()), 2)
    document = desk.rejects(transfers["batch_id"][:6]).to_document()
    assert [(row["line"], row["column"], row["shape"]) for row in document["rejects"]] == [(2, "booked", "aaaaaaaaa"), (3, "amount", "aaa")]
    assert (document["received"], document["rejected"], document["left_out"]) == (len(payments()) + 2, 2, 0)
    assert desk.rejects(transfers["batch_id"], limit=1).to_document()["left_out"] == 1


def test_file_names_are_sealed_without_the_vault_key(own_village, monkeypatch, tmp_path):
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "elsewhere"))
    with own_village.desk() as desk:
        assert {row["file"] for row in desk.batches().to_document()["batches"]} == {"(sealed)"}
        assert desk.findings().rows.num_rows > 0, "everything but the vault can be read"
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)


def test_an_unknown_beginning_is_no_batch(desk):
    with pytest.raises(NotFoundError):
        desk.rejects("b-0000")
    with pytest.raises(InputError, match="2 ids of a batch begin so"):
        desk.rejects("b-")
