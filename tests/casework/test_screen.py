"""Plain text for a terminal: aligned, never cut, and no control character passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.ids import short
from bakau_casework.commands.screen import clean, table


@given(st.text())
def test_no_control_character_passes(value):
    assert all(character.isprintable() for character in clean(value))


def test_nothing_is_cut_and_numbers_are_right_aligned(capsys):
    table(("a", "n"), [("x" * 300, 1), ("y", 1000)], right=(1,))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "x" * 300 + "     1"
    assert lines[2].endswith("  1000")


def test_an_account_that_may_not_be_named_reads_protected():
    assert short(None) == "protected"
    assert (clean(None), clean(True), clean(False)) == ("", "yes", "no")


@pytest.mark.parametrize("call", [("findings",), ("batches",), ("case", "list"), ("audit", "list"), ("audit", "verify"), ("coverage",)])
def test_a_screen_names_no_child_and_keeps_stderr_for_the_banner(bakau, village, call):
    ran = bakau(village.workspace, *call)
    assert ran.code == 0
    assert ran.out
    assert ran.err in {"", "training workspace: synthetic or public data only\n"}
    assert village.ids()["child"][:14] not in ran.out


def test_each_screen_about_accounts_says_what_it_stands_on(bakau, village):
    ids = village.ids()
    finding = bakau(village.workspace, "findings", "--json").document
    snapshot = finding["snapshot"]
    first = finding["findings"][0]["finding_id"]
    calls = [
        ("explain", first), ("find", ids["r0"]), ("account", ids["r0"]), ("account", ids["child"]), ("neighbours", ids["sweeper"]), ("path", ids["s0"], ids["sweeper"]),
        ("findings", "--since", finding["run"]),
    ]  # fmt: skip
    for call in calls:
        out = bakau(village.workspace, *call).out
        assert f"snapshot {snapshot}" in out, call
    assert "establish before naming" in bakau(village.workspace, "account", ids["s0"]).out
    assert "protected: nothing about this account is shown" in bakau(village.workspace, "account", ids["child"]).out
    assert "protected (1), with 8 transfers" in bakau(village.workspace, "neighbours", ids["sweeper"]).out
    assert "→ protected →" in bakau(village.workspace, "path", ids["s0"], ids["sweeper"]).out
