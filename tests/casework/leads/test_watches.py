"""Standing watches: only where the terms allow them, only keyed hashes, told to whoever put them, gone for good on their day."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest
from casework.leads.harbour import load

from bakau.errors import InputError, RefusedError
from bakau_casework.database import Database
from bakau_casework.leads.listing import Said
from bakau_casework.leads.register import LeadRegister

#: Leads about somebody who comes later: by phone, handle, reference and name.
LATER = ("phone,07700 900555", "handle,newcomer", "reference,TR-90001", "name,Later Arriva", "iban,XB00BKAU", "email,a@example.org")
WATCH = {"may_watch": True, "watch_until": "2099-01-31"}


def later_files(folder):
    """A newcomer whose wallet, name, handle and transfer come in."""
    people = folder / "later_customers.csv"
    people.write_text(
        "customer_id,full_name,birth_date,kyc_tier,phone,registered,device\nC-n,Arriva Later,1980-01-01,full,07700 900555,2024-05-01,\n"
    )
    moves = folder / "later_moves.csv"
    moves.write_text(
        "trace_no,time,type,from_wallet,to_wallet,amount,note\nTR-90001,20/03/2025 12:00:00,P2P,07700 900555,07700 900100,9.00,\n"
    )
    users = folder / "later_users.csv"
    users.write_text(
        "user_id,country,registered,role,state,verification,born,handle,email\nU-n,PH,2024-01-01,user,active,none,1990-01-01,newcomer,\n"
    )
    return [("e_wallet", people), ("e_wallet", moves), ("platform", users)]


def watched_keys(harbour):
    connection = sqlite3.connect(harbour.workspace / "casework.sqlite")
    rows = connection.execute("SELECT line, place, key FROM lead_watch").fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize(
    ("may_watch", "until", "expires", "error", "words"),
    [
        (False, "2099-01-01", "2099-01-31", RefusedError, "terms of this list allow no standing watch"),
        (True, "2099-02-01", "2099-01-31", RefusedError, "expires on 2099-01-31"),
        (True, "2020-01-01", "2099-01-31", InputError, "is over"),
        (True, "soon", "2099-01-31", InputError, "not a day"),
    ],
)
def test_a_watch_needs_terms_that_allow_it_and_ends_with_the_list(own_harbour, may_watch, until, expires, error, words):
    with own_harbour.desk() as desk, pytest.raises(error, match=words):
        desk.leads(own_harbour.write_list(*LATER), Said("g", "t", expires, may_watch), watch_until=until)
    assert watched_keys(own_harbour) == []


def test_what_is_watched_hits_when_it_comes_in_and_is_watched_no_more(own_harbour, tmp_path):
    asked = own_harbour.ask(*LATER, **WATCH)
    assert ([row["outcome"] for row in asked["leads"]], asked["watched"]) == (["no_hit"] * 4 + ["not_searchable", "no_hit"], 5)
    with own_harbour.desk() as desk:
        assert desk.check_leads().to_document()["leads"] == []
    load(own_harbour.workspace, later_files(tmp_path))
    with own_harbour.desk("exploration") as desk:
        seen = desk.check_leads(settle=False).to_document()
        assert (len(seen["leads"]), seen["not_searched"]) == (3, "purpose exploration does not show names")
    with own_harbour.desk() as desk:
        first, second = desk.check_leads().to_document(), desk.check_leads().to_document()
        shown = desk.lead_list(asked["list_id"]).to_document()
    assert [(row["line"], row["list_id"]) for row in first["leads"]] == [(line, asked["list_id"]) for line in (2, 3, 4, 5)]
    assert (second["leads"], second["watched"]) == ([], 1)
    assert [row["line"] for row in shown["leads"]] == [2, 3, 4, 5]
    assert len(shown["links"]) == 1


def test_ingest_tells_the_one_who_watches_and_nobody_else(own_harbour, tmp_path, bakau, monkeypatch):
    own_harbour.ask(*LATER, **WATCH)
    files = later_files(tmp_path)
    own = bakau(own_harbour.workspace, "ingest", files[0][1], "--mapping", "e_wallet", "--json")
    assert own.document["loaded"] == 1
    assert "1 of the leads you watch has a hit now\n  → bakau leads check" in own.err
    for word in ("07700", "Arriva", "Later Arriva"):
        assert word not in own.err
    connection = sqlite3.connect(own_harbour.workspace / "casework.sqlite")
    connection.execute("UPDATE lead_list SET person = 'somebody-else'")
    connection.commit()
    connection.close()
    other = bakau(own_harbour.workspace, "ingest", files[1][1], "--mapping", "e_wallet")
    assert (other.code, "watch" in other.err) == (0, False)


def test_a_watched_lead_that_turns_out_to_be_a_child_is_never_a_hit_and_is_watched_no_more(own_harbour, tmp_path):
    asked = own_harbour.ask("phone,07700 900555", "name,Later Arriva", **WATCH)
    path = tmp_path / "child_customers.csv"
    path.write_text(
        "customer_id,full_name,birth_date,kyc_tier,phone,registered,device\nC-n,Arriva Later,2015-01-01,full,07700 900555,2024-05-01,\n"
    )
    load(own_harbour.workspace, [("e_wallet", path)])
    with own_harbour.desk() as desk:
        news = desk.check_leads().to_document()
        assert desk.lead_list(asked["list_id"]).to_document()["leads"] == []
    assert (news["leads"], news["protected"], news["watched"]) == ([], 2, 0)
    assert watched_keys(own_harbour) == []


def test_what_has_ended_is_deleted_and_its_bytes_are_overwritten(own_harbour):
    own_harbour.ask("phone,07700 900555", "phone,07700 900100", **WATCH)
    secrets = [key.to_bytes(8, "big") for _, _, key in watched_keys(own_harbour)]
    assert secrets
    files = [own_harbour.workspace / f"casework.sqlite{end}" for end in ("", "-wal")]

    def bytes_now():
        return b"".join(path.read_bytes() for path in files if path.exists())

    assert all(secret in bytes_now() for secret in secrets)
    database = Database(files[0])
    LeadRegister(database).sweep(date(2099, 1, 31))
    assert len(watched_keys(own_harbour)) == len(secrets), "the last day counts in"
    LeadRegister(database).sweep(date(2099, 2, 1))
    database.close()
    connection = sqlite3.connect(files[0])
    left = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("lead_list", "lead_hit", "lead_watch", "lead_budget")
    ]
    connection.close()
    assert left == [0, 0, 0, 0]
    assert not any(secret in bytes_now() for secret in secrets)
    assert b"Harbour office" not in bytes_now()


def test_a_forgotten_list_takes_hits_and_watch_with_it(own_harbour):
    asked = own_harbour.ask("phone,07700 900555", "phone,07700 900100", **WATCH)
    with own_harbour.desk() as desk:
        assert desk.forget_leads(asked["list_id"]).to_document()["lists"] == []
    assert watched_keys(own_harbour) == []
