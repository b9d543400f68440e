"""A past window looked at with other rules: who would have been found, who is new, who is gone, and what it would ask of analysts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.progress import progress
from bakau.times import format_us
from bakau_analytics.indicators.load import COMMON, find_name, load_in_force, shipped_names
from bakau_analytics.indicators.states import with_rules
from bakau_casework.rules.register import load_rules
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, text
from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_analytics.detection import Settings
    from bakau_analytics.indicators.pack import PackSet
    from bakau_analytics.replay import Replayed, Window
    from bakau_casework.reading import Reading

#: Findings that one analyst reads in a working day; a default of ours.
A_DAY = 10
_MARKING = text("", "").marking

REPLAY = Declaration(
    "replay",
    "Who would have been found in a past window by other rules, against the rules in force: by account, new and gone ones first. Nothing is stored.",
    "accounts",
    (
        account_id("account_id", "an account that a finding would name; null when it may not be shown"),
        text("change", "new: found by the other rules alone; gone: by those in force alone; same: by both"),
        text("kind", "account or network: what kind of finding names it"),
        text("role", "the part the rules give it"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        count("score", "score of that finding by the other rules; null for a gone one"),
        count("score_in_force", "score by the rules in force; null for a new one"),
        Shown("rules", pa.list_(pa.string()), "rules that speak against it, most points first", _MARKING),
        text("first_ts", "first transfer of the evidence, ISO 8601 in UTC"),
        text("last_ts", "last transfer of the evidence"),
    ),
    (
        text("first_day", "first day of the window, UTC"),
        text("last_day", "last day of the window: nothing after it counts"),
        Shown("days", pa.int64(), "days in it", _MARKING, unit="days"),
        count("transfers", "transfers in it"),
        text("packs", "the other rules: names of shipped packs; file for one of your own"),
        text("packs_hash", "hash of the other rules"),
        Shown("rules_added", pa.list_(pa.string()), "rules taken as if they were active", _MARKING),
        text(
            "in_force",
            "the rules in force: those of the newest run where they are shipped ones, else common; with what the workspace activated",
        ),
        text("in_force_hash", "hash of the rules in force"),
        count("found", "accounts that findings by the other rules would name"),
        count("new", "of these not found by the rules in force"),
        count("gone", "accounts found by the rules in force alone"),
        count("findings", "findings by the other rules"),
        count("findings_in_force", "findings by the rules in force"),
        count("touching_protected", "findings by the other rules that touch protected accounts, which are counted and never named"),
        count("in_review", "accounts in review beside the findings by the other rules: no suspects, no points"),
        count("alerts_per_1000_days", "findings by the other rules for a thousand days of the window"),
        count("alerts_per_1000_days_in_force", "the same by the rules in force"),
        count("a_day", "findings that one analyst reads in a working day; 10 is a default of ours"),
        Shown("analyst_days", pa.int64(), "working days one analyst needs for the findings by the other rules", _MARKING, unit="days"),
        Shown("analyst_days_in_force", pa.int64(), "the same for those by the rules in force", _MARKING, unit="days"),
    ),
    number=2,
)
_COMPARED = """
SELECT coalesce(o.account_key, i.account_key) AS account_key,
       CASE WHEN i.account_key IS NULL THEN 'new' WHEN o.account_key IS NULL THEN 'gone' ELSE 'same' END AS change,
       coalesce(o.kind, i.kind) AS kind, coalesce(o.role, i.role) AS role, o.score AS score, i.score AS score_in_force,
       coalesce(o.rules, i.rules) AS rules, coalesce(o.first_us, i.first_us) AS first_us, coalesce(o.last_us, i.last_us) AS last_us
