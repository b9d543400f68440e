"""The small case of mixed files: the same bytes every time, whole files, and numbers that belong to nobody."""

from __future__ import annotations

import re

import pytest

from bakau.errors import InputError
from bakau_ingest.checks import is_iban
from bakau_ingest.dry_run import check_file
from bakau_ingest.selection import choose_files
from bakau_ingest.world.case import IBANS, WALLET, write_case


def test_the_same_call_gives_the_same_bytes_and_never_overwrites(tmp_path):
    first, second = write_case(tmp_path / "one"), write_case(tmp_path / "two")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with pytest.raises(InputError, match="exists already"):
        write_case(tmp_path / "one")


@pytest.mark.parametrize(
    ("name", "mapping", "records"),
    [
        ("bank_a.xml", None, 40), ("bank_b.sta", None, 36), ("orders.xml", None, 4), ("report.xml", None, 7),
        ("remittances.csv", "remittance", 12), ("wallet.xlsx", "wallet.yaml", 48),
    ],
)  # fmt: skip
def test_every_file_loads_whole(tmp_path, name, mapping, records):
    folder = tmp_path / "case"
    write_case(folder)
    mapping = str(folder / mapping) if mapping and mapping.endswith(".yaml") else mapping
    (chosen,) = choose_files([folder / name], mapping).files
    found = check_file(chosen, None)
    assert (found["received"], found["rejected"]) == (records, 0)


def test_numbers_are_sound_and_of_a_country_and_a_calling_code_that_nobody_has(tmp_path):
    paths = write_case(tmp_path / "case")
    text = "".join(path.read_text(encoding="utf-8") for path in paths if path.suffix != ".xlsx")
    assert all(is_iban(iban) and iban.startswith("XB") for iban in IBANS)
    assert set(re.findall(r"\b[A-Z]{2}\d{2}[A-Z]{4}\d{14}\b", text)) == set(IBANS)
    assert set(re.findall(r"\+\d{6,}", text)) <= {WALLET, "+999000123456"}
