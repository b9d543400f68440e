"""Numbers and names that look like numbers and names and belong to nobody.

Account numbers are IBAN-shaped under XB, a code ISO 3166 leaves to users, with valid check digits; wallet numbers are phone-shaped under +999,
a country code nobody has; names are made of syllables; addresses are testnet-shaped; cards are tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_ingest.world.population import SCHEME_NAMES, SCHEMES

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

_ONSETS = ("ba", "ke", "li", "mo", "nu", "pa", "ra", "si", "to", "vu", "wa", "yo", "za", "del", "mar", "gin", "tam", "bor")
_ENDS = ("lan", "mit", "ro", "sen", "tan", "vik", "no", "rez", "lo", "dar")
_BASE32 = np.frombuffer(b"qpzry9x8gf2tvdw0s3jn54khce6mua7l", np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
#: What BKAU and XB00 are in the arithmetic of check digits (A is 10 … Z is 35).
_BANK_DIGITS, _COUNTRY_DIGITS = "11201030", "331100"


def scheme_codes(world: Population) -> Ints:
    """Per account the place of its numbering in SCHEME_NAMES."""
    place = np.array([SCHEME_NAMES.index(SCHEMES[kind]) for kind in SCHEMES])
    return place[world.kind]


def account_numbers(rng: np.random.Generator, world: Population) -> pa.StringArray:
    """The number of every account, by the numbering of its kind."""
    count = len(world.kind)
    serial = rng.permutation(10**7 + np.arange(count) * 7 + rng.integers(0, 7, count))
    codes = scheme_codes(world)
    result = pa.nulls(count, pa.string())
    for place, scheme in enumerate(SCHEME_NAMES):
        chosen = codes == place
        if scheme == "crypto:BTC":
            numbers = _spell(rng, "tb1q", 38, _BASE32, int(chosen.sum()))
        elif scheme == "crypto:ETH":
            numbers = _spell(rng, "0x", 40, _HEX, int(chosen.sum()))
        else:
            numbers = _serial_numbers(scheme, serial[chosen])
        result = pc.replace_with_mask(result, pa.array(chosen), numbers)
    return result


def _serial_numbers(scheme: str, serial: Ints) -> pa.StringArray:
    text = pa.array(serial).cast(pa.string())
    if scheme == "iban":
        return pc.binary_join_element_wise(_check_digits(serial), pc.utf8_lpad(text, 14, "0"), "BKAU")
    prefix, width = {"phone": ("+999", 9), "card": ("K", 11), "local.platform": ("u", 10), "card:gift": ("G", 12)}[scheme]
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(text, width, "0"), "")


def _check_digits(serial: Ints) -> pa.StringArray:
    """XB and two digits, as ISO 13616 counts them."""
    rest = (int(_BANK_DIGITS) * (10**14 % 97) + serial) % 97
    rest = (rest * 10 ** len(_COUNTRY_DIGITS) + int(_COUNTRY_DIGITS)) % 97
    return pc.binary_join_element_wise("XB", pc.utf8_lpad(pa.array(98 - rest).cast(pa.string()), 2, "0"), "")


def _spell(rng: np.random.Generator, prefix: str, letters: int, alphabet: npt.NDArray[np.uint8], count: int) -> pa.StringArray:
    body = np.frombuffer(prefix.encode(), np.uint8)
    octets = np.concatenate([np.broadcast_to(body, (count, len(body))), alphabet[rng.integers(0, len(alphabet), (count, letters))]], axis=1)
    ends = pa.array(np.arange(count + 1, dtype=np.int32) * octets.shape[1])
    return pa.StringArray.from_buffers(count, ends.buffers()[1], pa.py_buffer(np.ascontiguousarray(octets)))


def make_iban(body: str) -> str:
    """An IBAN of the user-assigned code XB with valid check digits (ISO 13616)."""
    digits = "".join(str(int(character, 36)) for character in body + "XB00")
    return f"XB{98 - int(digits) % 97:02d}{body}"


def person_names(rng: np.random.Generator, families: Ints) -> pa.StringArray:
    """Two made-up words each; people of one family share the second."""
    onsets, ends = pa.array(_ONSETS), pa.array(_ENDS)
    first = [rng.integers(0, len(words), len(families)) for words in (_ONSETS, _ENDS)]
    mixed = families * 2_654_435_761 % (1 << 32)
    last = [mixed % 18, mixed // 18 % 18, mixed // 324 % 10]
    given = pc.binary_join_element_wise(onsets.take(pa.array(first[0])), ends.take(pa.array(first[1])), "")
    family = pc.binary_join_element_wise(onsets.take(pa.array(last[0])), onsets.take(pa.array(last[1])), ends.take(pa.array(last[2])), "")
    return pc.binary_join_element_wise(pc.utf8_capitalize(given), pc.utf8_capitalize(family), " ")
