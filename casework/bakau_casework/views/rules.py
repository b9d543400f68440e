"""The rules of a pack and of the workspace: where each comes from, how far it came, and what it sees in this data. No account, no name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import NotFoundError
from bakau.times import format_us
from bakau_analytics.indicators.load import COMMON, find_name, load_country, load_in_force, load_shipped, shipped_names
from bakau_analytics.indicators.not_built import load_catalogue
from bakau_analytics.indicators.pack import PackSet
from bakau_analytics.referrals.listing import victim_row
from bakau_analytics.referrals.pack import load_victim_pack
from bakau_analytics.rulebook.counts import count_rules, count_shadow, cover_rules
from bakau_casework.rules.register import find_packs, load_rules
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_analytics.indicators.pack import Rule
    from bakau_analytics.rulebook.counts import RuleCount, RuleCoverage
    from bakau_casework.reading import Reading

_MARKING = text("", "").marking
_FACT = {name: pa.string() for name in ("about", "says", "publication", "address", "grade")}

RULES_IN_FORCE = Declaration(
    "rules-in-force",
    "Every rule of a shipped pack and of the workspace: its source, its state, and what the newest run saw with it.",
    "rules",
    (
        text("rule_id", "the rule"),
        text("version", "its version"),
        text("title", "what it looks for"),
        text("rule_class", "what it needs: T transfers, G graph, K customer facts, X texts, D devices, E external lists"),
        text("role", "the part it gives to a subject; victim: it leads to a referral, never to a score"),
        text("state", "active; off until a pack switches it on; shadow: it is counted and opens nothing; draft: it is tried"),
        flag("differs", "it is other than in the common pack, or not in it"),
        text("grade", "V read, S seed, M measured, K known, D default of ours"),
        text("source", "the publication it comes from"),
        text("address", "where that can be read; empty when nowhere"),
        text("number", "the number the publication gives, in its words"),
        flag("default_of_ours", "the threshold is ours, not the publication's"),
        Shown("needs", pa.list_(pa.string()), "columns and lists without which it cannot be looked at", _MARKING),
        count("points", "points of a hit; null for a victim rule"),
        Shown("benign", pa.list_(pa.string()), "harmless explanations to rule out", _MARKING),
        text("runbook", "what to do next"),
        text("outcome", "in the newest run: hit, no_hit or not_evaluable; null where that run did not look with this very rule"),
        count("accounts", "accounts it hits there; null where that run did not look with it"),
        count("evidence", "transfers of that evidence, counted for each account; null where that run did not look with it"),
        text("missing", "which column or list was missing there, on how many transfers; empty when none, or not looked at"),
    ),
    (
        text("pack", "the pack they are of"),
        Shown("packs", pa.list_(pa.string()), "every shipped pack, common first", _MARKING),
        text("packs_hash", "hash of the rules in force"),
        text("country", "ISO 3166 alpha-2 country the pack is about; null when it is about none"),
        nested("country_facts", "what is published about that country and no rule computes with", _FACT),
        count("not_built", "published rows that no rule looks for"),
        text("not_built_because", "what these wait for"),
        text("run", "the newest run; null when nothing was analysed"),
        text("run_ts", "when that run was made; null when nothing was analysed"),
        text("run_pack", "the shipped pack that run stood on, with what the workspace had activated; null when it was another one"),
        flag("is_stale", "facts or marks changed since that run: analyse again"),
    ),
)

RULE_COUNTS = Declaration(
    "rule-counts",
    "What the rules of a shipped pack, and those of the workspace in shadow, see in the newest facts. Nothing is stored.",
    "rules",
    (
        text("rule_id", "the rule"),
        text("version", "its version"),
        text("state", "active, or shadow: it is counted and opens nothing"),
        text("outcome", "hit, no_hit or not_evaluable"),
        count("accounts", "accounts it hits"),
        count("evidence", "transfers of evidence, counted for each account"),
        count("transfers", "transfers that state all it needs"),
        count("of_transfers", "settled transfers between two accounts"),
        text("missing", "which column or list is missing, on how many transfers; empty when none"),
        Shown("exclusions", pa.list_(pa.string()), "payments it leaves out", _MARKING),
        count("spared", "accounts it would hit as well if it left nothing out"),
    ),
    (text("pack", "the pack they are of"), text("packs_hash", "hash of the rules in force")),
)


#: What the newest run said, by rule: its accounts (none: it said that something was missing), their evidence, what was missing.
_SEEN = """
SELECT indicator, version, count(account_key) AS accounts, CAST(coalesce(sum(evidence_count) FILTER (WHERE account_key IS NOT NULL), 0) AS BIGINT) AS evidence,
       max(missing) AS missing
