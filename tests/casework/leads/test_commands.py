"""`bakau leads` as its user meets it: exit codes, what is on stdout, documents that fit their schema, a picture that names nobody."""

from __future__ import annotations

import re

import pytest
from casework.leads.harbour import PHONES
from jsonschema import Draft202012Validator

from bakau_casework.documents import list_schemas
from bakau_casework.leads.listing import MOST_LEADS

HEAD = "---\ngiver: Harbour office\nterms: this inquiry only\nexpires: 2099-01-31\nwatch: true\n---"
SCHEMAS = list_schemas()


@pytest.fixture
def hotline(own_harbour):
    """A list that hits three wallets, the child, nobody, and a name."""
    rows = [f"phone,{PHONES[name]}" for name in ("w0", "w2", "w3", "child")] + ["phone,07700 900999", "name,Orlov Vladimir", "iban,XB00"]
    return own_harbour.write_list(*rows, head=HEAD)


def check(document):
    Draft202012Validator(SCHEMAS[document["schema"]]).validate(document)
    return document


def test_a_list_is_looked_up_kept_shown_again_watched_and_forgotten(bakau, own_harbour, hotline):
    where = own_harbour.workspace
    asked = check(bakau(where, "leads", hotline, "--watch-until", "2099-01-31", "--json").document)
    assert (asked["schema"], asked["hits"], asked["protected"], asked["watched"], asked["asked"]) == ("bakau.leads/1", 3, 1, 1, 7)
    (kept,) = check(bakau(where, "leads", "list", "--json").document)["lists"]
    assert (kept["list_id"], kept["hits"], kept["watched"], kept["watch_until"]) == (asked["list_id"], 3, 1, "2099-01-31")
    shown = check(bakau(where, "leads", "show", asked["list_id"][:9], "--json").document)
    assert [shown[name] for name in ("links", "chains", "steps", "accounts", "made")] == [
        asked[name] for name in ("links", "chains", "steps", "accounts", "made")
    ]
    assert (shown["asked"], len(shown["leads"])) == (None, 3)
    assert check(bakau(where, "leads", "check", "--json").document)["watched"] == 1
    assert check(bakau(where, "leads", "forget", asked["list_id"], "--json").document)["lists"] == []
    gone = bakau(where, "leads", "show", asked["list_id"])
    assert (gone.code, gone.out, "no such lead list" in gone.err) == (2, "", True)


def test_people_read_who_gave_it_every_answer_and_what_ties_the_hits(bakau, own_harbour, hotline):
    ran = bakau(own_harbour.workspace, "leads", hotline, "--purpose", "training")
    assert ran.code == 0
    for words in (
        r"weight +signal, not proof", r"giver +Harbour office", r"terms +this inquiry only", r"expires on +2099-01-31", r"8 +phone +07700 900100 +hit \(exact\) +acc_",
        r"11 +phone +07700 900105 +no hit", r"13 +name +Orlov Vladimir +hit \(a name: weaker\)", r"14 +iban +XB00 +not searchable +.*check digits", r"protected \(\d\)",
        r"\d hits of 7 leads, \d links, \d chains",
    ):  # fmt: skip
        assert re.search(words, ran.out), (words, ran.out)
    assert own_harbour.account_of("child")[:14] not in ran.out


def test_a_list_is_drawn_as_one_page_that_shows_the_hits_and_no_value(bakau, own_harbour, hotline, tmp_path):
    page = tmp_path / "leads.html"
    asked = bakau(own_harbour.workspace, "leads", hotline, "--purpose", "training", "--html", page, "--json").document
    text = page.read_text(encoding="utf-8")
    assert asked["accounts"]
    assert all(row["id"][:14] in text for row in asked["accounts"])
    for words in ("signal, not proof", "Harbour office", "this inquiry only", "2099-01-31", "accused of nothing"):
        assert words in text
    for secret in (
        *PHONES.values(),
        *(number.replace(" ", "") for number in PHONES.values()),
        own_harbour.account_of("child"),
        "Orlov",
        "Владимир",
    ):
        assert secret not in text
    again = bakau(own_harbour.workspace, "leads", "show", asked["list_id"], "--html", page)
    assert (again.code, "exists already" in again.err) == (2, True)
    assert bakau(own_harbour.workspace, "leads", "show", asked["list_id"], "--html", tmp_path).code == 0
    assert (tmp_path / f"{asked['list_id']}.html").is_file()


def test_what_cannot_be_taken_is_the_users_and_what_is_not_allowed_is_refused(bakau, own_harbour, hotline):
    where = own_harbour.workspace
    bare = own_harbour.write_list("phone,12345678", name="bare.csv")
    for words, code, said in (
        ((bare,), 2, "column giver: a list needs its giver"),
        ((bare, "--giver", "g", "--terms", "t", "--expires", "2020-01-01"), 2, "the list has expired"),
        ((bare, "--giver", "g", "--terms", "t", "--expires", "2099-01-01", "--watch-until", "2098-01-01"), 3, "allow no standing watch"),
        ((hotline, "--watch-until", "2099-02-01"), 3, "expires on 2099-01-31"),
        ((hotline, "--purpose", "investigation"), 3, "needs a case"),
        (("+44 7700 900123",), 2, "there is no such file"),
    ):
        ran = bakau(where, "leads", *words, "--json")
        assert (ran.code, ran.out, said in ran.err) == (code, "", True), ran.err
        assert "7700" not in ran.err
    assert bakau(where, "leads", "list", "--json").document["lists"] == []
    allowed = bakau(
        where,
        "leads",
        bare,
        "--giver",
        "g",
        "--terms",
        "t",
        "--expires",
        "2099-01-01",
        "--terms-allow-watch",
        "--watch-until",
        "2098-01-01",
        "--json",
    )
    assert allowed.document["watched"] == 1


def test_a_whole_list_of_five_hundred_is_answered_row_by_row(bakau, own_harbour):
    rows = [
        f"phone,{PHONES['w0']}",
        *(f"name,Some Body{place}" for place in range(100)),
        *(f"account,{place:08d}" for place in range(MOST_LEADS - 101)),
    ]
    path = own_harbour.write_list(*rows, head=HEAD)
    document = check(bakau(own_harbour.workspace, "leads", path, "--purpose", "training", "--json").document)
    assert [row["line"] for row in document["leads"]] == list(range(8, 8 + MOST_LEADS))
    assert [row["outcome"] for row in document["leads"]].count("hit") == 1
