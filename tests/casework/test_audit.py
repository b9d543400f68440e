from __future__ import annotations

import json
import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from bakau.errors import AuditError, FileError
from bakau_casework.audit import AuditLog, Entry, Head, canonical, hash_query, read_head
from bakau_casework.database import Database
from bakau_casework.merkle import hash_leaf
from bakau_casework.people import Person

ANALYST = Person("analyst", "analyst")


def entry(action: str = "findings.list", **values) -> Entry:
    return Entry(person=ANALYST, purpose="exploration", action=action, **values)


def fill(log: AuditLog) -> None:
    for _ in range(100):
        log.append(entry(objects=["acc_" + "a" * 26] * 1_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "casework.sqlite"


@pytest.fixture
def filled(path: Path) -> Path:
    database = Database(path)
    log = AuditLog(database)
    for number in range(7):
        log.append(entry(counts={"rows": number}))
    database.close()
    return path


def head_of(path: Path) -> Head:
    database = Database(path)
    try:
        return AuditLog(database).head()
    finally:
        database.close()


def faults_of(path: Path, head: Head | None = None) -> list[str]:
    database = Database(path)
    try:
        return AuditLog(database).verify(head=head)
    finally:
        database.close()


def tamper(path: Path, *statements: str) -> None:
    """What somebody with write access to the file can do."""
    connection = sqlite3.connect(path)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.close()


def rewrite(path: Path, keep: int) -> None:
    """Drop the tail and write a consistent other one."""
    tamper(path, f"DELETE FROM audit WHERE sequence > {keep}")
    database = Database(path)
    log = AuditLog(database)
    for _ in range(10 - keep):
        log.append(entry(action="batch.list"))
    database.close()


def test_entries_are_numbered_and_chained(filled: Path) -> None:
    database = Database(filled)
    bodies = AuditLog(database).read()
    database.close()
    assert [body["sequence"] for body in bodies] == list(range(1, 8))
    assert bodies[0]["previous"] == ""
    assert bodies[1]["previous"] == hash_leaf(canonical(bodies[0]).encode()).hex()


def test_a_sound_log_has_no_faults_with_and_without_a_head(filled: Path) -> None:
    assert faults_of(filled) == []
    assert faults_of(filled, head_of(filled)) == []


def test_a_head_stays_good_while_the_log_grows(filled: Path) -> None:
    head = head_of(filled)
    database = Database(filled)
    AuditLog(database).append(entry())
    database.close()
    assert faults_of(filled, head) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET body = '{}'", "DELETE FROM audit", "DELETE FROM audit WHERE sequence = 7"])
def test_the_table_refuses_update_and_delete(filled: Path, statement: str) -> None:
    connection = sqlite3.connect(filled)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


TAMPERINGS = {
    "an edited body": ("UPDATE audit SET body = replace(body, 'findings.list', 'batch.list') WHERE sequence = 3",),
    "a deleted row": ("DELETE FROM audit WHERE sequence = 4",),
    "a deleted first row": ("DELETE FROM audit WHERE sequence = 1",),
    "swapped bodies": (
        "UPDATE audit SET body = (SELECT body FROM audit WHERE sequence = 5) WHERE sequence = 2",
    ),
    "swapped rows": (
        "UPDATE audit SET sequence = 100 WHERE sequence = 2",
        "UPDATE audit SET sequence = 2 WHERE sequence = 5",
        "UPDATE audit SET sequence = 5 WHERE sequence = 100",
    ),
    "a closed gap": ("DELETE FROM audit WHERE sequence = 4", "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 4"),
}  # fmt: skip


@pytest.mark.parametrize("statements", TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_inside_the_log_is_noticed_without_a_head(filled: Path, statements: tuple[str, ...]) -> None:
    tamper(filled, *statements)
    assert faults_of(filled)


def test_an_edit_with_its_leaf_recomputed_breaks_the_chain(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    body = connection.execute("SELECT body FROM audit WHERE sequence = 3").fetchone()[0].replace("analyst", "nobody")
    connection.close()
    tamper(filled, f"UPDATE audit SET body = '{body}', leaf = x'{hash_leaf(body.encode()).hex()}' WHERE sequence = 3")
    assert faults_of(filled) == ["entry 4 does not continue the one before"]


def test_truncation_shows_only_against_a_head(filled: Path) -> None:
    head = head_of(filled)
    tamper(filled, "DELETE FROM audit WHERE sequence > 5")
    assert faults_of(filled) == []
    assert faults_of(filled, head) == ["the log was cut: it has 5 entries, the head saw 7"]


@pytest.mark.parametrize("keep", range(7))
def test_rewriting_shows_only_against_a_head(filled: Path, keep: int) -> None:
    head = head_of(filled)
    rewrite(filled, keep)
    assert faults_of(filled) == []
    assert faults_of(filled, head) == ["the log was rewritten: its first 7 entries are not those the head saw"]


def test_missing_triggers_are_a_fault(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("DROP TRIGGER audit_is_not_changed")
    connection.close()
    assert faults_of(filled) == ["the triggers that forbid changes are gone"]


def test_a_read_only_database_refuses_the_entry(filled: Path) -> None:
    database = Database(filled, read_only=True)
    with pytest.raises(AuditError, match="nothing is shown"):
        AuditLog(database).append(entry())
    database.close()


def test_a_full_disk_refuses_the_entry_and_keeps_the_log_sound(filled: Path) -> None:
    database = Database(filled)
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(AuditError, match="full"):
        fill(AuditLog(database))
    database.close()
    assert faults_of(filled) == []


def test_long_object_lists_are_cut_but_counted(path: Path) -> None:
    database = Database(path)
    log = AuditLog(database)
    log.append(entry(objects=[f"acc_{number}" for number in range(1_500)]))
    (body,) = log.read()
    database.close()
    assert (len(body["objects"]), body["counts"]["objects"]) == (1_000, 1_500)


def _append_many(path: Path, count: int) -> None:
    database = Database(path)
    for _ in range(count):
        AuditLog(database).append(entry())
    database.close()


def test_several_processes_append_without_losing_an_entry(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(path, 25)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert head_of(path).size == 75
    assert faults_of(path) == []


def test_a_query_hash_is_keyed() -> None:
    assert hash_query(b"k" * 32, "text") == hash_query(b"k" * 32, "text")
    assert hash_query(b"k" * 32, "text") != hash_query(b"j" * 32, "text")


def test_a_head_survives_its_file(filled: Path, tmp_path: Path) -> None:
    head = head_of(filled)
    file = tmp_path / "head.json"
    file.write_text(head.to_json())
    assert read_head(file) == head
    assert set(json.loads(head.to_json())) == {"format", "size", "root", "time_us"}


@pytest.mark.parametrize("text", ["", "[]", '{"size": "x"}', '{"size": 1}'])
def test_a_file_that_is_no_head_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(text)
    with pytest.raises(FileError):
        read_head(file)
