"""Documents are an interface: every command with --json prints exactly what its schema says, on stdout alone."""

from __future__ import annotations

import json

import click
import pytest
from casework.village import iban
from jsonschema import Draft202012Validator

from bakau_casework.documents import list_documents, list_schemas
from bakau_casework.manual import MARK, PAGE, SCHEMAS, list_commands, render_manual, render_schemas

SCHEMA = list_schemas()
DOCUMENTS = {document.schema: document for document in list_documents()}
PAGE_TEXT = PAGE.read_text(encoding="utf-8")


def check(document: dict) -> dict:
    Draft202012Validator(SCHEMA[document["schema"]]).validate(document)
    assert next(iter(document)) == "schema"
    assert "snapshot" in document
    return document


def test_the_page_is_current():
    assert render_manual(PAGE_TEXT) == PAGE_TEXT, "run: python -m bakau_casework.manual"


def test_the_schema_files_are_current():
    stored = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("*.json")}
    assert stored == render_schemas(), "run: python -m bakau_casework.manual"


@pytest.mark.parametrize("name", SCHEMA)
def test_a_schema_is_a_schema_and_closed(name):
    Draft202012Validator.check_schema(SCHEMA[name])
    assert SCHEMA[name]["additionalProperties"] is False
    assert Draft202012Validator(SCHEMA[name]).is_valid({}) is False


def test_names_of_documents_are_unique():
    assert len(DOCUMENTS) == len(list_documents())


def test_every_command_and_subcommand_is_on_the_page_in_both_halves():
    guide, reference = PAGE_TEXT.split(MARK)
    for name, command in list_commands():
        if not isinstance(command, click.Group):
            assert f"bakau {name}" in guide, name
            assert f"### bakau {name}\n" in reference, name


def test_every_command_that_takes_json_declares_its_document():
    declared = {line for document in DOCUMENTS.values() for line in document.commands}
    for name, command in list_commands():
        if any(parameter.name == "as_json" for parameter in command.params):
            assert any(line == name or line.startswith(f"{name} ") for line in declared), name


def test_every_table_of_the_page_is_whole():
    rows = [line.replace("\\|", "") for line in PAGE_TEXT.split(MARK)[1].splitlines() if line.startswith("|")]
    assert all(row.count("|") in (3, 5) for row in rows)


def examples() -> list[str]:
    blocks = PAGE_TEXT.split(MARK)[0].split("```")[1::2]
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ bakau ")]


@pytest.mark.parametrize("line", examples())
def test_an_example_of_the_page_is_a_command_line_that_parses(line, monkeypatch):
    import shlex

    from bakau.cli import root

    monkeypatch.setattr(click.Path, "convert", lambda self, value, param, ctx: value)  # the example's files are not here
    words = shlex.split(line.split(" > ")[0].split(" | ")[0])[1:]
    context = root.make_context("bakau", words)
    command: click.Command = root
    while isinstance(command, click.Group):
        if not context._protected_args:
            assert command.invoke_without_command
            return
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = found.make_context(name, rest, parent=context)
        command = found


# --- the commands, run for real -------------------------------------------------------------------------------------------------


def test_init_mappings_world_indicators_and_coverage_print_their_documents(bakau, tmp_path):
    made = bakau(None, "world", "make", tmp_path / "world", "--accounts", 600, "--days", 120, "--json")
    calls = [("init", tmp_path / "new"), ("mappings",), ("indicators", "list"), ("indicators", "show", "NET-02"), ("indicators", "test"), ("coverage",)]  # fmt: skip
    for ran in (made, *(bakau(None, *call, "--json") for call in calls)):
        assert ran.code == 0
        assert ran.err == ""
        check(ran.document)
    assert made.document["folder"] == str(tmp_path / "world")