FROM hit GROUP BY indicator, version
"""
_UNSEEN: Mapping[str, object] = {"outcome": None, "accounts": None, "evidence": None, "missing": ""}
_SILENT: Mapping[str, object] = {"outcome": "no_hit", "accounts": 0, "evidence": 0, "missing": ""}


def list_rules_in_force(reading: Reading, pack: str) -> Draft:
    """The draft of RULES_IN_FORCE. NotFoundError for a pack that is not shipped."""
    packs, run = _load(reading, pack), reading.snapshot.latest_run()
    common = {rule.id: rule for rule in load_shipped(COMMON).every}
    seen = _see_run(reading)
    rows = [_row(rule, packs.state_of(rule), common.get(rule.id) != rule, seen.get((rule.id, rule.version), {})) for rule in packs.known]
    rows += [_row_of_victim(victim_row(rule)) for rule in load_victim_pack().rules]
    head, catalogue = load_country(pack), load_catalogue()
    facts = {
        "pack": pack,
        "packs": list(shipped_names()),
        "packs_hash": packs.digest,
        "country": head.country if head else None,
        "country_facts": [fact.model_dump() for fact in head.facts] if head else [],
        "not_built": len(catalogue.not_built),
        "not_built_because": catalogue.describe(),
        "run": run.run_id if run else None,
        "run_ts": format_us(run.created_us) if run else None,
        "run_pack": find_name(run.packs, load_rules(reading.workspace_path).proposals) or find_name(run.packs) if run else None,
        "is_stale": run is not None and run.fact_digest != reading.snapshot.digest,
    }
    return Draft(pa.Table.from_pylist(rows, RULES_IN_FORCE.arrow_schema), facts)


def count_in_force(reading: Reading, pack: str) -> Draft:
    """The draft of RULE_COUNTS: every rule is run over the facts. NotFoundError for a pack that is not shipped."""
    packs, snapshot = _load(reading, pack), reading.snapshot
    counted = [*count_rules(snapshot, packs), *count_shadow(snapshot, packs.shadow)]
    covered = [*cover_rules(snapshot, packs), *(cover_rules(snapshot, PackSet(packs.shadow)) if packs.shadow else [])]
    states = ["active"] * len(packs.rules) + ["shadow"] * len(packs.shadow)
    rows = [_counted(one, cover, state) for one, cover, state in zip(counted, covered, states, strict=True)]
    return Draft(pa.Table.from_pylist(rows, RULE_COUNTS.arrow_schema), {"pack": pack, "packs_hash": packs.digest})


def _load(reading: Reading, pack: str) -> PackSet:
    """By the name of a shipped pack alone: what somebody types is never the path of a file here."""
    if pack not in shipped_names():
        raise NotFoundError("there is no such pack", hint=f"shipped packs: {', '.join(shipped_names())}")
    return load_in_force(reading.workspace_path, (pack,))


def _see_run(reading: Reading) -> dict[tuple[str, str], dict[str, object]]:
    """What the newest run saw, by rule and version. Without a run nothing; of rules that were no shipped ones only those that said something."""
    run = reading.snapshot.latest_run()
    if run is None:
        return {}
    ran = find_packs(reading, run.packs)
    seen = {(rule.id, rule.version): dict(_SILENT) for rule in ran.rules} if ran else {}
    reading.use_run(run.run_id, "hit")
    for row in reading.query(_SEEN).to_pylist():
        missing = row["missing"] or ""
        outcome = "hit" if row["accounts"] else "not_evaluable" if missing else "no_hit"
        numbers = {"accounts": row["accounts"], "evidence": row["evidence"]}
        seen[row["indicator"], row["version"]] = {"outcome": outcome, "missing": missing, **numbers}
    return seen


def _row(rule: Rule, state: str, differs: bool, seen: Mapping[str, object]) -> dict[str, object]:
    return {
        "rule_id": rule.id,
        **{name: getattr(rule, name) for name in ("version", "title", "rule_class", "default_of_ours", "runbook")},
        "role": rule.role.value,
        "state": state,
        "differs": differs,
        "grade": rule.source.grade,
        "source": rule.source.publication,
        **{name: getattr(rule.source, name) for name in ("address", "number")},
        "needs": list(rule.wants),
        "points": rule.points.base,
        "benign": list(rule.benign),
        **(_UNSEEN if state != "active" else {**_UNSEEN, **seen}),
    }


def _row_of_victim(row: Mapping[str, object]) -> dict[str, object]:
    named = {"rule_id": row["id"], "rule_class": row["class"], "number": row["published_number"], "differs": False}
    same = ("version", "title", "role", "state", "grade", "source", "address", "default_of_ours", "needs", "points", "benign", "runbook")
    return {**named, **{name: row[name] for name in same}, **_UNSEEN}


def _counted(one: RuleCount, cover: RuleCoverage, state: str) -> dict[str, object]:
    return {
        "rule_id": one.rule,
        "version": one.version,
        "state": state,
        "outcome": one.state,
        **{name: getattr(one, name) for name in ("accounts", "evidence", "spared")},
        "transfers": cover.transfers,
        "of_transfers": cover.of_transfers,
        "missing": one.missing,
        "exclusions": list(one.exclusions),
    }
