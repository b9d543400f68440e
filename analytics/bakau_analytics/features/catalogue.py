"""The catalogue of features: one SQL file each, with a header that says what the numbers mean, and the steps that features share.

Portable by rule: integers only, every SUM cast to BIGINT, RANGE frames, ratios in parts per million, no construct that Spark lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from bakau.errors import PackError, Place

_FEATURE = (
    "name",
    "meaning",
    "family",
    "grain",
    "columns",
    "unit",
    "window",
    "reach",
    "null",
    "needs",
    "steps",
    "source",
    "profile",
    "amounts",
)
_STEP = ("name", "meaning", "reads", "kept")

#: What a step may read beside other steps: facts, the clock, and what a caller says of accounts.
INPUTS = ("account", "clock", "exposed", "flow", "holding", "member", "party", "scorable")


class Grain(StrEnum):
    """What one row of a feature is about."""

    ACCOUNT = "account"
    PAIR = "pair"
    PARTY = "party"
    NETWORK = "network"

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return {"account": ("account_key",), "pair": ("src", "dst"), "party": ("party_key",), "network": ("network_key",)}[self.value]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: what it means and the SELECT (keys of its grain, columns) over its steps that computes it.

    `columns` are the names of its numbers. `reach_days` says how far before the scored period it looks; None: at everything there is.
    `profile` features (country, sex, age …) may narrow or subtract, never add points, and never enter a model. `amounts` says
    whether the value depends on amounts at all.
    """

    name: str
    meaning: str
    family: str
    grain: Grain
    columns: tuple[str, ...]
    unit: str
    window: str
    reach_days: int | None
    null: str
    needs: tuple[str, ...]
    steps: tuple[str, ...]
    source: str
    profile: bool
    amounts: bool
    sql: str

    @property
    def is_zero_when_missing(self) -> bool:
        """True for counts that are 0 where nothing was seen; everything else is null there."""
        return self.unit == "count" and self.null == "never"

    def select(self, column: str) -> str:
        """What the column is called in the SELECT: a feature of one number says `value`."""
        return "value" if self.columns == (self.name,) else column


@dataclass(frozen=True, slots=True)
class Step:
    """A query that several features share; `is_table` when its rows are kept while the features are computed."""

    name: str
    meaning: str
    reads: tuple[str, ...]
    is_table: bool
    sql: str


@cache
def load_features(grain: Grain | None = None) -> tuple[Feature, ...]:
    """Every feature (of a grain), by name. PackError with file and line when a header is wrong."""
    features = tuple(parse_feature(name, text) for name, text in _read("."))
    return tuple(feature for feature in features if grain in (None, feature.grain))


@cache
def load_steps() -> dict[str, Step]:
    """Every step by its name, each after those it reads. PackError when one reads what is not there, or itself."""
    found = {step.name: step for step in (parse_step(name, text) for name, text in _read("steps"))}
    ordered: dict[str, Step] = {}
    while len(ordered) < len(found):
        ready = [
            step for step in found.values() if step.name not in ordered and all(name in ordered or name in INPUTS for name in step.reads)
        ]
        if not ready:
            lost = sorted(found.keys() - ordered.keys())
            raise PackError(f"steps that read something unknown, or each other: {', '.join(lost)}", at=Place(f"{lost[0]}.sql", 3))
        ordered.update((step.name, step) for step in ready)
    return ordered


def _read(folder: str) -> list[tuple[str, str]]:
    entries = sorted((files("bakau_analytics.features") / folder).iterdir(), key=lambda entry: entry.name)
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in entries if entry.name.endswith(".sql")]


def _parse_header(file: str, text: str, keys: tuple[str, ...]) -> tuple[dict[str, str], str]:
    lines = text.splitlines()
    entries: dict[str, str] = {}
    for number, key in enumerate(keys, start=1):
        line = lines[number - 1] if number <= len(lines) else ""
        start = f"-- {key}: "
        if not line.startswith(start) or not line[len(start) :].strip():
            raise PackError(f"expected a header line '{start}…'", at=Place(file, number))
        entries[key] = line[len(start) :].strip()
    if entries["name"] != file.removesuffix(".sql"):
        raise PackError(f"the name {entries['name']!r} is not the file's", at=Place(file, 1))
    return entries, "\n".join(lines[len(keys) :])


def _choose(file: str, entries: dict[str, str], key: str, keys: tuple[str, ...], known: tuple[str, ...]) -> str:
    if entries[key] not in known:
        raise PackError(f"{key} is one of {', '.join(known)}", at=Place(file, keys.index(key) + 1))
    return entries[key]


def _parse_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _parse_reach(file: str, text: str) -> int | None:
    number, _, unit = text.partition(" ")
    if text != "all" and (not number.isdecimal() or unit != "d"):
        raise PackError("reach is 'all' or a number of days, as in '90 d'", at=Place(file, _FEATURE.index("reach") + 1))
    return None if text == "all" else int(number)


def parse_step(file: str, text: str) -> Step:
    """A step from the text of its file; PackError when a header line is missing, out of order or empty."""
    entries, sql = _parse_header(file, text, _STEP)
    kept = _choose(file, entries, "kept", _STEP, ("table", "view"))
    return Step(entries["name"], entries["meaning"], _parse_list(entries["reads"]), kept == "table", sql)


def parse_feature(file: str, text: str) -> Feature:
    """A feature from the text of its file; PackError when a header line is missing, out of order, empty or not one of its words."""
    entries, sql = _parse_header(file, text, _FEATURE)
    for key in ("profile", "amounts"):
        _choose(file, entries, key, _FEATURE, ("yes", "no"))
    grain = Grain(_choose(file, entries, "grain", _FEATURE, tuple(Grain)))
    name, columns = entries["name"], _parse_list(entries["columns"])
    steps = () if entries["steps"] == "none" else _parse_list(entries["steps"])
    for step in steps:
        if step not in load_steps():
            raise PackError(f"there is no step {step!r}", at=Place(file, _FEATURE.index("steps") + 1))
    return Feature(
        name, entries["meaning"], entries["family"], grain, (name,) if columns == ("value",) else tuple(f"{name}_{part}" for part in columns),
        entries["unit"], entries["window"], _parse_reach(file, entries["reach"]), entries["null"], _parse_list(entries["needs"]), steps,
        entries["source"], entries["profile"] == "yes", entries["amounts"] == "yes", sql,
    )  # fmt: skip
