"""Lists of leads through the Desk: hit, no hit, not searchable; nobody protected; nothing kept of a miss."""

from __future__ import annotations

import json
import sqlite3

import pytest
from casework.leads.harbour import ADDRESSES, PHONES, TRACE

from bakau.errors import AuditError, NotFoundError, RefusedError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau_casework import desk_leads
from bakau_casework.charts import Chart
from bakau_casework.leads.listing import Said
from bakau_casework.views.leads import SIGNAL


def outcomes(document):
    return [row["outcome"] for row in document["leads"]]


def points_at(row):
    return {match["account_id"] or match["party_id"] for match in row["matches"]}


@pytest.mark.parametrize("purpose", ["exploration", "training"])
def test_every_lead_answers_hit_no_hit_or_not_searchable_with_its_giver_terms_and_expiry(own_harbour, purpose):
    document = own_harbour.ask(
        f"phone,{PHONES['w0']}", "phone,07700 900999", "phone,ring me", "iban,XB00BKAU", f"crypto_address,{ADDRESSES[0].upper().replace('X', 'x')}",
        "handle,sea.gull,,,", "handle,Sea.Gull", "email,U0@example.ORG", f"reference,{TRACE.lower()}", "account,77", purpose=purpose,
    )  # fmt: skip
    assert outcomes(document) == ["hit", "no_hit", "not_searchable", "not_searchable", "hit", "no_hit", "hit", "hit", "hit", "no_hit"]
    assert [row["reason"] is None for row in document["leads"]] == [row["outcome"] != "not_searchable" for row in document["leads"]]
    assert points_at(document["leads"][0]) == {own_harbour.account_of("w0")}
    assert points_at(document["leads"][8]) == {own_harbour.account_of("w3"), own_harbour.account_of("w4")}
    for row in document["leads"]:
        said = (row["weight"], row["giver"], row["terms"], row["expires_on"])
        assert said == (SIGNAL, "Harbour office", "this inquiry only", "2099-01-31")
        assert (row["value"] is None) is (purpose == "exploration"), "what is typed is shown back only where the purpose shows such values"


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("07700 900100", ""),
        ("07700-900100", ""),
        ("+44 7700 900100", "GB"),
        ("0044 7700 900100", "GB"),
        ("447700900100", "GB"),
        ("7700900100", "GB"),
    ],
)
def test_a_phone_is_found_however_it_is_written(own_harbour, typed, country):
    (row,) = own_harbour.ask(f"phone,{typed},,{country}")["leads"]
    assert points_at(row) == {own_harbour.account_of("w0")}


