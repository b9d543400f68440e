"""A full disk: a clear error, earlier data untouched, and the truth once there is room."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess

import pytest

from .conftest import command, facts, problems, results, run


def can_mount() -> bool:
    tried = subprocess.run(["unshare", *_rights(), "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"], capture_output=True, check=False)
    return tried.returncode == 0


def _rights() -> list[str]:
    return ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]


@pytest.mark.slow
@pytest.mark.parametrize("size", ["500k", "900k", "1400k"])
def test_a_small_disk_that_fills_up_and_is_made_larger(truth, tmp_path, size):
    if not can_mount():
        pytest.skip("this machine lets nobody mount a small disk; the limit on file sizes below stands in for it")
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    workspace = disk / "w"
    ingest, analyse, verify = (
        shlex.join(command(workspace, *what)) for what in (("ingest", truth.world), ("analyse",), ("archive", "verify"))
    )
    script = f"""
    mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(disk))} || exit 90
    cp -r {shlex.quote(str(truth.empty))} {shlex.quote(str(workspace))} || exit 91
    {ingest}; echo "full: $?"
    mount -o remount,size=200m {shlex.quote(str(disk))} || exit 92
    {verify} || exit 93
    {ingest} || exit 94
    {analyse} || exit 95
    {verify} || exit 96
    cp -r {shlex.quote(str(workspace))} {shlex.quote(str(saved))}
    """
    done = subprocess.run(["unshare", *_rights(), "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "full: 0" not in done.stdout, "the disk was too large to fill up"
    assert "Traceback" not in done.stderr, done.stderr
    assert "full: 1" in done.stdout, done.stdout + done.stderr
    assert "No space left on device" in done.stderr or "free disk space" in done.stderr
    assert facts(saved) == truth.facts
    assert results(saved) == truth.results
    assert problems(saved) == ()


@pytest.mark.slow
def test_a_file_that_cannot_grow_further_is_a_clear_error(truth, tmp_path):
    workspace = truth.copy(tmp_path / "w")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(command(workspace, "ingest", truth.world), capture_output=True, text=True, preexec_fn=small_files, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "File too large" in done.stderr or "free disk space" in done.stderr
    assert "Traceback" not in done.stderr
    assert problems(workspace) == ()
    assert run(workspace, "ingest", truth.world).returncode == 0
    assert facts(workspace) == truth.facts


@pytest.mark.slow
def test_a_disk_too_full_for_a_backup_or_a_restore_is_a_clear_error_and_leaves_nothing(truth, tmp_path):
    workspace, elsewhere = truth.copy(tmp_path / "w"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(workspace, "ingest", truth.world)
    assert run(workspace, "backup", tmp_path / "whole.tar.zst").returncode == 0

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    for words in (("backup", elsewhere / "b.tar.zst"), ("restore", tmp_path / "whole.tar.zst", elsewhere / "again")):
        done = subprocess.run(command(workspace, *words), capture_output=True, text=True, preexec_fn=small_files, check=False)
        assert done.returncode == 1, (done.returncode, done.stderr)
        assert "File too large" in done.stderr or "free disk space" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(elsewhere.iterdir()) == []
    assert run(workspace, "restore", tmp_path / "whole.tar.zst", elsewhere / "again").returncode == 0
    assert facts(elsewhere / "again") == truth.facts
