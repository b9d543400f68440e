"""From views of rules, proposals, methods and replays to the tables of their pages. Knows nothing of Streamlit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.ids import short
from bakau_dashboard.formats import day, moment, number
from bakau_dashboard.tables import rows_of, texts_in, whole
from bakau_dashboard.words import COMPARED, GRADES, OUTCOMES, ROLES, RULE_CLASSES, RULE_STATES, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, object]
    Cells = dict[str, object]

ALONE = "alone: nobody else than who proposed it agreed"


def outcome_of(row: Row) -> str:
    """What the newest run saw with a rule, in words."""
    if row["role"] == "victim":
        return "a referral, never a score"
    return call(OUTCOMES, row["outcome"] or "")


def rule_rows(rows: Sequence[Row]) -> list[Cells]:
    """The rules of a pack, one line each."""
    return [
        {
            "rule": row["rule_id"], "title": row["title"], "state": call(RULE_STATES, row["state"]), "here": outcome_of(row),
            "hits": number(row["accounts"]), "missing": row["missing"], "grade": call(GRADES, row["grade"]), "source": row["source"],
            "published number": f"{row['number']}{' (threshold of ours)' if row['default_of_ours'] else ''}", "points": points_of(row), "version": row["version"],
        }
        for row in rows
    ]  # fmt: skip


def points_of(row: Row) -> str:
    """Points of a hit with their sign; nothing for a rule that leads to a referral."""
    points = row["points"]
    return f"{points:+d}" if isinstance(points, int) else ""


def needs_of(row: Row) -> str:
    """What a rule needs, in words."""
    columns = ", ".join(name.replace("_", " ") for name in texts_in(row, "needs"))
    return f"{call(RULE_CLASSES, row['rule_class'])}" + (f"; columns {columns}" if columns else "; accounts and times alone")


def count_rows(rows: Sequence[Row]) -> list[Cells]:
    """What rules see in the newest facts."""
    return [
        {
            "rule": row["rule_id"], "state": call(RULE_STATES, row["state"]), "here": call(OUTCOMES, row["outcome"]), "hits": number(row["accounts"]),
            "evidence transfers": number(row["evidence"]), "evaluable on": _share(row), "missing": row["missing"],
            "leaves out": ", ".join(texts_in(row, "exclusions")).replace("_", " "), "spared": number(row["spared"]), "version": row["version"],
        }
        for row in rows
    ]  # fmt: skip


def _share(row: Row) -> str:
    every = whole(row["of_transfers"])
    return f"{whole(row['transfers']) * 100 // every} %" if every else ""


def proposal_rows(rows: Sequence[Row]) -> list[Cells]:
    """Rules that the workspace proposes."""
    return [
        {
            "rule": row["rule_id"], "title": row["title"], "state": call(RULE_STATES, row["state"]), "proposed by": row["proposed_by"],
            "agreed": agreed_words(row), "moves": "; ".join(f"{call(RULE_STATES, move['state'])} {day(move['time'])}" for move in rows_of(row["moves"])),
            "version": row["version"],
        }
        for row in rows
    ]  # fmt: skip


def agreed_words(row: Row) -> str:
    """Who put a rule in force that is in force now; says where that was one person alone."""
    if row["state"] != "active":
        return ""
    if row["is_alone"]:
        return ALONE
    return str([move for move in rows_of(row["moves"]) if move["state"] == "active"][-1]["person"])


def move_rows(row: Row) -> list[Cells]:
    """The history of a proposal, newest first."""
    return [
        {
            "when": moment(move["time"]), "to": call(RULE_STATES, move["state"]), "by": move["person"], "reason": move["why"],
            "version": move["version"], "note": ALONE if move["alone"] else "",
        }
        for move in reversed(rows_of(row["moves"]))
    ]  # fmt: skip


def method_rows(rows: Sequence[Row]) -> list[Cells]:
    """Emerging methods, the one first seen last on top."""
    return [
        {
            "first seen": row["first_seen"], "says": row["says"], "source": row["source"], "address": row["address"],
            "rails": ", ".join(texts_in(row, "channels")).replace("_", " "), "listed words": ", ".join(texts_in(row, "tokens")).replace("_", " "),
            "rule": _rule_of(row), "noted by": row["person"], "method": row["method_id"],
        }
        for row in rows
    ]  # fmt: skip


def _rule_of(row: Row) -> str:
    if not row["rule_id"]:
        return ""
    return f"{row['rule_id']}" + (f" ({call(RULE_STATES, row['rule_state'])})" if row["rule_state"] else "")


def replay_rows(rows: Sequence[Row]) -> list[Cells]:
    """Whom the other rules, or those in force, would have found."""
    return [
        {
            "change": call(COMPARED, row["change"]), "account": short(row["account_id"]), "kind": row["kind"],
            "role": call(ROLES, row["role"]), "age": "not known" if row["age_state"] == "age_unknown" else "adult", "score": number(row["score"]),
            "in force": number(row["score_in_force"]), "rules": ", ".join(texts_in(row, "rules")),
            "evidence": f"{day(row['first_ts'])} to {day(row['last_ts'])}" if row["first_ts"] else "",
        }
        for row in rows
    ]  # fmt: skip