@pytest.mark.parametrize(
    ("name", "whose", "how"),
    [
        ("王小明", "w0", "same words"), ("Xiaoming WANG", "w0", "same words"), ("Somchai Chaidee", "w1", "same sound"), ("ใจดี สมชาย", "w1", "same words"),
        ("Muhammad Hassan", "w2", "same sound"), ("Orlov Vladimir", "w3", "same words"), ("김철수", "w4", "same words"), ("Santos Maria", "w6", "more words"),
        ("SUHARTO", "w7", "same words"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_any_order_and_script_and_says_that_it_is_weaker(own_harbour, name, whose, how):
    (row,) = own_harbour.ask(f"name,{name}")["leads"]
    assert points_at(row) == {own_harbour.account_of(whose)}
    assert {(match["how"], match["strength"]) for match in row["matches"]} == {(f"name: {how}", "a name: weaker")}


def test_names_are_searched_only_where_the_purpose_shows_names(own_harbour):
    (row,) = own_harbour.ask("name,Suharto", purpose="exploration")["leads"]
    assert (row["outcome"], row["reason"]) == ("not_searchable", "purpose exploration does not show names")


def test_a_protected_childs_phone_and_name_are_no_hit_and_only_counted(own_harbour):
    child = own_harbour.account_of("child")
    document = own_harbour.ask(
        f"phone,{PHONES['child']}", "name,Littel Aine", f"phone,{PHONES['w6']}", "phone,07700 900999", "reference,TR-00044"
    )
    assert outcomes(document) == ["no_hit", "no_hit", "hit", "no_hit", "hit"]
    assert document["protected"] == 3
    assert child not in json.dumps(document)
    like_a_miss = [{**row, "line": 0, "kind": "", "value": ""} for row in document["leads"] if row["outcome"] == "no_hit"]
    assert like_a_miss[0] == like_a_miss[1] == like_a_miss[2], "a row about a child reads like one about nobody"
    assert points_at(document["leads"][4]) == {own_harbour.account_of("w0")}, "the payer of a transfer to the child; the payee is not said"


def test_a_mark_that_comes_later_takes_the_hit_back_from_a_kept_list(own_harbour):
    document = own_harbour.ask(f"phone,{PHONES['w0']}", f"phone,{PHONES['w1']}")
    own_harbour.archive.protect([own_key(own_harbour, "w0")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    with own_harbour.desk() as desk:
        shown = desk.lead_list(document["list_id"]).to_document()
    assert [points_at(row) for row in shown["leads"]] == [{own_harbour.account_of("w1")}]
    assert (shown["protected"], shown["links"]) == (1, [])
    assert own_harbour.account_of("w0") not in json.dumps(shown)


def own_key(harbour, name):
    from bakau.ids import key_of_id

    return key_of_id(harbour.account_of(name))


def test_direct_links_and_chains_in_order_of_time_tie_the_hits_together(own_harbour):
    ids = {name: own_harbour.account_of(name) for name in PHONES}
    document = own_harbour.ask(*(f"phone,{PHONES[name]}" for name in ("w0", "w2", "w4", "w3")))
    assert {(link["src_id"], link["dst_id"]) for link in document["links"]} == {(ids["w2"], ids["w3"]), (ids["w3"], ids["w4"])}
    chains = {(one["src_id"], one["dst_id"]): one["chain"] for one in document["chains"]}
    assert set(chains) == {(ids["w0"], ids["w2"]), (ids["w0"], ids["w3"])}, "w3 paid w4 before w2 paid w3: no money of w2 reached w4"
    steps = [(one["src_id"], one["dst_id"]) for one in document["steps"] if one["chain"] == chains[ids["w0"], ids["w2"]]]
    assert steps == [(ids["w0"], ids["w1"]), (ids["w1"], ids["w2"])]
    assert {one["id"]: one["part"] for one in document["accounts"]}[ids["w1"]] == "between"


def test_a_chain_through_a_protected_account_names_it_nowhere(own_harbour):
    document = own_harbour.ask(f"phone,{PHONES['w0']}", f"phone,{PHONES['w6']}")
    assert [(one["transfers"], one["protected"]) for one in document["chains"]] == [(2, 1)]
    assert [(one["transfer_id"], one["time"], one["amount_minor"]) for one in document["steps"]] == [(None, None, None)] * 2
    assert own_harbour.account_of("child") not in json.dumps(document)


# --- what is kept ----------------------------------------------------------------------------------------------------------------


def rows_of(harbour, table):
    connection = sqlite3.connect(harbour.workspace / "casework.sqlite")
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return rows


def test_of_a_miss_nothing_is_kept_and_of_a_list_without_hits_nothing_at_all(own_harbour):
    document = own_harbour.ask("phone,07700 900999", f"phone,{PHONES['child']}", "name,Nobody Anywhere")
    assert (document["list_id"], document["watched"], document["protected"]) == (None, 0, 1)
    own_harbour.ask("phone,07700 900999", f"phone,{PHONES['w0']}")
    assert [len(rows_of(own_harbour, table)) for table in ("lead_list", "lead_hit", "lead_watch")] == [1, 1, 0]


def test_nothing_is_looked_up_or_kept_when_the_audit_log_is_broken(own_harbour):
    own_harbour.ask("phone,07700 900999")
    connection = sqlite3.connect(own_harbour.workspace / "casework.sqlite")
    connection.execute("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END")
    connection.commit()
    connection.close()
    with pytest.raises(AuditError, match="nothing is shown"):
        own_harbour.ask(f"phone,{PHONES['w0']}")
    assert rows_of(own_harbour, "lead_list") == []


def test_the_audit_log_says_who_asked_how_much_and_what_was_shown_but_no_lead(own_harbour):
    document = own_harbour.ask(f"phone,{PHONES['w0']}", "phone,07700 900999")
    last = json.loads(rows_of(own_harbour, "audit")[-1][1])
    assert (last["action"], last["outcome"], last["counts"]["rows"], last["query"]) == ("leads.look_up", "shown", 2, None)
    assert {document["list_id"], own_harbour.account_of("w0")} <= set(last["objects"])


def test_questions_are_counted_and_refused_beyond_a_days_measure(own_harbour, monkeypatch):
    monkeypatch.setattr(desk_leads, "MOST_NAMES_A_DAY", 3)
    own_harbour.ask("name,Suharto", "name,Nobody Anywhere")
    with pytest.raises(RefusedError, match="more than 3 names a day: 2 were looked up today"):
        own_harbour.ask("name,Suharto", "name,Maria Santos")
    assert json.loads(rows_of(own_harbour, "audit")[-1][1])["outcome"] == "refused"
    assert outcomes(own_harbour.ask("name,Suharto")) == ["hit"], "what was refused was not counted"
    monkeypatch.setattr(desk_leads, "MOST_LEADS_A_DAY", 5)
    with pytest.raises(RefusedError, match="more than 5 leads a day"):
        own_harbour.ask("phone,1234567")


def test_a_list_is_shown_to_its_owner_and_the_members_of_its_case_only(own_harbour):
    document = own_harbour.ask(f"phone,{PHONES['w0']}")
    with own_harbour.desk("exploration", person="somebody-else") as desk:
        assert desk.lead_lists().to_document()["lists"] == []
        with pytest.raises(NotFoundError, match="no such lead list"):
            desk.lead_list(document["list_id"])
        with pytest.raises(NotFoundError, match="no such lead list"):
            desk.forget_leads(document["list_id"])
    with own_harbour.desk("exploration") as desk:
        case = desk.open_case(title="t", authority="a", legal_basis="b").rows["case_id"][0].as_py()
        desk.add_member(case, "colleague")
    with own_harbour.desk("investigation", case=case) as desk:
        found = desk.leads(own_harbour.write_list(f"phone,{PHONES['w0']}"), Said("g", "t", "2099-01-31")).facts["list_id"]
    with own_harbour.desk("exploration", person="colleague", case=case) as desk:
        assert [row["list_id"] for row in desk.lead_lists().to_document()["lists"]] == [found]
        assert len(desk.lead_list(found).rows) == 1


def test_a_kept_list_opens_as_a_chart_and_its_protected_hits_do_not(own_harbour):
    document = own_harbour.ask(f"phone,{PHONES['w0']}", f"phone,{PHONES['w1']}", f"phone,{PHONES['child']}")
    with own_harbour.desk("exploration") as desk:
        view = desk.network(Chart(leads_id=document["list_id"][:10])).to_document()
        drawn = {row["id"]: row["part"] for row in view["accounts"]}
        assert drawn == {own_harbour.account_of("w0"): "lead", own_harbour.account_of("w1"): "lead"}
        assert (view["leads_id"], len(view["links"]), view["protected_accounts"]) == (document["list_id"], 1, 0)
    own_harbour.archive.protect(
        [own_key(own_harbour, one) for one in ("w0", "w1")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="t"
    )
    with own_harbour.desk("exploration") as desk, pytest.raises(RefusedError, match="nothing of this list may be drawn"):
        desk.network(Chart(leads_id=document["list_id"]))
    with own_harbour.desk("exploration", person="somebody-else") as desk, pytest.raises(NotFoundError, match="no such lead list"):
        desk.network(Chart(leads_id=document["list_id"]))
