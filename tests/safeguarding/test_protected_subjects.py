"""A child is never a suspect: whatever is loaded, marked and analysed in whatever order, no number is keyed to a protected subject.

These tests stay for ever. They look at what is stored, at every view of the Desk and at every file it writes, not at how it is made.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.cli import root
from bakau.errors import RefusedError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau_analytics.referrals.detect import find_signs
from bakau_analytics.referrals.pack import load_victim_pack
from bakau_analytics.run import analyse
from bakau_graph.archive.derived import DERIVED
from bakau_graph.networks import open_network

from .conftest import tiny_worlds

RELAXED = settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))


def play(loaded) -> None:
    """Load the files in the drawn order with the drawn steps in between, and analyse at the end."""
    steps = list(loaded.world.steps)
    for file in loaded.world.order:
        loaded.load(file)
        if steps:
            take(loaded, *steps.pop(0))
    analyse(loaded.archive)
    for step in steps:
        take(loaded, *step)


def take(loaded, step: str, choice: int) -> None:
    if step == "analyse":
        analyse(loaded.archive)
    elif step == "mark account":
        key = loaded.account_keys[choice % len(loaded.account_keys)]
        loaded.archive.protect([key], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    else:
        key = loaded.party_keys[choice % len(loaded.party_keys)]
        loaded.archive.protect([key], realm=Realm.PARTY, state=ProtectionState.PROTECTED, basis="test")


def commands(loaded, folder):
    """Everything the command line shows about numbers, as (name, output)."""
    path = str(loaded.archive.workspace.path)
    runner = CliRunner()
    calls = [["findings", "--json"], ["findings"], ["batches", "--json"], ["network", "status", "--json"], ["archive", "verify", "--json"]]
    first = loaded.archive.snapshot().runs()[0].run_id
    calls += [["findings", "--since", first, "--json"], ["analyse", "--json"], ["source", "list", "--json"]]
    for table in ("scores", "findings", "communities", "features", "transfers"):
        files = ["--csv", str(folder / f"{table}.csv"), "--parquet", str(folder / f"{table}.parquet")]
        calls.append(["export", table, *files, "--json"])
    seen = [name for name, key in zip(loaded.account_ids, loaded.account_keys, strict=True) if key not in loaded.protected_now()]
    for name in seen[:1]:
        calls += [["account", name, "--json"], ["find", name, "--json"], ["neighbours", name, "--json"], ["path", name, seen[-1], "--json"]]
    calls.append(["audit", "list", "--last", "1000", "--json"])  # last: the log holds what was shown above
    for call in calls:
        result = runner.invoke(root, ["-w", path, "--log-level", "debug", *call])  # its output holds the log, too
        if call[0] in ("account", "find", "neighbours", "path") and result.exit_code == 1:
            continue  # an account that no file has brought yet
        assert result.exit_code == 0, (call, result.output, result.exception)
        yield " ".join(call), result.output
    listed = json.loads(runner.invoke(root, ["-w", path, "findings", "--json"]).stdout)["findings"]
    for finding in listed[:3]:
        result = runner.invoke(root, ["-w", path, "explain", finding["finding_id"]])
        assert result.exit_code == 0, result.output
        yield "explain", result.output


@RELAXED
@given(world=tiny_worlds())
def test_no_stored_number_is_keyed_to_a_protected_subject(world, open_world):
    loaded = open_world(world)
    play(loaded)
    protected = loaded.protected_now()
    snapshot = loaded.archive.snapshot()
    assert not set(snapshot.scorable().keys.tolist()) & protected
    for run in snapshot.runs():
        for name, declared in DERIVED.items():
            if declared.subject is None:
                continue
            rows = snapshot.derived(name, run.run_id)
            keyed = {key for key in rows[declared.subject].to_pylist() if key is not None}
            assert not keyed & protected, name


@settings(max_examples=examples(5), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=tiny_worlds())
def test_no_number_of_a_new_run_is_keyed_to_somebody_of_unknown_age_who_shows_a_sign(world, open_world):
    loaded = open_world(world)
    play(loaded)
    run = analyse(loaded.archive)
    snapshot = loaded.archive.snapshot()
    held = {loaded.account_keys[a] for born, held in zip(world.births, world.holds, strict=True) if born is None for a in held}
    with snapshot.connect() as connection:
        signs = set(find_signs(connection, load_victim_pack())["account_key"].to_pylist())
    unsure = (held & signs) - set(snapshot.protection.adult_accounts.tolist())
    assert signs <= unsure | loaded.protected_now(), "nobody else is referred"
    for name, declared in DERIVED.items():
        if declared.subject is not None and name != "finding_review":
            assert not unsure & set(snapshot.derived(name, run.run_id)[declared.subject].to_pylist()), name


@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=tiny_worlds())
def test_nothing_shown_or_exported_carries_a_protected_id(world, open_world, tmp_path_factory):
    loaded = open_world(world)
    play(loaded)
    folder = tmp_path_factory.mktemp("out")
    protected = loaded.protected_now()
    hidden = [name for name, key in zip(loaded.account_ids, loaded.account_keys, strict=True) if key in protected]
    shown = dict(commands(loaded, folder))
    texts = [*shown.values(), *(path.read_text(encoding="utf-8") for path in folder.glob("*.csv"))]
    texts += [json.dumps(pq.read_table(path).to_pylist(), default=str) for path in folder.glob("*.parquet")]
    for name in hidden:
        assert not any(name in text for text in texts)


@settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=tiny_worlds())
def test_asking_for_a_protected_account_by_its_id_gives_no_number(world, open_world):
    """Whoever holds the id learns that it is protected and nothing else; no number of theirs waits in the network either."""
    loaded = open_world(world)
    play(loaded)
    loaded.archive.protect(loaded.account_keys[:1], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    snapshot = loaded.archive.snapshot()
    network = open_network(loaded.archive.workspace, snapshot)
    runner, path = CliRunner(), str(loaded.archive.workspace.path)
    hidden = [pair for pair in zip(loaded.account_ids, loaded.account_keys, strict=True) if pair[1] in loaded.protected_now()]
    assert hidden
    for name, key in hidden[:2]:
        said = [runner.invoke(root, ["-w", path, "--log-level", "debug", *call, "--json"]) for call in (["account", name], ["find", name])]
        assert json.loads(said[0].stdout)["account"] is None
        assert json.loads(said[1].stdout)["accounts"] == []
        for call in (["neighbours", name], ["path", name, loaded.account_ids[-1]], ["path", loaded.account_ids[-1], name]):
            asked = runner.invoke(root, ["-w", path, *call, "--json"])
            assert isinstance(asked.exception, RefusedError), (call, asked.output)
        assert network.load_account(key).account.marks == ()


@RELAXED
@given(world=tiny_worlds(), choice=st.integers(0, 13))
def test_a_mark_made_later_takes_back_what_was_there(world, choice, open_world):
    loaded = open_world(world)
    for file in loaded.world.order:
        loaded.load(file)
    analyse(loaded.archive)
    before = loaded.archive.snapshot()
    scored = before.derived("score")["account_key"].to_pylist()
    if not scored:
        return
    marked = scored[choice % len(scored)]
    loaded.archive.protect([marked], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="later")
    after = loaded.archive.snapshot()
    assert marked in before.derived("score")["account_key"].to_pylist(), "the old snapshot is what it was"
    for name, declared in DERIVED.items():
        if declared.subject:
            assert marked not in after.derived(name)[declared.subject].to_pylist(), name
    sums = after.derived("finding_reason").group_by("finding_id").aggregate([("points", "sum")])
    totals = dict(zip(sums["finding_id"].to_pylist(), sums["points_sum"].to_pylist(), strict=True))
    scores = dict(zip(*(after.derived("finding")[name].to_pylist() for name in ("finding_id", "score")), strict=True))
    assert all(scores[name] == totals.get(name, 0) for name in scores)


@RELAXED
@given(world=tiny_worlds())
def test_the_ledger_refuses_a_number_keyed_to_a_protected_account(world, open_world):
    from bakau.errors import ProtectedError
    from bakau_graph.archive import Run

    loaded = open_world(world)
    for file in world.order:
        loaded.load(file)
    snapshot = loaded.archive.snapshot()
    protected = sorted(loaded.protected_now())
    if not protected:
        return
    schema = DERIVED["score"].schema
    row = {"account_key": protected[0], "points": 1, "name": "x", "version": "1", "kind": "indicator", "contribution": 1}
    rows = schema.empty_table().from_pylist([row], schema)
    run = Run("r-test", snapshot.version, snapshot.digest, "c", "p", "local", 1, "test")
    with pytest.raises(ProtectedError):
        loaded.archive.commit_run(run, {"score": rows})
    assert loaded.archive.snapshot().runs() == []


def test_an_adult_who_sweeps_a_childs_account_is_found_and_the_child_is_not_named(open_world):
    from datetime import date

    from .conftest import TinyWorld

    hour = 3_600_000_000
    paid = tuple((sender, 0, (3 * sender) * 24 * hour + 10 * hour, 5_000) for sender in range(2, 8))
    swept = tuple((0, 1, (3 * sender) * 24 * hour + 15 * hour, 4_900) for sender in range(2, 8))
    world = TinyWorld((date(2012, 6, 1), date(1985, 1, 1)), ((0,), (1,)), 8, paid + swept, ("people", "holdings", "payments"))
    loaded = open_world(world)
    play(loaded)
    subjects = loaded.archive.snapshot().derived("finding_subject")["account_key"].to_pylist()
    assert loaded.protected_now() == {loaded.account_keys[0]}
    assert loaded.account_keys[1] in subjects
    assert loaded.account_keys[0] not in subjects
    assert int(np.asarray(loaded.archive.snapshot().derived("finding")["protected_count"]).max()) >= 1
