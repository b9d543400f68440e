from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ingest.conftest import HEADER

from bakau.errors import FileError
from bakau_graph.archive.lock import writer_lock
from bakau_ingest.job_rounds import Watcher
from bakau_ingest.jobs import Schedule, load_jobs, parse_jobs

ROW = "2026-01-0{n}T10:00:00Z,A{n},B,10.00,PHP,rent,0"


def rows(*numbers: int) -> str:
    return "\n".join([HEADER, *(ROW.format(n=n) for n in numbers)]) + "\n"


@pytest.fixture
def supply(desk):
    """A jobs file with one job, its folder, and the mapping of the ingest tests."""
    desk.mapping()
    folder = desk.folder / "in"
    folder.mkdir()
    page = desk.folder / "jobs.yaml"
    page.write_text(
        'jobs:\n  - name: payments\n    folder: in\n    files: ["*.csv"]\n    mapping: mapping.yaml\n    schedule: {seconds: 1}\n',
        encoding="utf-8",
    )
    return desk, folder, page


# --- the file ---------------------------------------------------------------------------------------------------------------


GOOD = """jobs:
  - name: one
    folder: in
    mapping: amlsim
  - name: two
    folder: in
    files: ["*.csv"]
    mapping: amlsim
    schedule: {daily: "02:30", zone: Asia/Manila}
"""


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("name: two", "name: Two!"), 5, "jobs.1.name"),
        (("folder: in\n    files", "folders: in\n    files"), 5, "jobs.1.folder: Field required"),
        (("{daily", "{weekly"), 9, "schedule.weekly"),
        (('"02:30"', '"25:30"'), 9, "schedule.daily"),
        (("Asia/Manila", "Asia/Atlantis"), 9, "unknown time zone"),
        (("name: two", "name: one"), 1, "two jobs are called one"),
        (('["*.csv"]', '["../*.csv"]'), 5, "stays inside"),
        (('["*.csv"]', "*csv"), 7, "aliases"),
        (("mapping: amlsim\n  - name: two", "mapping: amlsim\n    reader: oracle\n  - name: two"), 2, "no reader"),
        (("jobs:\n  - name: one", "jobs:\n  - name: [one"), 3, "not YAML"),
        (("schedule: {daily", "schedule: {minutes: 3, daily"), 9, "give one of"),
        ((GOOD, "jobs: []\n"), 1, "at least 1"),
        ((GOOD, "nonsense\n"), 1, "begins with jobs:"),
        ((GOOD, ""), 1, "begins with jobs:"),
    ],
)
def test_what_is_wrong_in_a_jobs_file_is_said_with_its_line(change, line, words):
    assert len(parse_jobs("jobs.yaml", GOOD)) == 2
    with pytest.raises(FileError) as caught:
        parse_jobs("jobs.yaml", GOOD.replace(*change))
    assert caught.value.at.file == "jobs.yaml"
    assert words in caught.value.message
    assert caught.value.at.line == line


def test_the_command_names_file_and_line(desk):
    page = desk.write("jobs.yaml", GOOD.replace("{daily", "{weekly"))
    ran = desk.run("-w", desk.workspace, "jobs", "run", page)
    assert ran.code == 2
    assert "jobs.yaml, line 9" in ran.err


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        (Schedule(seconds=30), "2026-03-01T00:00:00Z", "2026-03-01T00:00:30Z"),
        (Schedule(hours=2), "2026-03-01T23:00:00Z", "2026-03-02T01:00:00Z"),
        (Schedule(daily="02:30", zone="Asia/Manila"), "2026-03-01T00:00:00Z", "2026-03-01T18:30:00Z"),
        (Schedule(daily="02:30", zone="Asia/Manila"), "2026-03-01T18:30:00Z", "2026-03-02T18:30:00Z"),
        (Schedule(daily="08:00", zone="Europe/Berlin"), "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
        (Schedule(daily="02:30", zone="Europe/Berlin"), "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
    ],
)
def test_a_schedule_says_when_it_is_due_next(schedule, moment, due):
    assert schedule.next_after(datetime.fromisoformat(moment)) == datetime.fromisoformat(due).astimezone(UTC)


@pytest.mark.parametrize("text", ["jobs: &-a [1]\nx: *-a\n", "jobs: {x: a'b, y: &a [1], z: c'd, w: *a}\n", "jobs: {a#b: &a [1], c: *a}\n"])
def test_no_anchor_hides_behind_a_quote_or_a_hash(text):
    with pytest.raises(FileError, match="aliases"):
        parse_jobs("jobs.yaml", text)