def test_every_reading_command_prints_its_document_alone_on_stdout(bakau, village, tmp_path):
    ids = village.ids()
    finding = bakau(village.workspace, "findings", "--json").document["findings"][0]["finding_id"]
    run = bakau(village.workspace, "findings", "--json").document["run"]
    batch = bakau(village.workspace, "batches", "--json").document["batches"][1]["batch_id"]
    calls = [
        ("findings", "--top", 2), ("findings", "--since", run), ("explain", finding), ("find", iban("r0")), ("find", "nobody at all"),
        ("account", ids["r0"]), ("account", ids["s0"]), ("account", ids["child"]), ("neighbours", ids["r0"]), ("path", ids["s0"], ids["collector"]),
        ("path", ids["s0"], ids["sweeper"]), ("path", ids["s0"], ids["collector"], "--time-respecting"), ("path", ids["s0"], ids["sweeper"], "--time-respecting"),
        ("batches",), ("rejects", batch), ("case", "list"), ("audit", "list"), ("audit", "verify"), ("source", "list"), ("network", "status"), ("network", "rebuild"),
        ("archive", "verify"), ("analyse",), ("analyse", "--urgent"), ("referrals",), ("agecontrol",), ("indicators", "run"), ("indicators", "coverage"), ("indicators", "rulebook"),
        ("indicators", "proposals"), ("indicators", "keys"), ("methods", "list"), ("replay", "--from", "2025-03-01", "--to", "2025-03-02"),
    ]  # fmt: skip
    calls += [("export", what, "--csv", tmp_path / what) for what in ("scores", "findings", "communities", "features", "transfers")]
    seen = set()
    for call in calls:
        ran = bakau(village.workspace, *call, "--json")
        assert ran.code == 0, (call, ran.err)
        seen.add(check(ran.document)["schema"])
        assert set(ran.err.splitlines()) <= {"training workspace: synthetic or public data only"}, "no progress when not a terminal"
    for call in (("explain", finding), ("find", "Balan"), ("account", ids["r0"]), ("export", "scores", "--csv", tmp_path / "training")):
        unmasked = check(bakau(village.workspace, *call, "--purpose", "training", "--json").document)
        assert unmasked["masked"] == {}
    head = bakau(village.workspace, "audit", "head")
    seen.add(check(head.document)["schema"])
    assert {
        f"bakau.{name}/1" for name in ("findings", "findings-since", "explain", "find", "account", "neighbours", "path", "export")
    } <= seen


def test_every_changing_command_prints_its_document(bakau, own_village):
    ids = own_village.ids()
    workspace = own_village.workspace
    opened = check(bakau(workspace, "case", "open", "--title", "T", "--authority", "FIU", "--legal-basis", "Order", "--json").document)
    case = opened["file"]["case_id"]
    for call in (("show", case), ("add-member", case, "colleague"), ("close", case), ("reopen", case)):
        check(bakau(workspace, "case", *call, "--json").document)
    check(bakau(workspace, "protect", ids["r1"], "--basis", "test", "--redact", "--json").document)
    batch = bakau(workspace, "batches", "--json").document["batches"][1]["batch_id"]
    check(bakau(workspace, "batch", "withdraw", batch, "--reason", "test", "--json").document)
    listed = check(bakau(workspace, "batches", "--json").document)["batches"]
    assert [row["withdrawn_reason"] for row in listed] == [None, "test"]


def test_evaluation_by_labels_and_by_planted_networks_prints_its_document(bakau, village, tmp_path):
    (tmp_path / "nodes.csv").write_text(f"nodeid,isFraud\n{iban('r0')},1\n{iban('kin')},0\n", encoding="utf-8")
    planted = "network_id,scheme,account_number,role,in_core,lookalike"
    rows = [f"N1,ring,{iban(name)},receiver,1,0" for name in ("r0", "r1")]
    rows += [f"N1,ring,no-such-account-{place},consumer,0,0" for place in range(6)]
    rows.append(f"L1,family,{iban('kin')},payer,0,1")
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "networks.csv").write_text("\n".join([planted, *rows]) + "\n", encoding="utf-8")
    labels = check(bakau(village.workspace, "evaluate", "--truth", tmp_path / "nodes.csv", "--json").document)
    rings = check(bakau(village.workspace, "evaluate", "--truth", tmp_path / "truth", "--institutions", "2", "--json").document)
    assert (labels["schema"], rings["schema"]) == ("bakau.evaluate/1", "bakau.evaluation/1")
    assert rings["networks"] == {"planted": 1, "recovered": 1, "recall": 1.0, "precision": rings["networks"]["precision"]}


