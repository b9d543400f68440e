"""The reviewed list of public files: what is accepted loads with these totals, what is refused says why, and no file is on neither list."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from bakau.errors import BakauError
from bakau.ids import SurrogateKey
from bakau_ingest.convert import Converter
from bakau_ingest.load import _coded
from bakau_ingest.mapping import mapping_of_reader
from bakau_ingest.reader import Form, get_reader, recognise
from bakau_ingest.surrogates import SurrogateBook

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
#: Where messages and reports lie.
FOLDERS = ("iso20022", "swift_mt", "ofx_qif_csv", "goaml", "fincen_bsa_efiling")
LIST = yaml.safe_load((Path(__file__).parent / "public_files.yaml").read_text(encoding="utf-8"))
NO_MESSAGES = (".xsd", ".json", ".yml", ".csv", ".qif", ".md", "LICENSE", "LICENSE.pyiso20022", "requirements.txt")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "iso20022").is_dir(), reason="the public data sets lie beside the project"),
]


def read(path: Path) -> tuple[str, dict]:
    """Reader and totals of a file, without storing it."""
    (name,) = recognise(path)
    mapping = mapping_of_reader(name)
    if mapping is None:
        return name, {}
    file = mapping.files[0]
    book = SurrogateBook(SurrogateKey(bytes(32)), "public", lambda _realm, ids, _keys: pa.array([False] * len(ids)))
    converter = Converter(file, book, now_us=time.time_ns() // 1000)
    opened = get_reader(name).open(path, Form())
    sums, received, rejected = Counter(), 0, Counter()
    for chunk in opened.read_chunks(file.columns(), _coded(file)):
        made = converter.convert(chunk)
        received += made.received
        rejected.update(made.rejects["code"].to_pylist())
        for transfers in (one.rows for one in made.made if one.table == "transfer"):
            for row in transfers.select(["currency", "amount_minor"]).to_pylist() if len(transfers) else ():
                sums[row["currency"]] += row["amount_minor"] or 0
    found = {"reader": name, "received": received, "sums": dict(sums)}
    found |= {"rejected": dict(rejected)} if rejected else {}
    return name, found | ({"incomplete": len(opened.incomplete)} if opened.incomplete else {})


@pytest.mark.parametrize("name", LIST["accepted"])
def test_an_accepted_file_reads_with_the_reviewed_totals(name):
    assert read(DATA / name)[1] == LIST["accepted"][name]


@pytest.mark.parametrize("name", LIST["refused"])
def test_a_refused_file_says_why(name, desk):
    ran = desk.run("-w", desk.workspace, "ingest", DATA / name)
    assert (ran.code, LIST["refused"][name] in ran.err) == (2, True), ran.err


def test_every_file_is_on_a_list_and_nearly_all_messages_are_accepted():
    there = {str(path.relative_to(DATA)) for folder in FOLDERS for path in (DATA / folder).rglob("*") if path.is_file()}
    there = {name for name in there if not name.endswith(NO_MESSAGES)}
    assert there == {*LIST["accepted"], *LIST["refused"]}
    full = [found for found in LIST["accepted"].values() if "rejected" not in found]
    assert len(full) >= 0.98 * len(LIST["accepted"])


def test_statements_agree_with_a_second_implementation():
    """The parse results of genkgo/camt, stored beside its samples: entries and their sum (it cuts what is finer than a cent)."""
    compared = 0
    for golden in sorted((DATA / "iso20022" / "genkgo_camt").glob("*.json")):
        entries = json.loads(golden.read_text(encoding="utf-8"))["getEntries"]
        name = str(golden.with_suffix(".xml").relative_to(DATA))
        if not entries or "multi.statement" in name:  # of several statements it keeps the entries of the last one only
            continue
        sums = Counter()
        for entry in entries:
            sums[entry["getAmount"]["getCurrency"]["getCode"]] += abs(int(entry["getAmount"]["getAmount"]))
        assert LIST["accepted"][name]["sums"] == dict(sums), name
        compared += 1
    assert compared > 20


def test_bank_statements_agree_with_a_second_implementation():
    """The parse results of the mt-940 library, stored beside its samples: how many transactions a file holds."""
    compared = 0
    for name, found in LIST["accepted"].items():
        golden = (DATA / name).with_suffix(".yml")
        if found["reader"] == "swift_mt" and golden.is_file():
            text = golden.read_text(encoding="utf-8")
            assert len(re.findall(r"mt940\.models\.Transaction$", text, re.MULTILINE)) == found["received"], name
            compared += 1
    assert compared > 10


@pytest.mark.slow
def test_the_larger_files_load_into_one_workspace_and_every_record_is_accounted_for(desk):
    larger = {name: found["received"] for name, found in LIST["accepted"].items() if found["received"] > 4}
    ran = desk.run("-w", desk.workspace, "ingest", *(DATA / name for name in larger), "--json")
    assert ran.code == 0, ran.err
    found = ran.document
    assert found["received"] == found["loaded"] + found["rejected"] + found["duplicates"] == sum(larger.values())
    assert desk.run("-w", desk.workspace, "archive", "verify").code == 0


def test_reading_never_breaks_on_a_public_file():
    for folder in FOLDERS:
        for path in sorted((DATA / folder).rglob("*")):
            if path.is_file() and path.stat().st_size:
                try:
                    read(path)
                except (BakauError, ValueError):  # nobody or several know it
                    continue