@pytest.mark.parametrize("text", ["jobs: 2025-13-45", "jobs: " + "9" * 5_000])
def test_a_text_that_yaml_chokes_on_is_one_sentence(text):
    with pytest.raises(FileError, match="not YAML"):
        parse_jobs("jobs.yaml", text)


def test_a_link_that_leads_out_of_the_folder_is_not_taken(supply):
    _, folder, page = supply
    outside = folder.parent / "another-source.csv"
    outside.write_text(rows(1))
    (folder / "own.csv").write_text(rows(2))
    (folder / "out.csv").symlink_to(outside)
    (folder / "inside.csv").symlink_to(folder / "own.csv")
    found = load_jobs(page)
    assert [path.name for path in found.find_files(found.jobs[0])] == ["inside.csv", "own.csv"]


# --- run --------------------------------------------------------------------------------------------------------------------


def test_run_loads_each_file_once_and_prints_what_became_of_the_records(supply):
    desk, folder, page = supply
    (folder / "a.csv").write_text(rows(1, 2))
    (folder / "b.csv").write_text(rows(2, 3).replace("10.00,PHP,rent,0\n", "ten,PHP,rent,0\n", 1))
    (folder / "c.csv.part").write_text(rows(4))
    (folder / ".hidden.csv").write_text(rows(4))
    first = desk.run("-w", desk.workspace, "jobs", "run", page)
    assert first.code == 0
    assert first.out.splitlines()[1].split() == ["payments", "2", "4", "3", "1", "0", "0"]
    assert "embedded network of snapshot" in first.out.splitlines()[-1]
    second = desk.run("-w", desk.workspace, "jobs", "run", page, "--json")
    (job,) = second.document["jobs"]
    assert (job["loaded"], job["duplicates"]) == (0, 4)
    assert len(desk.transfers()) == 3


def test_run_goes_on_after_a_bad_file_and_ends_with_the_worst_code(supply):
    desk, folder, page = supply
    (folder / "a.csv").write_bytes(b"PK\x03\x04 a spreadsheet")
    (folder / "b.csv").write_text(rows(1))
    ran = desk.run("-w", desk.workspace, "jobs", "run", page)
    assert ran.code == 2
    assert "job payments, a.csv:" in ran.err
    assert len(desk.transfers()) == 1


def test_a_job_without_files_says_so_and_a_job_that_does_not_exist_is_refused(supply):
    desk, _, page = supply
    assert "no file is there" in desk.run("-w", desk.workspace, "jobs", "run", page).out
    assert desk.run("-w", desk.workspace, "jobs", "run", page, "--job", "other").code == 2


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small world and the shipped jobs beside it."""
    from importlib.resources import files

    from bakau_ingest.world.make import Order, make_world

    folder = tmp_path_factory.mktemp("demo")
    make_world(folder / "world", Order(600, seed=3, days=120, text=True))
    (folder / "jobs.yaml").write_text((files("bakau_ingest.examples") / "jobs.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_the_shipped_jobs_load_a_world_as_ingest_does(world, bakau, tmp_path):
    for name in ("jobs", "ingest"):
        assert bakau("init", tmp_path / name).code == 0
    ran = bakau("-w", tmp_path / "jobs", "jobs", "run", world / "jobs.yaml", "--json")
    assert ran.code == 0, ran.err
    assert [job["name"] for job in ran.document["jobs"]] == [
        "accounts",
        "wallets",
        "remittances",
        "crypto-addresses",
        "cards-and-platforms",
        "statements",
    ]
    assert all(job["loaded"] for job in ran.document["jobs"])
    at_once = bakau("-w", tmp_path / "ingest", "ingest", world / "world", "--json").document
    for count in ("received", "loaded", "rejected", "duplicates"):
        assert sum(job[count] for job in ran.document["jobs"]) == at_once[count]


@pytest.mark.parametrize("name", ["accounts", "wallets", "remittances", "crypto-addresses", "cards-and-platforms", "statements"])
def test_each_of_the_shipped_jobs_stands_alone(world, bakau, tmp_path, name):
    assert bakau("init", tmp_path / "alone").code == 0
    ran = bakau("-w", tmp_path / "alone", "jobs", "run", world / "jobs.yaml", "--job", name, "--json")
    assert ran.code == 0, ran.err
    (job,) = ran.document["jobs"]
    assert job["loaded"] > 0.9 * job["received"]


def test_the_example_is_what_the_command_prints(bakau, world):
    assert bakau("jobs", "example").out == (world / "jobs.yaml").read_text(encoding="utf-8")


# --- watch ------------------------------------------------------------------------------------------------------------------


class Clock:
    """Time that passes when told to."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(1_770_000_000 + self.seconds, UTC)


