from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bakau import settings
from bakau.errors import FormatError, SettingsError
from bakau.settings import ENVIRONMENT, load_settings, load_toml


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def test_without_an_environment_the_defaults_hold():
    loaded = load_settings()
    assert (loaded.workspace, loaded.vault_key, loaded.log_level) == (None, None, "warning")
    assert loaded.key_dir.name == "keys"


def test_the_environment_is_read_when_asked_and_not_at_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("BAKAU_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("BAKAU_VAULT_KEY", "ab" * 32)
    monkeypatch.setenv("BAKAU_LOG_LEVEL", "DEBUG")
    loaded = load_settings()
    assert (loaded.workspace, loaded.key_dir, loaded.vault_key, loaded.log_level) == (
        tmp_path, tmp_path / "keys", b"\xab" * 32, "debug",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["ab", "zz" * 32, "ab" * 33])
def test_a_vault_key_that_is_none_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, key):
    monkeypatch.setenv("BAKAU_VAULT_KEY", key)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert key not in str(caught.value) + caught.value.hint


def test_an_unknown_log_level_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BAKAU_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError):
        load_settings()


def test_the_vault_key_never_prints(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BAKAU_VAULT_KEY", "ab" * 32)
    assert "ab" * 4 not in repr(load_settings())
    assert "\\xab" not in repr(load_settings())


def test_every_variable_that_is_read_says_why_it_exists():
    tree = ast.parse(Path(settings.__file__).read_text())
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {text for text in texts if text.startswith("BAKAU_") and text.isidentifier()} == set(ENVIRONMENT)
    assert all(ENVIRONMENT.values())


def test_a_folder_without_bakau_toml_is_no_workspace(tmp_path: Path):
    with pytest.raises(FormatError) as caught:
        load_toml(tmp_path / "bakau.toml")
    assert "bakau init" in caught.value.hint


def test_a_broken_bakau_toml_is_said_to_be_broken(tmp_path: Path):
    (tmp_path / "bakau.toml").write_text("format = = 1")
    with pytest.raises(FormatError):
        load_toml(tmp_path / "bakau.toml")
