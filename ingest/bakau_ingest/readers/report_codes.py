"""What the codes of reporting authorities mean to us, from one list with its sources.

Code lists do not travel: two authorities share hardly a code. What is not listed means nothing to us and is kept as the code it is.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def load_codes(name: str) -> dict[str, str]:
    """Code → what it means, of one list: account_role, child_role, party_side or account_kind."""
    text = (files("bakau_ingest") / "readers" / "report_codes.csv").read_text(encoding="ascii")
    return {row["code"]: row["means"] for row in csv.DictReader(text.splitlines()) if row["list"] == name}


def meaning(name: str, code: str) -> str:
    """What a code of that list means, or nothing."""
    return load_codes(name).get(code.strip().upper(), "")
