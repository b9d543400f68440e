"""Simulators' files beside the project: every record of them, counted another way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bakau_ingest.mapping import load_mapping
from bakau_ingest.preview.inspection import check_records

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
STREAMS = DATA / "ldbc_finbench_driver_example" / "incremental"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not STREAMS.is_dir(), reason="the public data sets lie beside the project"),
]


def check(mapping, path):
    found = load_mapping(mapping)
    return check_records(path, found.get_file(path))


def test_every_payment_of_an_amlworld_attempt_is_read_and_every_mark_is_counted():
    path = DATA / "amlworld_patterns" / "HI-Small_Patterns.before-2022-09-06.txt"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    marks = sum(line.startswith(("BEGIN", "END")) for line in lines)
    checked = check("amlworld", path)
    assert (checked.received, checked.rejected, dict(checked.reasons)) == (len(lines), marks, {"ragged_row": marks})


@pytest.mark.parametrize("folder", ["10K_accts", "10K_accts/without_alert"])
def test_every_account_and_link_of_amlgentex_is_read(folder):
    for name in ("accounts.csv", "transactions.csv"):
        path = DATA / "amlgentex" / folder / name
        checked = check("amlgentex", path)
        assert (checked.received, checked.rejected) == (len(path.read_text(encoding="utf-8").split()) - 1, 0)


@pytest.mark.parametrize("path", sorted(STREAMS.glob("*.csv")), ids=lambda path: path.stem)
def test_every_record_of_an_update_stream_is_read(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    checked = check("finbench_incremental", path)
    assert (checked.received, checked.reasons) == (len(lines) - 1, Counter())
