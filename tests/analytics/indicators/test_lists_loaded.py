"""A list that is loaded like any other file makes its rule speak, and withdrawing it takes the hit away."""

from __future__ import annotations

import json

from small_world import bakau

CHAIN = """block,tx_hash,unix_time,from,to,value_eth,status
1,0x01,1741000000,0x00000000000000000000000000000000000000c1,0x00000000000000000000000000000000000000aa,0.5,1
2,0x02,1741000600,0x00000000000000000000000000000000000000c2,0x00000000000000000000000000000000000000dd,0.5,1
"""
TAGS = """scheme,number,concept,label,giver,confidence,asserted
crypto:ETH,0x00000000000000000000000000000000000000aa,mixer,example,example.org,stated,2026-01-05
"""


def document(printed):
    """The object among what a command printed: warnings stand before it."""
    return json.loads(next(line for line in printed.splitlines() if line.startswith("{")))


def test_a_list_is_loaded_used_and_withdrawn(tmp_path, monkeypatch):
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "keys"))
    workspace = tmp_path / "workspace"
    for name, text in (("chain.csv", CHAIN), ("list.csv", TAGS)):
        (tmp_path / name).write_text(text)

    def said():
        rows = document(bakau(workspace, "indicators", "run", "--json"))["indicators"]
        return next(row for row in rows if row["rule"] == "CRY-04")

    bakau(None, "init", workspace)
    bakau(workspace, "ingest", tmp_path / "chain.csv", "--mapping", "crypto_csv")
    assert (said()["state"], said()["missing"]) == ("not_evaluable", "no list mixer was given")
    loaded = document(bakau(workspace, "ingest", tmp_path / "list.csv", "--mapping", "tags", "--json"))
    assert (said()["state"], said()["accounts"], said()["evidence"], said()["missing"]) == ("hit", 1, 1, "")
    bakau(workspace, "batch", "withdraw", loaded["batches"][0]["batch_id"], "--reason", "the giver took it back")
    assert said()["state"] == "not_evaluable"
