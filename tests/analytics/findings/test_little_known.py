"""Data in which much is unknown: the analysis runs, and says which rules could not look at what."""

from __future__ import annotations

import pytest
from analytics.town import Town, ordinary, ring

from bakau_analytics.indicators.load import load_packs
from bakau_analytics.run import analyse

PACKS = load_packs()
PLACES = {"src_country": "AU", "dst_country": "PH"}
EVERYTHING = ring("a") + ordinary()
#: Data, what is alike on all its transfers, and a need that is known on none of them.
LITTLE = {
    "without times": (EVERYTHING, PLACES | {"time_known": False}, "time_known"),
    "without countries": (EVERYTHING, {}, "src_country"),
    "without amounts": (EVERYTHING, PLACES | {"amount_minor": None}, "amount"),
    "one side of one account": ([payment for payment in ring("a") if payment[1] == "a-r0"], PLACES, "local_hour"),
    "one transfer": (ring("a")[:1], PLACES, "dst_outlet"),
}


@pytest.mark.parametrize(("payments", "stated", "unknown"), LITTLE.values(), ids=list(LITTLE))
def test_what_could_not_be_looked_at_is_said_and_the_rest_is_analysed(tmp_path, payments, stated, unknown):
    town = Town(tmp_path / "case")
    channel = {"channel": "remittance"} if unknown == "dst_outlet" else {}
    town.pay(payments, **stated, **channel)
    run = analyse(town.archive)
    assert run.transfers == len(payments)
    snapshot = town.archive.snapshot()
    hits = snapshot.derived("hit").to_pylist()
    said = {row["indicator"]: row["missing"] for row in hits if row["state"] == "not_evaluable"}
    blind = {rule.id for rule in PACKS.rules if unknown in rule.needs}
    assert blind
    assert blind <= set(said)
    looked_at = sum(src != dst for src, dst, _, _ in payments)
    assert all(f"not known on {looked_at:,} of {looked_at:,} transfers" in said[name] for name in blind)
    assert not blind & {row["indicator"] for row in hits if row["state"] == "hit"}


def test_a_ring_stands_even_where_neither_amounts_nor_countries_nor_hours_are_known(tmp_path):
    town = Town(tmp_path / "case")
    town.pay(EVERYTHING, amount_minor=None)
    assert analyse(town.archive).network_findings == 1
