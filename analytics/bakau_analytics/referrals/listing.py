"""A victim rule among the other rules: the same fields, and no points."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakau_analytics.referrals.pack import VictimRule


def victim_row(rule: VictimRule) -> dict[str, object]:
    """The rule as an object of ``bakau.indicators/3``; points and threshold are null, because a referral has none."""
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "class": rule.rule_class,
        "role": rule.role,
        "crime_types": list(rule.crime_types),
        "channels": list(rule.channels),
        "family": "referral",
        "source": rule.source.publication,
        "address": rule.source.address,
        "grade": rule.source.grade,
        "published_number": rule.source.number,
        "default_of_ours": rule.default_of_ours,
        "state": "active",
        "needs": [],
        "exclusions": [],
        "uses_amounts": False,
        "points": None,
        "points_cap": None,
        "threshold": None,
        "benign": list(rule.benign),
        "runbook": rule.runbook,
    }
