"""The walk-through's commands, run as printed: a case of mixed files becomes findings and answers, on both networks."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from architecture.checkout import ROOT

from bakau_graph.neo4j.endpoint import find_endpoint


def printed() -> list[str]:
    """Every command of the page, in order."""
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.neo4j
def test_a_case_of_mixed_files_becomes_findings_on_both_networks(tmp_path, neo4j_workspace, neo4j_session):
    endpoint = find_endpoint(neo4j_workspace)
    environment = os.environ | {
        "BAKAU_NEO4J_URI": endpoint.uri,
        "BAKAU_NEO4J_PASSWORD": endpoint.password,
        "BAKAU_KEY_DIR": str(tmp_path / "keys"),
    }

    def run(line: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(line)], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    finding, said = "", {}
    for line in printed():
        said[line.replace("bakau -w work ", "").replace("bakau ", "")] = run(line.replace("FINDING_ID", finding))
        if line.endswith(" findings"):
            found = json.loads(run(f"{line} --json"))["findings"]
            finding = next(each["finding_id"] for each in found if "BKU-01" in {reason["name"] for reason in each["reasons"]})
    assert len(found) == 1
    assert said["inspect case/bank_a.xml"].startswith("bank_a.xml: iso20022\n")
    assert "No column says the currency" in said["inspect case/wallet.xlsx"]
    assert (
        "in all  87 received = 87 loaded + 0 rejected + 0 duplicates"
        in said["ingest case/bank_a.xml case/bank_b.sta case/orders.xml case/report.xml"]
    )
    explained = said["explain FINDING_ID"]
    assert "10 different senders within 30 days" in explained
    assert "is one payment with bank_b.sta, line 6 (same end-to-end id)" in explained
    assert "is one payment with orders.xml, line 4 (same UETR)" in explained
    leads = next(text for name, text in said.items() if name.startswith("leads case"))
    assert "3 hits of 5 leads, 1 links" in leads
    assert "the same, row by row" in said["--network neo4j network verify"]
    # each network says the same of the account that was found
    account = next(each["subjects"][0]["id"] for each in found if each["finding_id"] == finding)
    asked = f"bakau -w work --network {{}} neighbours {account} --json"
    embedded, neo4j = (json.loads(run(asked.format(network))) for network in ("embedded", "neo4j"))
    assert embedded["neighbours"] == neo4j["neighbours"]
    assert len(embedded["neighbours"]) == 11
