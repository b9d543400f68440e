"""A backup holds one state, restores to the same, and a hostile one gets nothing."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import threading
from functools import partial

import pyarrow as pa
import pytest
from graph.archive.test_law import findings, view

from bakau.errors import ArchiveError, FileError, FormatError, InputError, VaultError
from bakau.progress import SilentProgress
from bakau.times import HOUR_US
from bakau_graph.archive import Archive
from bakau_graph.archive.backup import backup
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.restore import restore
from bakau_graph.archive.verify import verify_archive

QUIET = SilentProgress()


@pytest.fixture
def bench(make_bench):
    """A workspace with something to find, a withdrawn batch and a compaction."""
    bench = make_bench()
    ring = [(f"S{i}", "R", (i * 2 + part) * HOUR_US, 5_000, None) for i in range(12) for part in range(4)]
    bench.transfers([*ring, ("R", "X", 40 * HOUR_US, 230_000, None)])
    bench.archive.withdraw(bench.transfers([("A", "B", 1, 5)]).batch_id, reason="test")
    compact(bench.archive, QUIET)
    bench.transfers([("A", "R", 2, 6)])
    return bench


@pytest.fixture
def packed(bench, tmp_path):
    return backup(bench.archive, tmp_path / "b.tar.zst", QUIET).path


def everything(bench_or_archive):
    snapshot = bench_or_archive.archive.snapshot()
    return (
        view(bench_or_archive),
        snapshot.label,
        [snapshot.derived(name).to_pylist() for name in ("finding", "finding_reason", "evidence")],
    )


class Opened:
    def __init__(self, path):
        self.archive = Archive.open(path)


def test_a_restored_workspace_is_the_one_that_was_backed_up(bench, tmp_path):
    assert findings(bench)["finding"]
    done = restore(backup(bench.archive, tmp_path / "b.tar.zst", QUIET).path, tmp_path / "again", QUIET)
    again = Opened(tmp_path / "again")
    assert everything(again) == everything(bench)
    assert done.has_vault_key
    result = verify_archive(again.archive.workspace, QUIET)
    assert (result.problems, result.vault_opened) == ((), True)
    again.archive.withdraw(again.archive.snapshot().batches()[0].batch_id, reason="it is worked in on")
    assert stat.S_IMODE((tmp_path / "again" / "keys" / "surrogate.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".bakau")] == []


def test_any_tar_lists_it_and_the_vault_key_is_not_in_it(bench, packed):
    with packed.open("rb") as raw, pa.CompressedInputStream(raw, "zstd") as plain:
        content = plain.read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        names = tar.getnames()
    assert names[:3] == ["manifest.json", "bakau.toml", "keys/surrogate.key"]
    key = bench.archive.workspace.load_vault_key()
    assert key not in content
    assert key.hex().encode() not in content
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600


def test_the_vault_key_goes_to_a_file_of_its_own_when_asked_for_and_comes_back_with_it(bench, tmp_path, monkeypatch):
    done = backup(bench.archive, tmp_path, QUIET, with_key=True)
    assert done.path.name.startswith(f"bakau-{bench.archive.workspace.workspace_id}-")
    assert stat.S_IMODE(done.key_path.stat().st_mode) == 0o600
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "another machine"))
    assert not restore(done.path, tmp_path / "closed", QUIET).has_vault_key
    assert restore(done.path, tmp_path / "open", QUIET, key_file=done.key_path).has_vault_key
    assert verify_archive(Archive.open(tmp_path / "open").workspace, QUIET).vault_opened
    wrong = tmp_path / "wrong.key"
    wrong.write_text("ab" * 32, encoding="ascii")
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "a third"))
    with pytest.raises(VaultError, match="does not open"):
        restore(done.path, tmp_path / "w", QUIET, key_file=wrong)
    assert not (tmp_path / "w").exists()


def test_a_backup_made_while_somebody_writes_is_of_one_version_and_sound(bench, tmp_path):
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            bench.transfers([("A", "B", number, 5)], file=f"w{number}")
            compact(bench.archive, QUIET)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            done = backup(bench.archive, tmp_path / f"{number}.tar.zst", QUIET)
            restore(done.path, tmp_path / f"r{number}", QUIET)
            archive = Archive.open(tmp_path / f"r{number}")
            assert archive.version() == done.manifest.version
            assert archive.snapshot().digest == bench.archive.snapshot(done.manifest.version).digest
    finally:
        stop.set()
        writer.join()


def test_nothing_is_overwritten_and_no_backup_lies_in_its_workspace(bench, packed, tmp_path):
    before = packed.read_bytes()
    with pytest.raises(InputError, match="already"):
        backup(bench.archive, packed, QUIET)
    assert packed.read_bytes() == before
    with pytest.raises(InputError, match="inside its workspace"):
        backup(bench.archive, bench.archive.workspace.path / "x.tar.zst", QUIET)
    with pytest.raises(InputError, match="not empty"):
        restore(packed, bench.archive.workspace.path, QUIET)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="not empty"):
        restore(packed, tmp_path / "link", QUIET)
    (tmp_path / "empty").mkdir()
    restore(packed, tmp_path / "empty", QUIET)


def test_a_segment_that_was_changed_is_not_backed_up_as_if_it_were_sound(bench, tmp_path):
    path = next(iter((bench.archive.workspace.archive / "segments").glob("*/*")))
    with bench.archive._connection() as connection:
        name = connection.execute("SELECT name FROM segment WHERE removed_in IS NULL AND kind = 'open' LIMIT 1").fetchone()[0]
    path = bench.archive.workspace.archive / "segments" / name[:2] / name
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="no backup was made"):
        backup(bench.archive, tmp_path / "b.tar.zst", QUIET)
    path.unlink()
    with pytest.raises(ArchiveError, match="not there"):
        backup(bench.archive, tmp_path / "b.tar.zst", QUIET)
    assert list(tmp_path.iterdir()) == []


# --- hostile backups ------------------------------------------------------------------------------------------------------


def unpack(packed):
    """(name, content) of every entry."""
    with packed.open("rb") as raw, pa.CompressedInputStream(raw, "zstd") as plain, tarfile.open(fileobj=io.BytesIO(plain.read())) as tar:
        return [(entry.name, tar.extractfile(entry).read()) for entry in tar.getmembers()]


def pack(path, entries, end=b"\0" * 1024, format_=tarfile.GNU_FORMAT):
    """Write entries, given as (name or TarInfo, content), as a backup."""
    plain = io.BytesIO()
    for name, content in entries:
        entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
        entry.size = len(content)
        plain.write(entry.tobuf(format_) + content + b"\0" * (-len(content) % 512))
    plain.write(end)
    with path.open("wb") as raw, pa.CompressedOutputStream(raw, "zstd") as out:
        out.write(plain.getvalue())
    return path


def with_manifest(entries, change):
    """The entries with another manifest."""
    document = json.loads(entries[0][1])
    change(document)
    return [("manifest.json", json.dumps(document).encode()), *entries[1:]]


def rename(path):
    return lambda document: document["files"][-1].__setitem__(0, path)


def link(kind):
    def make(entries):
        entry = tarfile.TarInfo(entries[-1][0])
        entry.type, entry.linkname = kind, "/etc/passwd"
        return [*entries[:-1], (entry, b"")]

    return make


def change_byte(entries):
    name, content = entries[-1]
    return [*entries[:-1], (name, content[:-1] + bytes([content[-1] ^ 1]))]


def move_last(path):
    """Both the manifest and the entry name another path."""

    def make(entries):
        return [*with_manifest(entries, rename(path))[:-1], (path, entries[-1][1])]

    return make


def say_more(document):
    document["files"][-1][1] = 10**15


HOSTILE = {
    "a changed byte": change_byte,
    "a path out of the folder": move_last("../../stray"),
    "an absolute path": move_last("/etc/stray"),
    "a file no workspace has": move_last("archive/writer.lock"),
    "a folder above in the middle": move_last("vault/../../x/" + "a" * 64 + ".bkv"),
    "a symbolic link": link(tarfile.SYMTYPE),
    "a hard link": link(tarfile.LNKTYPE),
    "a device": link(tarfile.CHRTYPE),
    "an extended header": lambda entries: [entries[0], (_typed("x", tarfile.XHDTYPE), b"10 size=99\n"), *entries[1:]],
    "a file more": lambda entries: [*entries, ("vault/aa/" + "a" * 64 + ".bkv", b"x")],
    "a file less": lambda entries: entries[:-1],
    "no manifest": lambda entries: entries[1:],
    "a manifest that is none": lambda entries: [("manifest.json", b"[" * 100_000), *entries[1:]],
    "another workspace's name": lambda entries: with_manifest(entries, lambda document: document.update(workspace_id="0" * 16)),
    "a workspace id that is a path": lambda entries: with_manifest(entries, lambda document: document.update(workspace_id="../../etc/x")),
    "a file twice": lambda entries: with_manifest(entries, lambda document: document["files"].append(document["files"][-1])),
    "more bytes than there are": lambda entries: with_manifest(entries, say_more),
    "a number that is none": lambda entries: with_manifest(entries, lambda document: document.update(format=True)),
}


def _typed(name, kind):
    entry = tarfile.TarInfo(name)
    entry.type = kind
    return entry


def lies(folder):
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_backup_gets_nothing(packed, tmp_path, name):
    hostile = pack(tmp_path / "hostile.tar.zst", HOSTILE[name](unpack(packed)))
    before = lies(tmp_path)
    with pytest.raises(FileError):
        restore(hostile, tmp_path / "again", QUIET)
    assert lies(tmp_path) == before


@pytest.mark.parametrize("number", [{"format": 99}, {"backup_format": 99}])
def test_a_backup_of_a_newer_bakau_is_refused_in_a_sentence(packed, tmp_path, number):
    newer = pack(tmp_path / "newer.tar.zst", with_manifest(unpack(packed), lambda document: document.update(number)))
    with pytest.raises(FormatError, match="newer than this Bakau reads"):
        restore(newer, tmp_path / "again", QUIET)
    assert not (tmp_path / "again").exists()


def sign(place, signed, document):
    document["files"][place][1:] = signed


def test_a_ledger_with_code_or_paths_of_its_own_is_refused(bench, packed, tmp_path):
    import hashlib
    import sqlite3

    for statement in (
        "CREATE TRIGGER evil AFTER INSERT ON version BEGIN DELETE FROM protection; END",
        "UPDATE segment SET name = '../../../../etc/passwd' WHERE rowid = 1",
        "UPDATE segment SET row_count = row_count + 1",
    ):
        entries = unpack(packed)
        place = next(i for i, (name, _) in enumerate(entries) if name == "archive/ledger.sqlite")
        file = tmp_path / "ledger.sqlite"
        file.write_bytes(entries[place][1])
        connection = sqlite3.connect(file)
        connection.execute(statement)
        connection.commit()
        connection.close()
        entries[place] = ("archive/ledger.sqlite", file.read_bytes())
        file.unlink()

        signed = [len(entries[place][1]), hashlib.sha256(entries[place][1]).hexdigest()]
        change = partial(sign, place - 1, signed)
        hostile = pack(tmp_path / "hostile.tar.zst", with_manifest(entries, change))
        with pytest.raises(FileError):
            restore(hostile, tmp_path / "again", QUIET)
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_backup_that_is_cut_off_or_no_backup_is_refused(packed, tmp_path, share):
    content = packed.read_bytes()
    cut = tmp_path / "cut.tar.zst"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FileError):
        restore(cut, tmp_path / "again", QUIET)
    cut.write_bytes(os.urandom(10_000))
    with pytest.raises(FileError):
        restore(cut, tmp_path / "again", QUIET)
    with pytest.raises(FileError):
        restore(tmp_path, tmp_path / "again", QUIET)
    assert not (tmp_path / "again").exists()
