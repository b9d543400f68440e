"""Statement numbers over several files: what is missing is said with the batch that shows it, and only as long as it is missing."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest.readers import iso_messages as iso
from ingest.readers import mt_messages as mt

from bakau_graph.archive import Archive


def statement(number, day, *, lines=True):
    """One MT940 of the account the other examples have, on a day of March 2025."""
    moved = [mt.line(f"2503{day:02}", "D", f"{day},")] if lines else []
    text = mt.mt940(*moved, opening="100,", closing=f"{100 - day * bool(moved)},", number=f"{number}/1")
    return text.replace(b"250301", f"2503{day:02}".encode())


@pytest.fixture
def load(desk):
    def run(content, name, *options):
        ran = desk.run("-w", desk.workspace, "ingest", desk.write(name, content), "--json", *options)
        assert ran.code == 0, ran.err
        return ran.document["batches"][0]

    return run


def gaps(desk):
    """File name → what is said of it, for the batches that are in use."""
    return {batch.file_name: batch.incomplete for batch in desk.archive.batches() if batch.incomplete and not batch.withdrawn}


@pytest.mark.parametrize("order", list(permutations((1, 2, 4))))
def test_whatever_the_order_of_loads_the_same_number_is_missing(order, desk, load):
    for number in order:
        load(statement(number, number), f"{number}.sta")
    assert gaps(desk) == {"4.sta": ("statement 1 has the number 4; number 3 of the same account is missing",)}


def test_the_missing_number_closes_the_gap_and_its_withdrawal_opens_it(desk, load):
    load(statement(1, 1), "1.sta")
    assert load(statement(3, 3), "3.sta")["incomplete"] == ["statement 1 has the number 3; number 2 of the same account is missing"]
    late = load(statement(2, 2, lines=False), "2.sta")
    assert (late["received"], "incomplete" in late) == (0, False), "a statement without movements closes it, too"
    assert gaps(desk) == {}
    assert desk.run("-w", desk.workspace, "batch", "withdraw", late["batch_id"], "--reason", "test").code == 0
    assert set(gaps(desk)) == {"3.sta"}
    assert desk.run("-w", desk.workspace, "archive", "verify").code == 0


def test_another_source_another_account_and_a_new_year_are_counted_by_themselves(desk, load):
    words = ("--name", "B", "--authority", "a", "--legal-basis", "b", "--purpose", "*", "--keep-until", "2099-01-01", "--training")
    assert desk.run("-w", desk.workspace, "source", "add", "other", *words).code == 0
    load(statement(1, 1), "1.sta")
    load(statement(9, 2), "9.sta", "--source", "other")
    load(iso.camt053(iso.statement(iso.entry("1.00"), number=7)), "7.xml")
    new_year = statement(1, 1).replace(b"250301", b"260301")
    load(new_year, "2026.sta")
    assert gaps(desk) == {}


def test_a_gap_within_one_file_is_said_and_closed_like_any_other(desk, load):
    both = iso.camt053(iso.statement(iso.entry("1.00"), number=4), iso.statement(iso.entry("2.00"), number=6))
    assert "number 5 " in load(both, "both.xml")["incomplete"][0]
    load(iso.camt053(iso.statement(iso.entry("3.00"), number=5)), "five.xml")
    assert gaps(desk) == {}


def test_no_number_of_an_account_stands_in_the_ledger(desk, load):
    load(statement(1, 1), "1.sta")
    content = b"".join(path.read_bytes() for path in (desk.workspace / "archive").glob("ledger.sqlite*"))
    assert mt.OWN.encode() not in content


def test_a_run_says_what_is_missing_after_its_last_file(desk):
    paths = [desk.write(f"{name}.sta", statement(number, number)) for name, number in (("a", 1), ("b", 3), ("c", 2))]
    ran = desk.run("-w", desk.workspace, "ingest", *paths, "--json")
    assert not any("incomplete" in batch for batch in ran.document["batches"]), ran.out


def test_numbers_and_extensions_come_back_from_a_backup(desk, load):
    load(statement(1, 1), "1.sta")
    load(statement(3, 3), "3.sta")
    words = ("--name", "B", "--authority", "a", "--legal-basis", "b", "--purpose", "*", "--keep-until", "2090-01-01", "--training")
    assert desk.run("-w", desk.workspace, "source", "add", "other", *words).code == 0
    assert desk.run("-w", desk.workspace, "source", "extend", "other", "--keep-until", "2099-01-01", "--reason", "x").code == 0
    packed, target = desk.folder / "b.tar.zst", desk.folder / "restored"
    assert desk.run("-w", desk.workspace, "backup", packed).code == 0
    ran = desk.run("restore", packed, target)
    assert ran.code == 0, ran.err
    before = gaps(desk)
    restored = Archive.open(target)
    assert [batch.incomplete for batch in restored.batches()] == [(), before["3.sta"]]
    assert str(restored.get_source("other").keep_until) == "2099-01-01"
