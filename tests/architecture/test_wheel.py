from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from architecture.checkout import ROOT, list_packages, list_tracked


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of everything in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_everything_that_lies_in_a_package_lies_in_the_wheel(inside):
    tracked = [
        (name, path.relative_to(folder))
        for name, folder in list_packages().items()
        for path in list_tracked()
        if path.is_relative_to(folder)
    ]
    assert tracked
    assert {(Path(name) / path).as_posix() for name, path in tracked} <= inside


def test_the_checklist_of_the_mission_lies_in_the_wheel(inside):
    assert "bakau_casework/coverage.yaml" in inside


def test_the_wheel_holds_our_packages_and_nothing_else(inside):
    tops = {name.split("/")[0] for name in inside}
    assert {name for name in tops if not name.endswith(".dist-info")} == set(list_packages())
