"""requirements/install on a pretended machine: fake pythons, fake package managers, a log of what was called."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from architecture.checkout import ROOT

TOOLS = ("bash", "cat", "cp", "cut", "dirname", "env", "grep", "id", "mkdir", "sed", "sha256sum")
PYTHON = """#!/bin/bash
echo "python $*" >>"$LOG"
case "$*" in
    *"-m venv"*) mkdir -p "${@: -1}/bin"; cp "$0" "${@: -1}/bin/python" ;;
    *ensurepip*) [[ ! -f "$LOG.no-ensurepip" ]] ;;
    *version_info*print*|*print*version_info*) echo python3.11-venv ;;
esac
"""


class Machine:
    """A folder with the script, its inputs and a PATH of fakes."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin, self.log = root, root / "bin", root / "log"
        (root / "requirements").mkdir()
        self.bin.mkdir()
        shutil.copy(ROOT / "requirements" / "install", root / "requirements" / "install")
        for name in ("pyproject.toml", "requirements/base.lock", "requirements/dev.lock", "requirements/spark.lock"):
            (root / name).write_text(f"# {name}\n")
        self.debian("")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.fake("dpkg-query", "exit 1")
        self.fake("apt-get", "")

    def fake(self, name: str, body: str) -> None:
        """A program that logs its call and then does `body`."""
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f'#!/bin/bash\necho "{name} $*" >>"$LOG"\n{body}\n')
        (self.bin / name).chmod(0o755)

    def python(self, name: str) -> None:
        """A Python that is new enough."""
        (self.bin / name).write_text(PYTHON)
        (self.bin / name).chmod(0o755)

    def debian(self, text: str) -> None:
        """What requirements/debian.txt says."""
        (self.root / "requirements" / "debian.txt").write_text(text)

    def run(self, which: str) -> subprocess.CompletedProcess[str]:
        """Call the script; the fakes' log begins empty."""
        self.log.write_text("")
        return subprocess.run(
            [self.root / "requirements" / "install", which],
            env={"PATH": str(self.bin), "LOG": str(self.log)},
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self, program: str) -> list[str]:
        """Calls of a program, as logged."""
        return [line for line in self.log.read_text().splitlines() if line.startswith(program)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_python_it_says_what_to_install(machine):
    ran = machine.run("base")
    assert ran.returncode == 1
    assert "no Python 3.11 or newer" in ran.stderr


def test_a_python_that_is_too_old_is_passed_over(machine):
    machine.fake("python3.11", "exit 1")
    machine.python("python3")
    assert machine.run("base").returncode == 0
    assert any("-m venv" in line for line in machine.called("python "))


def test_everything_is_installed_with_hashes_and_ourselves_without_dependencies(machine):
    machine.python("python3.11")
    assert machine.run("base").returncode == 0
    first, second = (line for line in machine.called("python ") if " pip " in line)
    assert "--require-hashes" in first
    assert "requirements/base.lock" in first
    assert "--no-deps --no-build-isolation --editable ." in second


def test_spark_has_an_environment_of_its_own_with_everything_hashed(machine):
    machine.python("python3.11")
    machine.fake("java", "")
    assert machine.run("spark").returncode == 0
    calls = [line for line in machine.called("python ") if " pip " in line]
    assert len(calls) == 2
    assert all("--require-hashes" in line and "--editable" not in line for line in calls)
    assert (machine.root / ".venv-spark" / "bin" / "python").exists()
    assert not (machine.root / ".venv").exists()


def test_a_second_call_installs_nothing_and_a_changed_lock_does(machine):
    machine.python("python3.11")
    machine.run("base")
    machine.run("base")
    assert not [line for line in machine.called("python ") if " pip " in line]
    (machine.root / "requirements" / "base.lock").write_text("# other\n")
    machine.run("base")
    assert [line for line in machine.called("python ") if " pip " in line]


def test_what_the_tests_installed_is_enough_for_the_demo(machine):
    machine.python("python3.11")
    machine.run("dev")
    machine.run("base")
    assert not [line for line in machine.called("python ") if " pip " in line]


def test_a_failed_installation_is_tried_again(machine):
    machine.python("python3.11")
    machine.run("base")
    (machine.root / "requirements" / "base.lock").write_text("# other\n")
    python = machine.root / ".venv" / "bin" / "python"
    python.write_text('#!/bin/bash\n[[ "$*" != "-m pip"* ]]\n')
    assert machine.run("base").returncode != 0
    python.write_text(PYTHON)
    machine.run("base")
    assert [line for line in machine.called("python ") if " pip " in line]


def test_debian_is_left_alone_when_nothing_is_needed(machine):
    machine.python("python3.11")
    machine.fake("sudo", 'exec "$@"')
    machine.debian("# none\n")
    ran = machine.run("dev")
    assert ran.returncode == 0
    assert not machine.called("apt-get") + machine.called("sudo")
    assert "Debian" not in ran.stderr


def test_missing_debian_packages_are_installed_with_sudo_after_saying_so(machine):
    machine.python("python3.11")
    machine.fake("id", "echo 1000")
    machine.fake("sudo", 'exec "$@"')
    machine.debian("alpha # the reason\nbeta\n")
    ran = machine.run("dev")
    assert ran.returncode == 0
    assert "alpha beta" in ran.stderr
    assert "sudo" in ran.stderr
    assert any("install" in line and line.endswith("alpha beta") for line in machine.called("apt-get"))
    assert machine.called("sudo")


def test_the_superuser_needs_no_sudo(machine):
    machine.python("python3.11")
    machine.fake("id", "echo 0")
    machine.fake("sudo", "exit 1")
    machine.debian("alpha\n")
    assert machine.run("dev").returncode == 0
    assert machine.called("apt-get")
    assert not machine.called("sudo")


def test_without_sudo_it_says_what_the_superuser_has_to_do(machine):
    machine.python("python3.11")
    machine.fake("id", "echo 1000")
    machine.debian("alpha\n")
    ran = machine.run("dev")
    assert ran.returncode == 1
    assert "apt-get install alpha" in ran.stderr


def test_packages_that_are_there_are_not_asked_for(machine):
    machine.python("python3.11")
    machine.fake("dpkg-query", "printf installed")
    machine.debian("alpha\n")
    assert machine.run("dev").returncode == 0
    assert not machine.called("apt-get")


def test_a_python_that_cannot_make_environments_gets_its_package(machine):
    machine.python("python3.11")
    (machine.root / "log.no-ensurepip").touch()
    machine.fake("id", "echo 0")
    ran = machine.run("base")
    assert "python3.11-venv" in ran.stderr
    assert any(line.endswith("python3.11-venv") for line in machine.called("apt-get"))
