"""What is looked for is exactly what ingest would have stored: the same keys, for whatever spelling of the same number."""

from __future__ import annotations

import dataclasses

import pyarrow as pa
import pytest

from bakau.ids import Realm, SurrogateKey
from bakau_casework.leads.listing import Lead, LeadKind
from bakau_casework.leads.seek import Holdings, may_show, seek
from bakau_casework.spellings import load_calling_codes, phone_spellings, spellings
from bakau_ingest.checks import load_countries
from bakau_ingest.surrogates import SurrogateBook
from bakau_ingest.texts import Texts

SECRET = SurrogateKey(bytes(range(32)))
HELD = Holdings(
    schemes=("bank:BKAUXBXX", "card", "crypto:TRX", "iban", "local.wallet:other", "local:bank", "phone"),
    identifier_kinds=frozenset({"phone", "email", "handle"}),
    sources=("bank", "other"),
    has_references=True,
    has_uetrs=True,
)
IBAN = "XB19BKAU00000000000001"
HEXADECIMAL = "0x" + "AbCdEf0123" * 4


def key_of_ingest(realm: Realm, scheme: str, written: str, source: str = "bank") -> int:
    """The key that a file of this source gives, made by ingest's own code."""
    book = SurrogateBook(SECRET, source, lambda _, ids, __: pa.array([False] * len(ids)))
    found = book.look_up(realm, scheme, Texts.of(pa.array([written])))
    assert not found.fault.any()
    return found.keys[0].as_py()


@pytest.mark.parametrize(
    ("kind", "given", "country", "realm", "scheme", "written"),
    [
        ("phone", "+44  7700 900123", "", Realm.ACCOUNT, "phone", "+447700900123"),
        ("phone", "07700 900123", "GB", Realm.ACCOUNT, "phone", "+44 7700 900123"),
        ("phone", "+44 7700 900123", "GB", Realm.ACCOUNT, "phone", "07700900123"),
        ("phone", "+44 7700 900123", "", Realm.IDENTIFIER, "phone", "44-7700-900123"),
        ("phone", "+61 491 570 156", "AU", Realm.ACCOUNT, "phone", "0491 570 156"),
        ("phone", "0491 570 156", "AU", Realm.ACCOUNT, "phone", "+61491570156"),
        ("wallet", "0491-570-156", "AU", Realm.ACCOUNT, "phone", "+61 491 570 156"),
        ("wallet", "W-77", "", Realm.ACCOUNT, "local.wallet", "W-77"),
        ("iban", "xb19 bkau 0000 0000 0000 01", "", Realm.ACCOUNT, "iban", IBAN),
        ("account", f"{IBAN[:8]} {IBAN[8:]}", "", Realm.ACCOUNT, "iban", IBAN.lower()),
        ("account", "12-3456", "", Realm.ACCOUNT, "bank:BKAUXBXX", "123456"),
        ("account", " 77 ", "", Realm.ACCOUNT, "local", "77"),
        ("crypto_address", HEXADECIMAL, "", Realm.ACCOUNT, "crypto:ETH", HEXADECIMAL.lower()),
        ("crypto_address", HEXADECIMAL.lower(), "", Realm.ACCOUNT, "crypto:TRX", HEXADECIMAL),
        ("wallet", HEXADECIMAL, "", Realm.ACCOUNT, "crypto:ETH", HEXADECIMAL),
        ("crypto_address", "TXyzAbcdEfgh1234567", "", Realm.ACCOUNT, "crypto:BTC", "TXyzAbcdEfgh1234567"),
        ("email", "Some.One@Example.ORG", "", Realm.IDENTIFIER, "email", "someone@example.org".replace("someone", "some.one")),
        ("handle", "@Gull", "", Realm.IDENTIFIER, "handle", "Gull"),
        ("handle", "Gull", "", Realm.IDENTIFIER, "local.handle", "Gull"),
    ],
)  # fmt: skip
def test_a_lead_has_the_key_that_ingest_gives_however_either_is_written(kind, given, country, realm, scheme, written):
    source = "other" if scheme == "local.wallet" else "bank"
    sought = seek(Lead(2, LeadKind(kind), given.strip(), country=country), HELD, SECRET, "no names")
    assert sought.reason == ""
    place = "account" if realm is Realm.ACCOUNT else f"identifier.{kind}"
    assert key_of_ingest(realm, scheme, written, source) in {trace.key for trace in sought.traces if trace.place == place}


def test_a_handle_within_an_institution_is_found_under_its_own_numbering():
    sought = seek(Lead(2, LeadKind.HANDLE, "Gull", institution="harbour"), HELD, SECRET, "no names")
    assert key_of_ingest(Realm.IDENTIFIER, "handle:harbour", "Gull") in {trace.key for trace in sought.traces}


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("iban", IBAN[:-1] + "2", "not a valid IBAN"), ("phone", "one two three", "not a phone number"), ("email", "no at", "not an e-mail address"),
        ("crypto_address", "0x12", "not a crypto address"), ("uetr", "1234", "not a UETR"), ("name", "Somebody", "no names"),
    ],
)  # fmt: skip
def test_what_can_be_no_such_number_is_not_searchable_and_leaves_no_trace(kind, value, reason):
    sought = seek(Lead(2, LeadKind(kind), value), HELD, SECRET, "no names")
    assert (sought.traces, reason in sought.reason) == ((), True)


def test_where_nothing_of_the_kind_was_loaded_the_lead_says_so_and_can_still_be_watched():
    nothing = Holdings((), frozenset(), (), has_references=False, has_uetrs=False)
    for kind, value in (
        ("phone", "12345678"),
        ("email", "a@example.org"),
        ("reference", "R-1"),
        ("iban", IBAN),
        ("crypto_address", HEXADECIMAL),
    ):
        sought = seek(Lead(2, LeadKind(kind), value), nothing, SECRET, "no names")
        assert "nothing that was loaded holds" in sought.reason
        assert sought.traces


def test_every_country_with_a_calling_code_is_one_and_a_number_keeps_its_own_spelling():
    assert set(load_calling_codes()) <= load_countries()
    for country in load_calling_codes():
        assert "0170012345" in phone_spellings("0170 012345", country)
    assert phone_spellings("0170 012345") == ["0170012345"], "a national number alone says nothing about its country"


def test_spellings_are_those_that_ingest_may_have_made():
    assert spellings(" xb65 Bkau ") == ["xb65 Bkau", "XB65 BKAU", "xb65 bkau", "xb65Bkau", "XB65BKAU", "xb65bkau"]


def test_whoever_a_statement_does_not_name_is_no_account_of_the_number_it_belongs_to():
    held = dataclasses.replace(HELD, schemes=(*HELD.schemes, "local.unseen:bank", "local.named:bank"))
    lead = Lead(2, LeadKind.ACCOUNT, "12-3456")
    assert seek(lead, held, SECRET, "").traces == seek(lead, HELD, SECRET, "").traces


def test_what_may_be_a_card_number_is_never_shown_and_nothing_shows_a_lead_by_accident():
    assert not may_show(Lead(2, LeadKind.ACCOUNT, "4111 1111 1111 1111"))
    assert may_show(Lead(2, LeadKind.ACCOUNT, "4111 1111 1111 1112"))
    assert "4111" not in repr(Lead(2, LeadKind.ACCOUNT, "4111"))
