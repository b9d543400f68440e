"""`bakau world check`: calibrated at a small size, and a world made easy on purpose is refused."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from bakau.progress import SilentProgress
from bakau_casework.documents import list_schemas
from bakau_casework.world_check import check_world, to_document, to_lines
from bakau_ingest.world.make import Order, make_world
from bakau_ingest.world.reading import open_world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check") / "world"
    make_world(folder, Order(50_000, seed=11, networks=16))
    return folder


@pytest.fixture(scope="module")
def checked(world):
    return check_world(world, seed=1, progress=SilentProgress())


def test_every_published_figure_of_a_made_world_lies_in_its_band(checked):
    outside = [(drawn.figure.name, drawn.value, drawn.low, drawn.high) for drawn in checked.figures if not drawn.is_within]
    assert not outside
    assert sum(drawn.value is not None for drawn in checked.figures) >= 20


def test_a_made_world_is_not_too_easy(checked):
    assert checked.refused == ()
    assert checked.easiness.ceiling["average_precision"] > 0.03, "a world nobody can learn from is no use either"


def test_the_document_and_the_lines_say_the_same(checked):
    document = to_document(checked)
    Draft202012Validator(list_schemas()["bakau.world_check/1"]).validate(json.loads(json.dumps(document)))
    lines = to_lines(checked)
    assert document["is_good"] is True
    assert lines[-1].startswith("good")
    assert all(any(line.startswith(figure["name"] + " ") for line in lines) for figure in document["figures"])


def test_a_world_made_easy_is_refused_with_exit_code_one(world, tmp_path_factory, bakau):
    """Everybody in a scheme is paid by very many people abroad: one count gives them away."""
    easy = tmp_path_factory.mktemp("easy") / "world"
    easy.mkdir()
    for path in world.iterdir():
        if path.is_file():
            (easy / path.name).write_bytes(path.read_bytes())
    truth = easy.with_name("world.truth")
    truth.mkdir()
    for path in world.with_name("world.truth").iterdir():
        (truth / path.name).write_bytes(path.read_bytes())
    _give_away(easy)
    ran = bakau(None, "world", "check", easy, "--json")
    assert ran.code == 1
    assert ran.document["is_good"] is False
    assert any("the feature senders_abroad alone" in reason for reason in ran.document["reasons"])
    assert any("FAC-01" in reason for reason in ran.document["reasons"])


def _give_away(folder) -> None:
    path = folder / "remittances_to_wallets.parquet"
    table = pq.read_table(path)
    planted = [row[0] for row in open_world(folder).execute("SELECT DISTINCT number FROM planted JOIN account USING (key) ORDER BY number").fetchall()]  # fmt: skip
    assert len(planted) > 100
    rng = np.random.default_rng(1)
    rows = [
        table.take(pa.array(rng.choice(len(table), 90, replace=False))).set_column(2, "to_account", pa.array([number] * 90))
        for number in planted
    ]
    pq.write_table(pa.concat_tables([table, *rows]), path)
