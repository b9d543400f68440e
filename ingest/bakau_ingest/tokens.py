"""Indicator words in payment texts: which of them a text holds is kept in the open, the text itself lies in the vault alone.

The words are data (`tokens.csv`), each with where it is published, or said to be a default of ours. A word is no suspicion: most people who write
*gift* send one. It only says that a rule about texts has something to look at.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Token:
    """A word or form: its name in the open, the pattern (RE2, whole words, any case), what every such text holds in small letters (so that one
    quick scan finds the few texts worth a look), the indicator it serves, and its source.
    """

    name: str
    pattern: str
    stem: str
    indicator: str
    source: str


@cache
def load_tokens() -> tuple[Token, ...]:
    """Every token, by name."""
    text = (files("bakau_ingest") / "tokens.csv").read_text(encoding="ascii")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        sorted(
            (Token(row["token"], row["pattern"], row["stem"], row["indicator"], row["source"]) for row in rows),
            key=lambda token: token.name,
        )
    )


def _whole(pattern: str) -> str:
    return rf"(?i)(?:^|[^\pL\pN@])(?:{pattern})(?:$|[^\pL\pN])"


def find_tokens(texts: pa.StringArray) -> pa.StringArray:
    """Per text the names of the tokens in it, sorted, a space between; null where there is none. One scan finds the few texts that hold any."""
    tokens = load_tokens()
    anything = pc.match_substring_regex(pc.ascii_lower(texts), "|".join(token.stem for token in tokens))
    spots = np.flatnonzero(pc.fill_null(anything, fill_value=False).to_numpy(zero_copy_only=False))
    few = texts.take(pa.array(spots))
    found = np.zeros(len(few), np.int64)
    for place, token in enumerate(tokens):
        held = pc.fill_null(pc.match_substring_regex(few, _whole(token.pattern)), fill_value=False)
        found |= np.asarray(held).astype(np.int64) << place
    sets, which = np.unique(found, return_inverse=True)
    names = pa.array(
        [" ".join(token.name for place, token in enumerate(tokens) if one >> place & 1) or None for one in sets.tolist()], pa.string()
    )
    every = np.full(len(texts), -1, np.int64)
    every[spots] = which
    return names.take(pa.array(every, mask=every < 0))
