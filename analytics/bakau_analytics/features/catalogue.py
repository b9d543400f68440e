"""The catalogue of features: one SQL file each, with a header that says what the number means.

Portable by rule: integers only, every SUM cast to BIGINT, RANGE frames, ratios in parts per million, no construct that Spark lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bakau.errors import PackError, Place

_KEYS = ("name", "meaning", "unit", "window", "null", "needs", "source", "profile", "amounts")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: what it means and the SELECT (account_key, value) over `flow` that computes it.

    `profile` features (country, sex, age …) may narrow or subtract, never add points, and never enter a model. `amounts` says
    whether the value depends on amounts at all.
    """

    name: str
    meaning: str
    unit: str
    window: str
    null: str
    needs: tuple[str, ...]
    source: str
    profile: bool
    amounts: bool
    sql: str


@cache
def load_features() -> tuple[Feature, ...]:
    """Every feature, by name. PackError with file and line when a header is wrong."""
    folder = files("bakau_analytics.features")
    return tuple(
        parse_feature(entry.name, entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".sql")
    )


def parse_feature(file: str, text: str) -> Feature:
    """A feature from the text of its file; PackError when a header line is missing, out of order or empty."""
    lines = text.splitlines()
    entries: dict[str, str] = {}
    for number, key in enumerate(_KEYS, start=1):
        line = lines[number - 1] if number <= len(lines) else ""
        start = f"-- {key}: "
        if not line.startswith(start) or not line[len(start) :].strip():
            raise PackError(f"expected a header line '{start}…'", at=Place(file, number))
        entries[key] = line[len(start) :].strip()
    if entries["name"] != file.removesuffix(".sql"):
        raise PackError(f"the name {entries['name']!r} is not the file's", at=Place(file, 1))
    for key in ("profile", "amounts"):
        if entries[key] not in ("yes", "no"):
            raise PackError(f"{key} is yes or no", at=Place(file, _KEYS.index(key) + 1))
    return Feature(
        entries["name"], entries["meaning"], entries["unit"], entries["window"], entries["null"],
        tuple(part.strip() for part in entries["needs"].split(",")), entries["source"],
        entries["profile"] == "yes", entries["amounts"] == "yes", "\n".join(lines[len(_KEYS) :]),
    )  # fmt: skip
