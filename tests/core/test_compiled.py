"""Compiled loops are used where they pay and where numba loads, and nowhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bakau import compiled


@pytest.fixture(autouse=True)
def _ask_anew():
    compiled.has_numba.cache_clear()
    yield
    compiled.has_numba.cache_clear()


def test_small_work_does_not_even_load_numba():
    code = "import sys; from bakau.compiled import pays; assert not pays(10); assert 'numba' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_numba_that_does_not_load_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)  # as Python marks what cannot be imported
    assert not compiled.has_numba()
    assert not compiled.pays(compiled.WORTH_ROWS)


def test_a_folder_that_cannot_be_written_costs_only_the_keeping(monkeypatch, tmp_path):
    import numba

    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(blocked / "below"))

    @compiled.compiled
    def double(value: int) -> int:
        return 2 * value

    assert double(21) == 42
    assert str(blocked / "below") == numba.config.CACHE_DIR
