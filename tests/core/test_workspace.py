from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bakau.errors import FormatError, InputError, VaultError
from bakau.model import FORMAT
from bakau.workspace import Workspace, write_private


@pytest.fixture
def key_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BAKAU_VAULT_KEY", raising=False)
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "outside"))
    return tmp_path / "outside"


@pytest.fixture
def workspace(tmp_path: Path, key_dir: Path) -> Workspace:
    return Workspace.create(tmp_path / "case")


def rewrite(workspace: Workspace, text: str) -> None:
    (workspace.path / "bakau.toml").write_text(text)


def test_a_new_workspace_opens_as_what_it_was_made(workspace):
    assert Workspace.open(workspace.path) == workspace
    assert workspace.format == FORMAT


def test_the_vault_key_lies_outside_the_workspace_and_the_surrogate_key_inside(workspace, key_dir):
    assert workspace.vault_key_file.parent == key_dir
    assert not workspace.vault_key_file.is_relative_to(workspace.path)
    assert (workspace.keys / "surrogate.key").is_file()
    assert not workspace.keys.is_relative_to(workspace.archive)


def test_keys_may_be_read_by_their_owner_only(workspace):
    for path in (workspace.vault_key_file, workspace.keys / "surrogate.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.path.stat().st_mode) == 0o700


def test_two_workspaces_share_neither_id_nor_secrets(tmp_path, key_dir):
    first, second = (Workspace.create(tmp_path / name) for name in ("one", "two"))
    assert first.workspace_id != second.workspace_id
    assert first.load_surrogate_key() != second.load_surrogate_key()
    assert first.load_vault_key() != second.load_vault_key()


def test_a_vault_key_in_the_environment_leaves_no_file(tmp_path, key_dir, monkeypatch):
    monkeypatch.setenv("BAKAU_VAULT_KEY", "cd" * 32)
    workspace = Workspace.create(tmp_path / "case")
    assert not workspace.vault_key_file.exists()
    assert workspace.load_vault_key() == b"\xcd" * 32


def test_a_lost_vault_key_is_explained(workspace):
    workspace.vault_key_file.unlink()
    with pytest.raises(VaultError) as caught:
        workspace.load_vault_key()
    assert "BAKAU_VAULT_KEY" in caught.value.hint
    assert workspace.load_surrogate_key()


@pytest.mark.parametrize("text", ["", "not hexadecimal", "ab"])
def test_a_damaged_key_is_not_taken_for_a_key(workspace, text):
    workspace.vault_key_file.write_text(text)
    (workspace.keys / "surrogate.key").write_text(text)
    with pytest.raises(VaultError):
        workspace.load_vault_key()
    with pytest.raises(FormatError):
        workspace.load_surrogate_key()


def test_a_folder_in_use_is_not_made_a_workspace(tmp_path, key_dir):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "notes.txt").write_text("mine")
    with pytest.raises(InputError):
        Workspace.create(tmp_path / "case")
    with pytest.raises(InputError):
        Workspace.create(tmp_path / "case" / "notes.txt")
    assert [path.name for path in (tmp_path / "case").iterdir()] == ["notes.txt"]


def test_an_empty_folder_may_become_a_workspace(tmp_path, key_dir):
    (tmp_path / "case").mkdir()
    assert Workspace.create(tmp_path / "case").path == tmp_path / "case"


def test_a_workspace_of_a_newer_bakau_is_refused(workspace):
    rewrite(workspace, f'format = {FORMAT + 1}\nworkspace_id = "{workspace.workspace_id}"\n')
    for allow_older in (False, True):
        with pytest.raises(FormatError) as caught:
            Workspace.open(workspace.path, allow_older=allow_older)
        assert "update" in caught.value.hint


def test_an_older_workspace_is_opened_for_its_upgrade_only(workspace):
    rewrite(workspace, f'format = {FORMAT - 1}\nworkspace_id = "{workspace.workspace_id}"\n')
    with pytest.raises(FormatError) as caught:
        Workspace.open(workspace.path)
    assert "upgrade" in caught.value.hint
    assert Workspace.open(workspace.path, allow_older=True).format == FORMAT - 1


@pytest.mark.parametrize("text", ["", "format = 1", 'workspace_id = "x"', 'format = "1"\nworkspace_id = "x"'])
def test_a_workspace_that_does_not_say_what_it_is_is_refused(workspace, text):
    rewrite(workspace, text)
    with pytest.raises(FormatError):
        Workspace.open(workspace.path)


def test_a_private_file_is_never_overwritten(tmp_path):
    write_private(tmp_path / "new" / "key", "one")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "new" / "key", "two")
    assert (tmp_path / "new" / "key").read_text() == "one\n"
