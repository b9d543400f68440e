"""Hold a generation against the archive: build it anew in memory and compare array by array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.embedded.build import build_generation
from bakau_graph.embedded.store import open_generation

if TYPE_CHECKING:
    from pathlib import Path

    from bakau_graph.network.protocol import Facts


def verify_generation(folder: Path, facts: Facts) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Name and length of every array, and one sentence per array that is not as the archive says."""
    stored, _ = open_generation(folder, facts)
    fresh = build_generation(facts)
    problems = [] if stored.accounts.equals(fresh.accounts) else ["accounts: other rows than the archive's"]
    mine, theirs = stored.arrays(), fresh.arrays()
    for name, values in theirs.items():
        if len(values) != len(mine[name]):
            problems.append(f"{name}: {len(mine[name]):,} entries, the archive has {len(values):,}")
        elif not np.array_equal(values, mine[name]):
            problems.append(f"{name}: the first difference is at {int(np.flatnonzero(values != mine[name])[0]):,}")
    counts = (("accounts", len(stored.accounts)), *((name, len(values)) for name, values in mine.items()))
    return counts, tuple(problems)
