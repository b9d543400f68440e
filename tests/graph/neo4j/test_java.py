from __future__ import annotations

from pathlib import Path

import pytest

from bakau.errors import NetworkError
from bakau_graph.neo4j import java


def make_java(folder: Path, version: str, *, release: bool = True) -> Path:
    """A program that says it is a Java, as Debian's and others' do."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-20' >&2\n")
    program.chmod(0o755)
    if release:
        (folder / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\n')
    return program


@pytest.fixture
def only(monkeypatch):
    """Let these places be all there are."""

    def set_places(*places):
        monkeypatch.setattr(java, "_places", lambda: iter(places))

    return set_places


@pytest.mark.parametrize(("version", "major"), [("25.0.2", 25), ("21", 21), ("17.0.15", 17), ("1.8.0_402", 8)])
@pytest.mark.parametrize("release", [True, False])
def test_the_version_of_a_java_is_read_from_its_release_or_asked(tmp_path, version, major, release):
    found = java.read_java(make_java(tmp_path, version, release=release))
    assert found is not None
    assert found.major == major


def test_the_first_place_with_a_suitable_java_wins_and_its_newest_is_taken(tmp_path, only):
    programs = {version: make_java(tmp_path / version, version) for version in ("17.0.1", "21.0.1", "25.0.1", "25.0.2")}
    only([programs["17.0.1"]], [programs["21.0.1"], programs["25.0.1"]], [programs["25.0.2"]])
    assert java.choose_java().program == programs["25.0.1"]


def test_a_java_that_is_too_old_is_refused_in_words(tmp_path, only):
    only([make_java(tmp_path, "17.0.15")])
    with pytest.raises(NetworkError, match="needs Java 21 or 25, and only Java 17 is here") as caught:
        java.choose_java()
    assert "neo4j-server" in caught.value.hint


def test_no_java_at_all_is_said(tmp_path, only):
    only([tmp_path / "absent"])
    with pytest.raises(NetworkError, match="there is no Java here"):
        java.choose_java()


def test_java_home_comes_first(tmp_path, monkeypatch):
    program = make_java(tmp_path, "21.0.9")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java.choose_java().program == program


def test_the_java_of_the_wheel_is_suitable():
    (program,) = java._from_wheel()
    found = java.read_java(program)
    assert found is not None
    assert found.major == 25
