"""How many examples a costly property test draws: few in every run of CI, ten times as many in `make nightly`."""

from __future__ import annotations

import os

NIGHTLY = "nightly"


def is_nightly() -> bool:
    """True when the profile of the night is asked for (HYPOTHESIS_PROFILE=nightly)."""
    return os.environ.get("HYPOTHESIS_PROFILE") == NIGHTLY


def examples(daily: int) -> int:
    """`daily` of them, or ten times as many at night."""
    return daily * 10 if is_nightly() else daily
