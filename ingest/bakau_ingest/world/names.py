"""Numbers and names that look like numbers and names and belong to nobody.

Account numbers are IBAN-shaped under XB, a code ISO 3166 leaves to users, with valid check digits; wallet numbers are phone-shaped under +999,
a country code nobody has; names are made of syllables; addresses are testnet-shaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

_ONSETS = ("ba", "ke", "li", "mo", "nu", "pa", "ra", "si", "to", "vu", "wa", "yo", "za", "del", "mar", "gin", "tam", "bor")
_ENDS = ("lan", "mit", "ro", "sen", "tan", "vik", "no", "rez", "lo", "dar")
_BASE32 = np.array(list("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))


def account_numbers(rng: np.random.Generator, world: Population) -> tuple[pa.StringArray, list[str]]:
    """The number of every account and its scheme (iban, phone or crypto:BTC)."""
    count = len(world.kind)
    serial = rng.permutation(10**7 + np.arange(count) * 7 + rng.integers(0, 7, count))
    numbers: list[str] = []
    schemes: list[str] = []
    letters = rng.integers(0, 32, (count, 38))
    for place, kind in enumerate(world.kind.tolist()):
        if kind == Kind.CRYPTO:
            numbers.append("tb1q" + "".join(_BASE32[letters[place]]))
            schemes.append("crypto:BTC")
        elif kind in (Kind.WALLET, Kind.SHOP_WALLET, Kind.AGENT):
            numbers.append(f"+999{serial[place]:09d}")
            schemes.append("phone")
        else:
            numbers.append(make_iban(f"BKAU{serial[place]:014d}"))
            schemes.append("iban")
    return pa.array(numbers), schemes


def make_iban(body: str) -> str:
    """An IBAN of the user-assigned code XB with valid check digits (ISO 13616)."""
    digits = "".join(str(int(character, 36)) for character in body + "XB00")
    return f"XB{98 - int(digits) % 97:02d}{body}"


def person_names(rng: np.random.Generator, count: int) -> pa.StringArray:
    """Two made-up words each."""
    parts = [rng.integers(0, len(words), count) for words in (_ONSETS, _ENDS, _ONSETS, _ONSETS, _ENDS)]
    return pa.array(
        [
            f"{_ONSETS[a]}{_ENDS[b]} {_ONSETS[c]}{_ONSETS[d]}{_ENDS[e]}".title()
            for a, b, c, d, e in zip(*(part.tolist() for part in parts), strict=True)
        ]
    )
