"""What a person decides in a real browser: the age behind a review, and how far a rule may come. Both are written down with who did it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from casework.test_rules import write_rule
from dashboard.browser.conftest import serve, settle
from playwright.sync_api import expect
from small_world import bakau as run

import bakau

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own(world, tmp_path_factory):
    """A workspace to decide in, which proposes one rule."""
    folder = tmp_path_factory.mktemp("decisions")
    shutil.copytree(world.workspace, folder / "workspace")
    run(folder / "workspace", "indicators", "propose", write_rule(folder), "--why", "many payers")
    return folder / "workspace"


@pytest.fixture(scope="module")
def own_address(own) -> Iterator[str]:
    yield from serve(own)


def test_a_review_is_settled_after_what_follows_was_shown(own, own_address, open_page):
    page = open_page(f"{own_address}/safeguarding")
    page.get_by_role("combobox", name="Why do you look?").click()
    page.get_by_role("option", name="safeguarding").click()
    page.get_by_role("combobox", name="Standing").wait_for()
    settle(page)
    page.get_by_role("combobox", name="Standing").click()
    page.get_by_role("option", name="in review").click()
    page.wait_for_url("**standing=in**")
    settle(page)
    with bakau.open_desk(own, purpose="safeguarding") as desk:
        first = next(row["referral_id"] for row in desk.referrals().rows.to_pylist() if row["age_state"] == "age_unknown")
    assert first in page.url
    page.get_by_text("an adult", exact=True).click()
    page.get_by_role("textbox", name="Basis").fill("KYC-17")
    page.get_by_role("button", name="See what follows").click()
    page.get_by_text("named as a suspect").wait_for()
    page.get_by_role("button", name="Settle it; recorded").click()
    page.get_by_text("is settled as an adult").wait_for()
    settle(page)
    assert page.get_by_text("Reviews that were settled").is_visible()
    with bakau.open_desk(own, purpose="safeguarding") as desk:
        (row,) = desk.settled_referrals().rows.to_pylist()
    assert (row["referral_id"], row["settled_as"], row["basis"]) == (first, "settled_adult", "KYC-17")


def test_a_rule_goes_from_draft_to_shadow_with_a_reason(own, own_address, open_page):
    page = open_page(f"{own_address}/rules?state=draft")
    assert page.get_by_text("1 of ").first.is_visible(), "the filter of the address holds"
    reason = page.get_by_role("textbox", name="Why, in a sentence").first
    reason.fill("count it first")
    reason.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("NEW-01 is in shadow now").wait_for()
    settle(page)
    expect(page.get_by_role("button", name="Put in force")).to_be_visible()
    with bakau.open_desk(own) as desk:
        (row,) = desk.proposals().rows.to_pylist()
    assert [(move["state"], move["why"]) for move in row["moves"]] == [("draft", "many payers"), ("shadow", "count it first")]
