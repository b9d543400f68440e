"""Replay: the pipeline of an analysis over a past window; nothing after it counts, and nothing is stored."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc
import pytest
from analytics.town import START_US, Town, ordinary, ring

from bakau.errors import InputError
from bakau.times import DAY_US
from bakau_analytics.detection import Settings
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.replay import Window, replay, whole_window
from bakau_analytics.run import analyse

#: What was loaded first ends with this day; the second ring and new people come later.
EARLY = Window(date(2023, 11, 14), date(2023, 12, 9))


PARTS = {
    "finding_subject": ("account_key", "role", "points"),
    "finding_reason": ("account_key", "name", "points", "observed"),
    "evidence": ("indicator", "transfer_id"),
}


def said(tables, key):
    """Findings without their names: kind, score, dates, subjects, reasons and evidence."""
    parts = {name: {} for name in PARTS}
    for name, columns in PARTS.items():
        for row in tables[name].to_pylist():
            parts[name].setdefault(row[key], []).append(repr([row[column] for column in columns]))
    return sorted(
        [one["kind"], one["score"], one["first_us"], one["last_us"], *(sorted(parts[name].get(one[key], [])) for name in PARTS)]
        for one in tables["finding"].to_pylist()
    )


def found_by_run(snapshot):
    return said({name: snapshot.derived(name) for name in ("finding", *PARTS)}, "finding_id")


def found_by_replay(replayed):
    draft = replayed.detection.draft
    tables = {"finding": draft.findings, "finding_subject": draft.subjects, "finding_reason": draft.reasons, "evidence": draft.evidence}
    return said(tables, "grp")


def test_a_replay_finds_what_an_analysis_found_then_and_finds_now_and_stores_nothing(tmp_path):
    town, packs = Town(tmp_path / "town"), load_packs()
    town.pay(ring("a") + ordinary())
    town.protect("a-s1")
    analyse(town.archive, packs=packs)
    then = found_by_run(town.archive.snapshot())
    again = [("a-s0", "a-r0", 24 * 40 + hour, 5_000) for hour in range(9)]
    town.pay(ring("b", hours=24 * 30) + again + [("late", "o1", 24 * 45, 100)])
    analyse(town.archive, packs=packs)
    snapshot = town.archive.snapshot()
    now = found_by_run(snapshot)
    assert then
    assert len(now) > len(then)
    version = town.archive.version()
    assert found_by_replay(replay(snapshot, packs, whole_window(snapshot), Settings())) == now
    early = replay(snapshot, packs, EARLY, Settings())
    assert found_by_replay(early) == then, "nothing after the window counts"
    assert set(town.keys([f"b-r{place}" for place in range(2)])).isdisjoint(early.found["account_key"].to_pylist())
    late = replay(snapshot, packs, Window(date(2023, 12, 13), date(2024, 1, 31)), Settings())
    assert late.transfers == len(ring("b")) + len(again) + 1
    assert not pc.any(pc.is_in(late.found["account_key"], value_set=early.found["account_key"].combine_chunks())).as_py()
    assert (town.archive.version(), len(town.archive.snapshot().runs())) == (version, 2)


def test_a_window_is_whole_days_in_utc_with_both_ends():
    window = Window.parse("2023-11-14", "2023-11-15")
    assert (window.days, window.until_us - window.since_us) == (2, 2 * DAY_US)
    assert window.since_us <= START_US < window.until_us
    for first, last in (("2023-11-15", "2023-11-14"), ("yesterday", "2023-11-14"), ("2023-11-14", "")):
        with pytest.raises(InputError):
            Window.parse(first, last)


def test_a_window_without_a_transfer_finds_nobody(tmp_path):
    town = Town(tmp_path / "town")
    town.pay(ring("a"))
    replayed = replay(town.archive.snapshot(), load_packs(), Window(date(2020, 1, 1), date(2020, 2, 1)), Settings())
    assert (replayed.findings, replayed.transfers, len(replayed.found)) == (0, 0, 0)