def test_the_ingest_document_has_the_promised_fields_and_adds_up(bakau, tmp_path, village):
    workspace = tmp_path / "workspace"
    bakau(None, "init", workspace)
    ran = bakau(workspace, "ingest", *village.files, "--mapping", "bank", "--json")
    document = check(ran.document)
    counts = ["received", "loaded", "rejected", "duplicates"]
    assert ran.code == 0, "partly rejected input is no failure"
    assert list(document) == ["schema", "snapshot", *counts, "batches"]
    assert set(document["batches"][0]) == {"batch_id", "source", "file", *counts, "rows", "rounded", "seconds"}
    for one in (document, *document["batches"]):
        assert one["received"] == one["loaded"] + one["rejected"] + one["duplicates"]
    assert document["rejected"] == 2
    again = check(bakau(workspace, "ingest", *village.files, "--mapping", "bank", "--json").document)
    assert (again["loaded"], again["duplicates"]) == (0, document["received"])


def test_the_findings_document_has_the_promised_fields(bakau, village):
    document = check(bakau(village.workspace, "findings", "--json").document)
    finding = document["findings"][0]
    assert set(finding) == {
        "finding_id", "revision", "previous", "kind", "subjects", "context_ids", "protected_count", "review_ids", "first_ts", "last_ts", "score",
        "reasons", "incomplete", "urgency", "score_low", "score_high", "open_rules",
    }  # fmt: skip
    assert set(finding["subjects"][0]) == {"id", "role", "role_basis", "age_state", "points"}
    assert set(finding["reasons"][0]) == {
        "name", "version", "points", "observed", "threshold", "source", "runbook", "evidence_count", "not_evaluable",
    }  # fmt: skip
    assert all(one["score"] == sum(reason["points"] for reason in one["reasons"]) for one in document["findings"])


# --- exit codes -----------------------------------------------------------------------------------------------------------------


def test_exit_code_2_is_your_input_and_stdout_stays_empty(bakau, village, tmp_path):
    calls = [
        ("findings", "--since", "r-nothing"), ("explain", "f-nothing"), ("account", "acc_zzzzzzzz"), ("export", "scores"), ("findings", "--top", 0),
        ("rejects", "b-nothing"), ("case", "show", "case_nothing"), ("neighbours", "acc_zzzz", "--since", "noon"),
        ("find",), ("audit", "verify", "--head", tmp_path / "missing"), ("nonsense",),
    ]  # fmt: skip
    for call in calls:
        ran = bakau(village.workspace, *call, "--json")
        assert ran.code == 2, (call, ran)
        assert ran.out == "", call
        assert ran.err != "", call
    assert bakau(None, "findings", "--json").code == 2


def test_a_file_that_cannot_be_loaded_is_exit_code_2_and_still_accounted_for(bakau, village, tmp_path):
    ran = bakau(village.workspace, "ingest", tmp_path / "missing.csv", "--mapping", "bank", "--json")
    assert ran.code == 2
    assert check(ran.document)["batches"] == []
    assert "missing.csv" in ran.err


def test_exit_code_3_is_refused_by_policy(bakau, village):
    refused = [("account", village.ids()["r0"], "--purpose", "investigation"), ("neighbours", village.ids()["child"]), ("path", village.ids()["child"], village.ids()["r0"])]  # fmt: skip
    for call in refused:
        ran = bakau(village.workspace, *call, "--json")
        assert (ran.code, ran.out) == (3, ""), (call, ran)


def test_exit_code_1_is_a_failure(bakau, own_village, tmp_path):
    assert bakau(tmp_path, "findings", "--json").code == 1, "a folder that is no workspace"
    fresh = tmp_path / "fresh"
    bakau(None, "init", fresh)
    assert bakau(fresh, "ingest", own_village.files[1], "--mapping", "bank", "--max-rejects", 1, "--json").code == 1
    segment = next((own_village.workspace / "archive" / "segments").rglob("*.parquet"))
    segment.chmod(0o600)
    segment.write_bytes(segment.read_bytes()[:-1] + b"!")
    ran = bakau(own_village.workspace, "archive", "verify", "--json")
    assert ran.code == 1
    assert check(ran.document)["clean"] is False


def test_a_log_line_goes_to_stderr_and_never_into_a_document(bakau, own_village):
    ran = bakau(own_village.workspace, "--log-level", "debug", "network", "rebuild", "--json")
    check(ran.document)
    assert json.loads(ran.out)["schema"] == "bakau.network/1"