FROM other o FULL JOIN in_force i ON o.account_key = i.account_key
ORDER BY array_position(['new', 'gone', 'same'], change), coalesce(o.score, i.score) DESC, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayQuestion:
    """What is held against what: `packs` and proposed `rules` against the packs `against` (none: what is in force), in a window."""

    window: Window
    packs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    a_day: int = A_DAY
    top: int | None = None

    @classmethod
    def parse(
        cls, first: str, last: str, *, packs: Sequence[str] = (), rules: Sequence[str] = (), against: Sequence[str] = (), a_day: int = A_DAY,
        top: int | None = None,
    ) -> ReplayQuestion:  # fmt: skip
        """From what somebody typed. InputError for a window that is none."""
        from bakau_analytics.replay import Window  # what computes is loaded by whoever asks for it

        window = Window.parse(first, last)
        return cls(window=window, packs=tuple(packs), rules=tuple(rules), against=tuple(against), a_day=a_day, top=top)


def replay_window(reading: Reading, question: ReplayQuestion) -> Draft:
    """The draft of REPLAY. Raises what loading packs does."""
    from bakau_analytics.replay import STEPS, replay

    window, settings = question.window, _settings(reading)
    name, in_force = _load_in_force(reading, question.against)
    asked = load_in_force(reading.workspace_path, question.packs) if question.packs else in_force
    other = with_rules(asked, question.rules)
    with progress("replay", 2 * STEPS) as bar:
        before = replay(reading.snapshot, in_force, window, settings, bar)
        after = before if other.digest == in_force.digest else replay(reading.snapshot, other, window, settings, bar)
    rows = _compare(reading, after, before)
    changes = rows["change"].to_pylist()
    facts = {
        "first_day": window.first.isoformat(),
        "last_day": window.last.isoformat(),
        "days": window.days,
        "transfers": after.transfers,
        "packs": _say(question.packs) or name,
        "packs_hash": other.digest,
        "rules_added": list(question.rules),
        "in_force": name,
        "in_force_hash": in_force.digest,
        "found": len(after.found),
        "new": changes.count("new"),
        "gone": changes.count("gone"),
        "findings": after.findings,
        "findings_in_force": before.findings,
        "touching_protected": _count_touching(after.detection.draft.findings),
        "in_review": len(pc.unique(after.detection.draft.review["account_key"])),
        "alerts_per_1000_days": after.findings * 1_000 // window.days,
        "alerts_per_1000_days_in_force": before.findings * 1_000 // window.days,
        "a_day": question.a_day,
        "analyst_days": -(-after.findings // question.a_day),
        "analyst_days_in_force": -(-before.findings // question.a_day),
    }
    return Draft(rows.slice(0, question.top), facts)


def _count_touching(findings: pa.Table) -> int:
    return len(findings.filter(pc.greater(findings["protected_count"], 0)))


def _settings(reading: Reading) -> Settings:
    """The seed of the newest run, so that a difference is one of rules and of nothing else."""
    from bakau_analytics.detection import Settings

    run = reading.snapshot.latest_run()
    return Settings() if run is None else Settings(seed=run.seed)


def _load_in_force(reading: Reading, against: tuple[str, ...]) -> tuple[str, PackSet]:
    if against:
        return _say(against), load_in_force(reading.workspace_path, against)
    run, proposals = reading.snapshot.latest_run(), load_rules(reading.workspace_path).proposals
    name = find_name(run.packs, proposals) if run else None
    return name or COMMON, load_in_force(reading.workspace_path, (name or COMMON,))


def _say(packs: Sequence[str]) -> str:
    return ", ".join(name if name in shipped_names() else "file" for name in packs)


def _compare(reading: Reading, other: Replayed, in_force: Replayed) -> pa.Table:
    with connect_scratch(threads=1) as connection:
        connection.register("other", other.found)
        connection.register("in_force", in_force.found)
        rows = connection.sql(_COMPARED).to_arrow_table()
    keys = np.asarray(rows["account_key"], np.int64)
    columns = {
        "account_id": reading.directory.ids_of(keys),
        "age_state": pa.array([str(state) for state in reading.protection.states_of(keys)], pa.string()),
        **{end: pa.array([format_us(us) for us in rows[us_name].to_pylist()], pa.string()) for end, us_name in _ENDS.items()},
    }
    names = [column.name for column in REPLAY.columns]
    return pa.table({name: columns[name] if name in columns else rows[name] for name in names}).cast(REPLAY.arrow_schema)


_ENDS = {"first_ts": "first_us", "last_ts": "last_us"}
