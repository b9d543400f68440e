"""Indicator words of payment texts: found whole, in any case, kept as codes; the text stays in the vault."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from drawn import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bakau_ingest.tokens import find_tokens, load_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a GIFT for the family", "gift"),
        ("Gifts, school fee and uniforms", "gift school_fees uniform"),
        ("giftwrapped uniformity of re-education2", None),
        ("for family  support", None),
        ("medical bills", "medical_bills"),
        ("see www.example.org/x or @some_body", "social_handle web_address"),
        ("someone@example.org", None),
        ("key term ocse-fin-2021-ntc3.", "key_term_ocse"),
        ("", None),
        (None, None),
        ("regalo ギフト", None),
    ],
)
def test_a_text_gives_the_words_it_holds_and_no_others(text, tokens):
    assert find_tokens(pa.array([text], pa.string())).to_pylist() == [tokens]


def test_every_token_is_one_code_with_a_source_and_finds_itself():
    for token in load_tokens():
        assert re.fullmatch(r"[a-z_]+", token.name)
        assert token.source
        assert re.fullmatch(r"[A-Z]{3}-\d\d|", token.indicator)
    assert len({token.name for token in load_tokens()}) == len(load_tokens()) < 63


@settings(max_examples=examples(30))
@given(st.lists(st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["gift", "last one", "a gift @handle", "GIFT!"]))))
def test_texts_together_give_what_each_gives_alone(texts):
    together = find_tokens(pa.array(texts, pa.string())).to_pylist()
    assert together == [find_tokens(pa.array([text], pa.string()))[0].as_py() for text in texts]


def test_the_tokens_of_a_transfer_stand_in_the_open_and_its_text_does_not(desk):
    header = "time,from,to,amount,currency,note,is_fraud"
    ran = desk.load(f"{header}\n2025-03-01,A,B,1.00,EUR,a gift for you,0\n2025-03-02,A,B,1.00,EUR,rent,0\n2025-03-03,A,B,1.00,EUR,,0\n")
    assert ran.code == 0, ran.err
    assert [row["tokens"] for row in desk.transfers()] == ["gift", None, None]
    assert not any(b"for you" in path.read_bytes() for path in desk.workspace.rglob("*") if path.is_file())
