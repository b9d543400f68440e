"""Statements of several banks, loaded by the command: both sides of a payment meet, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau_graph.archive import Archive
from bakau_ingest.world.names import make_iban
from bakau_ingest.world.statements import read_linked, write_statements


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A workspace with the statements of four banks over 1,500 payments among 60 accounts, and what was written."""
    folder = tmp_path_factory.mktemp("linking")
    rng = np.random.default_rng(5)
    numbers = [make_iban(f"BKAU{number:014d}") for number in range(60)]
    payers = rng.integers(60, size=1500)
    payees = (payers + rng.integers(1, 60, size=1500)) % 60
    amounts = [f"{amount}.00" for amount in rng.choice([5, 20, 100, 850], size=1500)]
    days = np.datetime64("2025-01-01") + rng.integers(90, size=1500)
    twins = write_statements(
        folder / "statements", [numbers[n] for n in payers], [numbers[n] for n in payees], amounts, days, currency="EUR"
    )
    runner = CliRunner()
    for arguments in (["init", str(folder / "case")], *(["-w", str(folder / "case"), "ingest", str(path)] for path in twins.files)):
        done = runner.invoke(root, arguments)
        assert done.exit_code == 0, done.output
        assert "incomplete" not in done.output
    return Archive.open(folder / "case"), twins


def test_both_sides_of_payments_are_found_and_hardly_anything_else(loaded):
    archive, twins = loaded
    pairs = read_linked(archive.snapshot())
    right = {int(one[1:]) for one, other in pairs if one[1:] == other[1:]}
    assert len(right) >= 0.999 * len(pairs)
    assert len(right & twins.with_reference) >= 0.95 * len(twins.with_reference) > 800


def test_a_linked_payment_is_counted_once_and_its_rows_stay(loaded):
    archive, _ = loaded
    snapshot = archive.snapshot()
    linked = len(snapshot.same_payments) - len(set(snapshot.same_payments["payment_id"].to_pylist()))
    rows = sum(batch.report.loaded for batch in snapshot.batches())
    assert len(snapshot.table("transfer")) == len(snapshot.edges()) == rows - linked
