"""How a number somebody typed may stand in a file: separators, capitals, a phone with or without its country."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from bakau_ingest.checks import normalise

#: Digits from which a number without a sign in front is also sought as an international one; a default of ours.
SHORTEST_INTERNATIONAL = 11


def spellings(typed: str) -> list[str]:
    """How a number somebody typed may have been normalised at ingest: as typed, without separators, in capitals, in small letters."""
    bare = typed.strip()
    tight = "".join(character for character in bare if character.isalnum() or character == "+")
    return list(dict.fromkeys(one for text_ in (bare, tight) for one in (text_, text_.upper(), text_.lower()) if one))


def phone_spellings(typed: str, country: str = "") -> list[str]:
    """How ingest may have normalised this phone number, the international form first; empty when it can be none.

    Ingest keeps a number as its source writes it. With a `country` (ISO 3166 alpha-2) a national number is also sought in the
    international form and the other way round; a leading 0 is then taken as the sign of a long-distance call.
    """
    bare = normalise("phone", typed)
    if bare is None:
        return []
    code = load_calling_codes().get(country.upper(), "")
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    if bare.startswith("+"):
        found = [bare, bare[1:], "00" + bare[1:]]
        rest = bare[1 + len(code) :] if code and bare[1:].startswith(code) else ""
        return found + ([rest, "0" + rest] if rest else [])
    if not code:
        return [bare, "+" + bare, "00" + bare] if len(bare) >= SHORTEST_INTERNATIONAL and not bare.startswith("0") else [bare]
    rest = bare.lstrip("0")
    whole = rest if rest.startswith(code) and len(rest) - len(code) >= 7 and not bare.startswith("0") else code + rest
    return list(dict.fromkeys(["+" + whole, whole, "00" + whole, bare, whole[len(code) :], "0" + whole[len(code) :]]))


@cache
def load_calling_codes() -> dict[str, str]:
    """Country → calling code (ITU-T E.164); what numbers of several countries share stands for each of them."""
    text = (files("bakau_casework") / "calling_codes.txt").read_text(encoding="ascii")
    pairs = re.findall(r"^([A-Z]{2}) (\d+)$", text, re.MULTILINE)
    return dict(pairs)
