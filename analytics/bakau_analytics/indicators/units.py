"""The unit stands in a parameter's name; a number that cannot be in that unit was written in another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.times import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Ending of a name → unit, least and most that make sense: a window of 30 "microseconds" was meant in days, a share of 60 "ppm" in per cent.
UNITS: dict[str, tuple[str, int, int]] = {
    "_us": ("microseconds", 1_000_000, 3_660 * DAY_US),
    "_ppm": ("parts per million", 100, 10_000_000),
    "_days": ("days", 1, 3_660),
    "_hour": ("hours of the day", 0, 24),
}


def find_wrong_unit(parameters: Mapping[str, object]) -> str:
    """What is wrong with the unit of one of a rule's parameters; empty when nothing is."""
    for name, value in parameters.items():
        for ending, (unit, least, most) in UNITS.items():
            if name.endswith(ending) and isinstance(value, int) and value and not least <= value <= most:
                return f"{name} is in {unit}, from {least:,} to {most:,}: {value:,} is in another unit"
    return ""