@pytest.fixture
def watched(supply):
    desk, folder, page = supply
    clock = Clock()
    return desk, folder, clock, Watcher(desk.archive, load_jobs(page), settle_s=5, clock=clock, now=clock.now)


def look(clock: Clock, watcher: Watcher, seconds: float):
    clock.seconds += seconds
    return watcher.do_round()


def test_a_half_written_file_is_not_taken(watched):
    desk, folder, clock, watcher = watched
    path = folder / "a.csv"
    path.write_text(rows(1))
    assert look(clock, watcher, 1) is None
    for n in (2, 3, 4):  # it grows between every two looks, each longer than the settle time
        with path.open("a") as stream:
            stream.write(ROW.format(n=n) + "\n")
        assert look(clock, watcher, 9) is None
    assert look(clock, watcher, 2) is None  # stands still, but not long enough
    report = look(clock, watcher, 4)
    assert report.jobs[0].total("loaded") == 4
    assert len(desk.transfers()) == 4


def test_a_file_is_taken_once_and_again_when_it_changed(watched):
    _, folder, clock, watcher = watched
    path = folder / "a.csv"
    path.write_text(rows(1))
    look(clock, watcher, 1)
    assert look(clock, watcher, 6).jobs[0].total("loaded") == 1
    assert [look(clock, watcher, 6) for _ in range(3)] == [None, None, None]
    path.write_text(rows(1, 2))
    look(clock, watcher, 6)
    again = look(clock, watcher, 6).jobs[0]
    assert (again.total("loaded"), again.total("duplicates")) == (1, 1)


def test_a_bad_file_is_said_once_and_the_next_one_is_loaded(watched):
    _, folder, clock, watcher = watched
    (folder / "a.csv").write_bytes(b"%PDF-1.7")
    (folder / "b.csv").write_text(rows(1))
    look(clock, watcher, 1)
    report = look(clock, watcher, 6)
    assert [name for name, _ in report.jobs[0].failures] == ["a.csv"]
    assert report.jobs[0].total("loaded") == 1
    assert look(clock, watcher, 6) is None


def test_a_locked_workspace_is_tried_again(watched, monkeypatch):
    desk, folder, clock, watcher = watched
    monkeypatch.setenv("BAKAU_LOCK_WAIT_S", "0")
    (folder / "a.csv").write_text(rows(1))
    look(clock, watcher, 1)
    with writer_lock(desk.archive.workspace.archive / "writer.lock"):
        report = look(clock, watcher, 6)
        assert [error.exit_code for _, error in report.jobs[0].failures] == [1]
    look(clock, watcher, 6)
    assert look(clock, watcher, 6).jobs[0].total("loaded") == 1


def test_watch_in_its_own_process_loads_what_arrives_and_stops_at_term(supply, tmp_path):
    desk, folder, page = supply
    command = [sys.executable, "-m", "bakau", "-w", str(desk.workspace), "jobs", "watch", str(page), "--settle", "0.3"]
    environment = {**os.environ, "BAKAU_KEY_DIR": os.environ["BAKAU_KEY_DIR"]}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert "watching 1 jobs" in process.stderr.readline()
            (folder / "bad.csv").write_bytes(b"\x89PNG")
            (folder / "a.csv").write_text(rows(1, 2))
            wait_for(lambda: len(desk.transfers()) == 2)
            staged = folder / "b.csv.part"
            staged.write_text(rows(3))
            staged.rename(folder / "b.csv")
            wait_for(lambda: len(desk.transfers()) == 3)
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 0
    assert err.splitlines()[-1] == "stopped"
    assert err.count("job payments, bad.csv:") == 1
    assert "Traceback" not in err
    assert "embedded network of snapshot" in out


def wait_for(condition, seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_a_jobs_file_that_is_not_there_says_what_to_do(bakau, desk):
    ran = bakau("-w", desk.workspace, "jobs", "run", Path("nowhere.yaml"))
    assert ran.code == 2
    assert "bakau jobs example" in ran.err
