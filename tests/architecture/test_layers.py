from __future__ import annotations

from architecture.checkout import ROOT, list_packages, read_pyproject
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

CONTRACTS = read_pyproject()["tool"]["importlinter"]["contracts"]


def test_imports_go_strictly_down(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_package_is_under_the_contracts():
    assert set(read_pyproject()["tool"]["importlinter"]["root_packages"]) == set(list_packages())
    (layers,) = (contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    assert {name.strip() for layer in layers for name in layer.split("|")} == set(list_packages())


def test_every_package_is_type_checked():
    assert set(read_pyproject()["tool"]["mypy"]["packages"]) == set(list_packages())
    assert read_pyproject()["tool"]["mypy"]["strict"] is True
    assert all((ROOT / folder / "py.typed").is_file() for folder in list_packages().values())
