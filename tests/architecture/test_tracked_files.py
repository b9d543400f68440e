"""What must never be in the repository. Forbidden words are put together from parts, so that this page is not one of them."""

from __future__ import annotations

import re

import pytest
from architecture.checkout import ROOT, list_tracked

FOLDERS = ["work", "farm", "root", "Users", "home"]
HOSTS = [("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"), ("repo1", "maven"), ("deb", "debian"), ("proxy", "golang")]
MACHINE = re.compile("|".join([*(rf"(?<![\w.])/{name}/" for name in FOLDERS), *(r"\.".join(parts) for parts in HOSTS)]))
WEAK_NAMES = {"utils", "helpers", "common", "util", "helper", "misc", "manager", "types"}
BINARY = {".png", ".gz", ".zst", ".parquet", ".zip", ".tar", ".woff2"}


def test_the_search_finds_what_it_must_find():
    assert MACHINE.search("see /" + "work/main")
    assert MACHINE.search("https://" + "pypi" + ".org/simple")
    assert not MACHINE.search("casework/desk.py, net/" + "work/place, a/" + "home/b")


@pytest.mark.parametrize("path", [path for path in list_tracked() if path.suffix not in BINARY], ids=str)
def test_no_file_names_a_machine_or_a_registry(path):
    found = MACHINE.search((ROOT / path).read_text(encoding="utf-8", errors="replace"))
    assert found is None, found


def test_no_file_has_a_name_that_says_nothing():
    assert not [str(path) for path in list_tracked() if path.suffix == ".py" and path.stem in WEAK_NAMES]


def test_no_file_is_large():
    assert not [str(path) for path in list_tracked() if (ROOT / path).stat().st_size > 500_000]


def test_locks_hold_hashes_and_no_addresses():
    for path in (ROOT / "requirements").glob("*.lock"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index-url" not in text
        entries = text.replace("\\\n", " ").strip().splitlines()
        assert entries
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), path.name


def test_what_the_demo_installs_the_tests_install_in_the_same_version():
    base, dev = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("base.lock", "dev.lock")
    )
    assert base <= dev


@pytest.mark.parametrize("path", [path for path in list_tracked() if path.suffix == ".md"], ids=str)
def test_links_between_pages_lead_somewhere(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (ROOT / path.parent / target).exists(), target
