"""The rulebook: written from the packs alone, the same each time, every rule with its source and its harmless explanations."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from analytics.town import Town, ring

from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.not_built import load_catalogue
from bakau_analytics.indicators.pack import PackSet
from bakau_analytics.referrals.pack import load_victim_pack
from bakau_analytics.rulebook.content import build_rulebook
from bakau_analytics.rulebook.counts import count_rules, cover_rules
from bakau_analytics.rulebook.page import PAGE, render_shipped, to_html, to_markdown
from bakau_analytics.rulebook.quality import measure_rules
from bakau_analytics.run import analyse

PACKS = load_packs()


def test_the_rulebook_in_docs_is_current():
    assert PAGE.read_text(encoding="utf-8") == render_shipped(), "run: python -m bakau_analytics.rulebook.page"


def test_every_rule_stands_in_it_once_with_source_harmless_explanations_and_next_step():
    chapters = build_rulebook(PACKS)
    entries = [entry for chapter in chapters if not chapter.title.startswith(("Country pack", "Switch")) for entry in chapter.entries]
    victims = load_victim_pack()
    expected = [rule.id for rule in (*PACKS.every, *victims.rules, *victims.not_computed, *load_catalogue().not_built)]
    assert sorted(entry.id for entry in entries) == sorted(expected)
    for entry in entries:
        facts = dict(entry.facts)
        assert facts.get("Why not") or (facts["Source"] and facts["May also be"] and facts["What to do"] and facts["Looks for"])


def test_a_victim_rule_says_that_it_has_no_points():
    (chapter,) = [one for one in build_rulebook(PACKS) if one.title.startswith("Referrals")]
    assert {dict(entry.facts)["Points"] for entry in chapter.entries} == {"none: a referral, never a score"}


def test_a_hostile_pack_cannot_put_markup_into_the_page():
    rule = PACKS.rules[0].model_copy(update={"title": "<script>alert(1)</script> [x](javascript:y)"})
    chapters = build_rulebook(PackSet((rule,)))
    assert "<script" not in to_html(chapters, packs="p")
    assert "\\[x\\]" in to_markdown(chapters, packs="p")


def test_the_page_fetches_nothing_and_is_well_formed():
    text = render_shipped()
    assert not re.search(r"<(?:script|link|img|iframe)|\ssrc=|url\(", text)
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag != "meta":
                opened.append(tag)

        def handle_endtag(self, tag):
            assert opened.pop() == tag

    Reader().feed(text)
    assert opened == []


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A town with a planted ring, and its truth."""
    folder = tmp_path_factory.mktemp("quality")
    town = Town(folder / "case")
    town.pay(ring("a") + ring("b"))
    analyse(town.archive)
    rows = [("N1", "ring", "FSEC", name, "facilitator", 1, 0) for name in ("a-r0", "a-r1", "a-c")]
    rows += [("N1", "ring", "FSEC", f"a-s{place}", "consumer", 0, 0) for place in range(12)]
    rows += [("L1", "shop", "", name, "none", 0, 1) for name in ("b-r0", "b-r1")]
    truth = folder / "truth"
    truth.mkdir()
    lines = ["network_id,scheme,crime_type,account_number,role,in_core,lookalike", *(",".join(map(str, row)) for row in rows)]
    (truth / "networks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return town, truth


def test_a_quality_card_counts_hits_precision_recall_and_the_harmless_group(planted):
    town, truth = planted
    cards = measure_rules(town.archive, truth)
    card = cards["BKU-01"]
    assert (card.hits, card.precision_ppm, card.recall_ppm) == (4, 500_000, {"FSEC": 2_000_000 // 15})
    assert (card.lookalikes, card.benign_group) == ({"shop": 2}, "shop")
    assert card.overlap_rule in cards
    (entry,) = [
        one
        for chapter in build_rulebook(PACKS, cards)
        for one in chapter.entries
        if one.id == "BKU-01" and dict(one.facts).get("Hits on the planted truth")
    ]
    assert dict(entry.facts)["Hits on the planted truth"] == "4 accounts, 50 % of them planted"


def test_running_rules_counts_what_the_run_stored(planted):
    town, _ = planted
    stored = town.archive.snapshot().derived("hit").to_pylist()
    for one in count_rules(town.archive.snapshot(), PACKS):
        hits = [row for row in stored if row["indicator"] == one.rule and row["account_key"] is not None]
        assert (one.accounts, one.evidence) == (len(hits), sum(row["evidence_count"] for row in hits)), one.rule
        assert one.state in ({"hit"} if hits else {"no_hit", "not_evaluable"})


def test_running_rules_says_how_many_accounts_an_exclusion_spares(tmp_path):
    town = Town(tmp_path / "case")
    town.pay([("m", "wage", month * 30 * 24, 100_000) for month in range(4)] + [("a", "b", 5, 500)])
    rule = PACKS.get("BKU-01")
    rule = rule.model_copy(update={"parameters": rule.parameters | {"min_payments": 1}, "exclusions": ("monthly",)})
    (one,) = count_rules(town.archive.snapshot(), PackSet((rule,)))
    assert (one.accounts, one.exclusions, one.spared) == (1, ("monthly",), 1)


def test_coverage_counts_the_transfers_that_state_all_a_rule_needs(planted):
    town, _ = planted
    rows = town.archive.snapshot().table("transfer").to_pylist()
    named = {"amount": "amount_minor", "local_hour": "local_hour", "src_country": "src_country", "dst_country": "dst_country"}

    def is_known(row, column):
        if column == "currency":
            return row["currency"] != "XXX"
        if column in {"dst_kind", "src_institution", "dst_institution", "src_owner", "dst_owner", "src_status", "dst_contact"}:
            return False  # of the town's accounts nothing is stated
        if column in {"dst_opened", "dst_tier"}:
            return True  # asked for on wallets alone
        if column == "dst_outlet":
            return row["channel"] == "bank"  # a rail without outlets
        return row["time_known"] if column == "time_known" else row[named[column]] is not None

    covered = cover_rules(town.archive.snapshot(), PACKS)
    assert {one.state for one in covered} == {"evaluable", "not_evaluable"}
    for one in covered:
        listless = bool(PACKS.get(one.rule).lists)  # nobody gave a list
        assert one.transfers == (0 if listless else sum(all(is_known(row, column) for column in one.needs) for row in rows))
        assert one.of_transfers == len(rows)
        assert bool(one.missing) == (one.transfers < len(rows))
