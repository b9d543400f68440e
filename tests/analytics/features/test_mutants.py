"""A text with one thing wrong must be noticed; `make mutants` tries every one."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from analytics.features.mutants import SAME, Gauntlet, list_all, list_mutants

from bakau_analytics.features.catalogue import load_features, load_steps

SAMPLE = 120


def survivors(mutants):
    gauntlet = Gauntlet()
    try:
        return [(mutant.name, mutant.what) for mutant in mutants if not gauntlet.kills(mutant)]
    finally:
        gauntlet.close()


def test_the_right_text_survives():
    mutants = [mutant for mutant in list_mutants() if mutant.name == "payment"][:1]
    right = type(mutants[0])("payment", "nothing", load_steps()["payment"].sql)
    assert survivors([right]) == [("payment", "nothing")]


def test_every_window_has_mutants():
    texts = {step.name: step.sql for step in load_steps().values()} | {feature.name: feature.sql for feature in load_features()}
    found = Counter(mutant.name for mutant in list_mutants())
    assert not [
        name for name, text in texts.items() if ("RANGE BETWEEN" in text or " IS NULL" in text or " >= " in text) and not found[name]
    ]


def test_a_mutant_that_says_the_same_is_one_of_them_and_nobody_can_tell_it_from_the_right_text():
    same = [mutant for mutant in list_all() if (mutant.name, mutant.what) in SAME]
    assert len(same) == len(SAME)
    assert len(survivors(same)) == len(SAME)


def test_a_sample_of_mutants_is_killed():
    assert not survivors(random.Random(3).sample(list_mutants(), SAMPLE))


@pytest.mark.nightly
def test_every_mutant_is_killed():
    assert not survivors(list_mutants())
