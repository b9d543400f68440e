"""Every file of benchmarks/hostile.py: refused, in little memory, and nothing of it stands. How fast is for the benchmark to say."""

from __future__ import annotations

import pytest
from benchmarks.hostile import DOCUMENTS, HEADS, MOST_MB, held_mb, list_hostile, peak_mb, try_to_load, warm_up

from bakau_graph.archive import Archive

HOSTILE = list_hostile()

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return warm_up(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("hostile", HOSTILE, ids=[one.name for one in HOSTILE])
def test_a_file_made_to_do_harm_is_refused_in_little_memory(hostile, workspace, tmp_path):
    path = tmp_path / hostile.file_name
    hostile.write(path)
    batches = len(Archive.open(workspace).batches())
    before = held_mb()
    assert try_to_load(workspace, path, hostile.mapping) is not None
    assert peak_mb() - before < MOST_MB
    assert len(Archive.open(workspace).batches()) == batches


def test_every_bomb_meets_every_door_for_xml():
    names = {one.name for one in HOSTILE}
    doors = {*DOCUMENTS, *(f"{reader} in a ZIP" for reader in DOCUMENTS if reader != "ofx"), "ods content.xml"}
    assert {f"{door}: {head}" for door in doors for head in HEADS} <= names
