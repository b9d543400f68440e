"""Every notebook runs from top to bottom, on every network it can, in a folder of its own, and lies in the repository without outputs."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from bakau_graph.neo4j.endpoint import find_endpoint

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
#: On which networks they run: BAKAU_NETWORK, as the notebooks and everything else read it.
NETWORKS = ("embedded", pytest.param("neo4j", marks=pytest.mark.neo4j))
notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def outputs_of(cell) -> str:
    """What a cell showed, as text."""
    parts = [part.get("text", "") or "\n".join(map(str, part.get("data", {}).values())) for part in cell.get("outputs", [])]
    return "\n".join(parts)


@notebooks
def test_a_notebook_holds_no_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)] == []


@notebooks
def test_a_notebook_is_questions_and_answers(path):
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    questions = [text for text in texts if text.startswith("## ")]
    assert questions
    assert all(text.splitlines()[0].endswith("?") for text in questions)
    assert sum(text.startswith("**Answer.**") for text in texts) == len(questions)


@pytest.mark.slow
@notebooks
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.filterwarnings("default")  # of the notebook machinery, not of ours
def test_a_notebook_runs_from_top_to_bottom(path, network, tmp_path, monkeypatch, request):
    monkeypatch.setenv("BAKAU_NETWORK", network)
    if network == "neo4j":
        request.getfixturevalue("neo4j_session")  # an empty database on a real server
        endpoint = find_endpoint(request.getfixturevalue("neo4j_workspace"))
        monkeypatch.setenv("BAKAU_NEO4J_URI", endpoint.uri)
        monkeypatch.setenv("BAKAU_NEO4J_PASSWORD", endpoint.password)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [outputs_of(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert any('<iframe sandbox="allow-scripts"' in text for text in shown)
    assert any("in all" in text or "received" in text for text in shown)
    assert any(f"{network} network of snapshot" in text for text in shown)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("bakau-notebook-")]
