"""A mapping's hash is part of every batch's identity: words added to the language later must not change older hashes."""

from __future__ import annotations

import pytest

from bakau.errors import MappingError
from bakau_ingest.mapping import FileMapping, Mapping, load_mapping, parse_mapping

#: Hashes as they stood before `reader` and `scheme_column` came into the language. Law: never edited.
STORED = {
    "amlsim": ["89fe718457c6762e8eb076a136dc22a5", "1d9908e0471100d3691fd2796cfa2c42", "3088580af57cbf1356d7d5d89eed5360"],
    "bank": ["85a15131c0697bf8d8f8b67c62f4d145", "a9b736e753eb1616a83f3d3e2ca5ba6e"],
    "crypto_csv": ["aac9764e42495ce2e39dc9a107ec4704"],
    "remittance": ["a146f2d5d02334fc9a225b8d1e9533e5"],
}


@pytest.mark.parametrize("name", STORED)
def test_a_mapping_that_names_no_reader_hashes_as_it_always_did(name):
    mapping = load_mapping(name)
    assert [mapping.hash_of(file) for file in mapping.files] == STORED[name]


def test_a_named_reader_is_part_of_the_hash():
    mapping = load_mapping("remittance")
    plain = mapping.files[0]
    named = plain.model_copy(update={"reader": "delimited"})
    assert mapping.hash_of(named) != mapping.hash_of(plain)
    assert isinstance(mapping, Mapping)
    assert isinstance(named, FileMapping)


def test_a_scheme_and_a_column_of_schemes_exclude_each_other():
    text = """
name: both
meaning: a mapping that says too much
files:
  - rows:
      - table: account
        fields:
          number: {column: a, scheme: iban, scheme_column: b}
"""
    with pytest.raises(MappingError, match="either scheme or scheme_column"):
        parse_mapping("both.yaml", text)


def test_borrowed_rows_are_the_rows_and_hash_like_them():
    own, borrowed = load_mapping("iso20022").files[0], load_mapping("swift_mt").files[0]
    assert borrowed.rows == own.rows
    assert borrowed == own.model_copy(update={"reader": "swift_mt"})


@pytest.mark.parametrize("lines", ["rows_like: nobody", "rows_like: iso20022\n    rows: []", "rows_like: [iso20022]"])
def test_rows_are_borrowed_from_a_shipped_mapping_alone(lines):
    with pytest.raises(MappingError, match="names a shipped mapping, and stands in place of rows"):
        parse_mapping("mine.yaml", f"name: mine\nmeaning: m\nfiles:\n  - match: ['*']\n    {lines}\n")
