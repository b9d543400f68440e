"""Accounts in review on the pages: listed by last payment, settled by a person who is told what follows, never shown as suspects."""

from __future__ import annotations

import pytest
from dashboard.conftest import words

import bakau


@pytest.fixture
def reviewed(world):
    """A finding with somebody in review beside it."""
    with bakau.open_desk(world.workspace) as desk:
        return next(row for row in desk.findings().rows.to_pylist() if row["review_ids"])


def open_review(page):
    """The page Safeguarding, for its purpose, with those in review alone."""
    app = page("safeguarding", standing="in review")
    app.selectbox(key="purpose").select("safeguarding").run()
    assert not app.exception
    return app


def press(app, label: str):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def ask(app, holder: str, basis: str):
    """Fill the form that settles a review, up to what follows."""
    app.radio(key="settle_holder").set_value(holder)
    app.text_input(key="settle_basis").set_value(basis)
    return press(app, "See what follows")


def test_those_in_review_stand_among_the_referrals_by_last_payment_without_score_or_account(office, page):
    rows = open_review(page).dataframe[0].value
    assert set(rows["standing"]) == {"in review"}
    assert rows["last payment"].tolist() == sorted(rows["last payment"], reverse=True)
    assert not {"score", "points", "rank", "account", "number"} & set(rows.columns)
    with bakau.open_desk(office.workspace, purpose="safeguarding") as desk:
        assert len(rows) == desk.referrals().facts["in_review"]


def test_a_review_is_settled_only_after_what_follows_was_read_and_then_says_by_whom(own_office, page):
    app = open_review(page)
    first, second = app.dataframe[0].value["referral"].tolist()[:2]
    ask(app, "adult_known", "KYC-17")
    assert "named as a suspect" in words(app)
    press(app, "Not yet")
    with bakau.open_desk(own_office.workspace, purpose="safeguarding") as desk:
        assert first in desk.referrals().rows["referral_id"].to_pylist(), "nothing was settled by looking"
    press(ask(app, "adult_known", "KYC-17"), "Settle it; recorded")
    assert f"{first} is settled as an adult, audit entry" in words(app)
    assert first not in app.dataframe[0].value["referral"].tolist()
    press(ask(app, "protected", "KYC-18"), "Settle it; recorded")
    assert second not in app.dataframe[0].value["referral"].tolist()
    settled = app.dataframe[-1].value
    assert settled[["referral", "holder is", "basis"]].to_numpy().tolist() == [
        [second, "protected", "KYC-18"],
        [first, "an adult", "KYC-17"],
    ]
    with bakau.open_desk(own_office.workspace, purpose="safeguarding") as desk:
        assert set(settled["by"]) == {desk.person.name}
        states = {row["referral_id"]: row["age_state"] for row in desk.referrals().rows.to_pylist()}
        log = [row["outcome"] for row in desk.audit(last=None).rows.to_pylist() if row["action"] == "referral.settle"]
    assert (states.get(first), states[second], log) == (None, "protected", ["shown", "shown"])


def test_a_basis_with_a_name_in_it_is_refused_and_not_said_back(own_office, page):
    app = open_review(page)
    ask(app, "adult_known", "Gintan Liberez")
    assert "basis is a case number" in words(app)
    assert "Gintan" not in words(app)
    assert "Settle it; recorded" not in {button.label for button in app.button}
    app = open_review(page)
    press(app, "See what follows")
    assert "Say what the holder is, and the basis." in words(app)


def test_findings_and_charts_count_who_is_in_review_and_name_nobody_of_them_a_suspect(office, page, reviewed):
    app = page("findings", finding=reviewed["finding_id"])
    count = len(reviewed["review_ids"])
    assert f"{count} account{'s' if count > 1 else ''} beside it in review" in words(app)
    metrics = {box.label: box.value for box in app.metric}
    assert metrics["In review"] == str(count)
    assert not set(reviewed["review_ids"]) & set(app.dataframe[2].value["account"])
    listed = app.dataframe[0].value
    assert listed.loc[listed["finding"] == reviewed["finding_id"][:14], "in review"].tolist() == [str(count)]
    chart = page("network", finding=reviewed["finding_id"])
    assert "in review: age not known, no suspects" in words(chart)
    shown = chart.dataframe[0].value
    beside = shown[shown["account"].isin([one[:14] for one in reviewed["review_ids"]])]
    assert set(beside["part"]) == {"in review: no suspect"}
    assert set(beside["age"]) == {"not known, in review"}
    assert beside["points"].isna().all()
    assert set(beside["role"]) == {""}
    alone = page("network", account=reviewed["review_ids"][0])
    assert "In review: the holder's age is not known" in words(alone)
