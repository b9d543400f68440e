"""What the rulebook says, before it is a page: chapters of entries, each an entry of facts by name. The same packs give the same content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau.finding import Role
from bakau_analytics.indicators.difference import WHOLE, compare
from bakau_analytics.indicators.engine import show
from bakau_analytics.indicators.exclusions import describe
from bakau_analytics.indicators.load import COMMON, load_country, load_shipped, shipped_names
from bakau_analytics.indicators.not_built import load_catalogue
from bakau_analytics.referrals.pack import load_victim_pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakau_analytics.indicators.not_built import NotBuilt
    from bakau_analytics.indicators.pack import PackSet, Rule
    from bakau_analytics.referrals.pack import VictimRule
    from bakau_analytics.rulebook.quality import Card

TITLE = "Red flags of online child sexual exploitation in payments"
PREFACE = (
    (
        "A red flag is a reason to look and no proof. No single financial indicator is enough to decide (AUSTRAC's guide on child sexual exploitation). Most payments "
        "from abroad are family support: read the harmless explanations of each rule before anything else."
    ),
    "A child is never a suspect. Rules of the last chapter lead to a referral: they have no points, and nobody they speak of is named or ranked.",
    (
        "Grades of sources: V read in the public source named, S named in a seed, M measured, K known from the named publication and not re-opened, D a default of "
        "ours. Where a publication gives no number the threshold is a default of ours and says so. Classes say what a rule needs: T transfers, G graph, K customer "
        "facts, X texts, D devices, E external lists."
    ),
)
_CHAPTERS: Mapping[Role, str] = {
    Role.CONSUMER: "Consumers: who pays",
    Role.FACILITATOR: "Facilitators: who receives",
    Role.PERPETRATOR: "Perpetrators of extortion",
    Role.MULE: "Mules: who passes on",
    Role.NETWORK: "Networks and harmless patterns",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule for people: id, title, and what is to be known, line by line, as (name, words)."""

    id: str
    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Entries of one role."""

    title: str
    entries: tuple[Entry, ...]


def build_rulebook(packs: PackSet, cards: Mapping[str, Card] | None = None) -> list[Chapter]:
    """Chapters by role, referrals, what is not computed, and what differs by country. `cards` adds how each rule did on a planted truth."""
    chapters = []
    for role, title in _CHAPTERS.items():
        entries = tuple(_entry(rule, (cards or {}).get(rule.id)) for rule in packs.every if rule.role is role)
        if entries:
            chapters.append(Chapter(title, entries))
    victims = load_victim_pack()
    chapters.append(Chapter("Referrals: who may need protection", tuple(_victim(rule) for rule in victims.rules)))
    left = tuple(
        Entry(one.id, one.title, (("Class", one.rule_class), ("Source", one.source.text), ("Why not", one.reason)))
        for one in victims.not_computed
    )
    chapters.append(Chapter("Published signs of danger that are not computed", left))
    rows = tuple(Entry(row.id, row.title, _not_built(row)) for row in load_catalogue().not_built)
    chapters.append(Chapter("Published red flags that no rule looks for", rows))
    return [*chapters, *_countries()]


def _not_built(row: NotBuilt) -> tuple[tuple[str, str], ...]:
    return (("Class", row.rule_class), ("Waits", row.waits_for), ("Why not", row.reason))


def _entry(rule: Rule, card: Card | None) -> Entry:
    number = rule.source.number + (" (the threshold is a default of ours)" if rule.default_of_ours else "")
    points = f"{rule.points.base:+d}" + (f", up to {rule.points.cap:+d}" if rule.points.cap != rule.points.base else "")
    facts = [
        ("Version", rule.version),
        ("Crime types", ", ".join(rule.crime_types)),
        ("Channels", ", ".join(rule.channels)),
        ("Class", rule.rule_class + (f"; needs {', '.join(rule.wants)}" if rule.wants else "")),
        ("Looks for", rule.threshold_text.format(threshold=show(rule, rule.limit))),
        *([("Leaves out", describe(rule.exclusions))] if rule.exclusions else []),
        *([] if rule.enabled else [("Off", "it speaks only where a pack switches it on")]),
        ("Published number", number),
        ("Source", rule.source.text),
        ("Points", points + (" (a profile: it narrows or subtracts)" if rule.profile else "")),
        ("May also be", "; ".join(rule.benign)),
        ("What to do", rule.runbook),
        ("Its own cases", "; ".join(f"{case.title}: {case.expect.replace('_', ' ')}" for case in rule.cases)),
    ]
    return Entry(rule.id, rule.title, (*facts, *(card.facts() if card else ())))


def _victim(rule: VictimRule) -> Entry:
    number = rule.source.number + (" (the threshold is a default of ours)" if rule.default_of_ours else "")
    facts = (
        ("Version", rule.version),
        ("Crime types", ", ".join(rule.crime_types)),
        ("Channels", ", ".join(rule.channels)),
        ("Class", rule.rule_class),
        ("Looks for", rule.looks_for),
        ("Published number", number),
        ("Source", rule.source.text),
        ("Points", "none: a referral, never a score"),
        ("May also be", "; ".join(rule.benign)),
        ("What to do", rule.runbook),
    )
    return Entry(rule.id, rule.title, facts)


def _countries() -> list[Chapter]:
    """What each shipped pack that stands on the common one changes in it, after what is published about its country."""
    common = load_shipped(COMMON)
    chapters = []
    for name in (name for name in shipped_names() if name != COMMON):
        found = compare(common, load_shipped(name))
        rules = sorted({one.rule for one in found})
        entries = tuple(
            Entry(rule, _title(rule, common, load_shipped(name)), _changes([one for one in found if one.rule == rule])) for rule in rules
        )
        head = load_country(name)
        if head and head.facts:
            entries = (Entry(name.upper(), "What is published", tuple((fact.about, fact.text) for fact in head.facts)), *entries)
        kind = "Country pack" if head and head.country else "Switch"
        chapters.append(Chapter(f"{kind} {name}: {head.title if head else name}", entries))
    return chapters


def _title(rule_id: str, *packs: PackSet) -> str:
    return next(rule.title for one in packs for rule in one.rules if rule.id == rule_id)


def _changes(found: Sequence[object]) -> tuple[tuple[str, str], ...]:
    facts = []
    for one in found:
        field, here, there = (str(getattr(one, name) or "none") for name in ("field", "one", "other"))
        words = ("only in this pack" if here == "none" else "switched off") if field == WHOLE else f"{here} → {there}"
        facts.append((field, words))
    return tuple(facts)
