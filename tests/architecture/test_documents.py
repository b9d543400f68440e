"""Pages that people rely on: commands that exist, a plain notice that can be read."""

from __future__ import annotations

import re

import pytest
from architecture.checkout import ROOT, list_tracked

from bakau.cli import HELP

PAGES = [path for path in list_tracked() if path.suffix == ".md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def plain_words() -> str:
    """The notice of SAFEGUARDING.md for those whom the data may concern."""
    return re.split(r"\n## ", read("SAFEGUARDING.md").split("## In plain words\n")[1])[0]


def test_there_is_a_notice_in_plain_words_with_help_and_a_way_to_object():
    notice = plain_words()
    assert "helpline" in notice
    assert "put it right" in notice
    assert "https://" in notice


def test_the_notice_has_short_sentences():
    text = re.sub(r"\]\([^)]*\)", "", plain_words())
    sentences = [sentence for sentence in re.split(r"[.?!:;]\s", text) if sentence.strip()]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert sum(lengths) / len(lengths) <= 15
    assert max(lengths) <= 35


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_command_a_page_names_exists(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    named = re.findall(r"^\s*(?:\$ )?bakau (?:-w \S+ )?([a-z]+)\b", "\n".join(re.findall(r"```.*?```", text, re.DOTALL)), re.MULTILINE)
    named += re.findall(r"`bakau (?:-w \S+ )?([a-z]+)\b", text)
    assert set(named) <= set(HELP)


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_make_target_a_page_names_exists(path):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", (ROOT / path).read_text(encoding="utf-8"))) <= targets


def test_ci_runs_exactly_make_test():
    script = [line for line in read(".ci/run").splitlines() if line and not line.startswith("#")]
    assert script == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]
