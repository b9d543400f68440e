"""What a version of a rule said stays what it said: other numbers, words or exclusions take another version. Channels do not: nothing is computed with them.

The golden file remembers every version by a hash; UPDATE_GOLDEN=1 pytest of this file adds what is new and takes nothing away.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from bakau_analytics.indicators.load import load_shipped, shipped_names

GOLDEN = Path(__file__).parents[2] / "golden" / "rules.json"


def said(rule):
    """A hash of all that a rule states, its cases and channels apart; not whether it is on."""
    stated = rule.model_dump(mode="json", by_alias=True, exclude={"cases", "channels", "enabled"}, exclude_defaults=True)
    return hashlib.blake2b(json.dumps(stated, sort_keys=True).encode(), digest_size=8).hexdigest()


def test_a_version_of_a_rule_never_says_anything_else():
    now = {f"{rule.id} {rule.version}": said(rule) for name in shipped_names() for rule in load_shipped(name).every}
    known = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    changed = sorted(name for name in now if known.get(name, now[name]) != now[name])
    assert not changed, f"give it a new version: {changed}"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(dict(sorted((now | known).items())), indent=1) + "\n", encoding="utf-8")


def test_what_the_golden_file_remembers_is_no_empty_promise():
    known = json.loads(GOLDEN.read_text(encoding="utf-8"))
    remembered = [rule for rule in load_shipped("common").every if f"{rule.id} {rule.version}" in known]
    rule = remembered[0]
    assert known[f"{rule.id} {rule.version}"] == said(rule)
    assert said(rule.model_copy(update={"runbook": "Look again."})) != said(rule)
