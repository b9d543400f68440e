"""Payments and people as Arrow columns: typed, as the canonical Parquet files have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.times import SECOND_US
from bakau_ingest.world.payments import PURPOSES
from bakau_ingest.world.places import BTC, COUNTRIES, ETH, UNITS, ZONES
from bakau_ingest.world.population import TIERS, Kind
from bakau_ingest.world.rails import ACCOUNT_KINDS, RAILS, Rail

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.places import Clock
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

#: Shares of records that lack something or failed, as in life; defaults of ours.
NO_OPENING, NO_COUNTRY, NO_MCC, NO_BIRTH, FAILED, REVERSED = 0.03, 0.02, 0.05, 0.03, 0.006, 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the files say of every account and person, worked out once: numbers, names, institutions, numbering."""

    world: Population
    clock: Clock
    numbers: pa.StringArray
    schemes: Ints
    names: pa.StringArray
    institution: Ints
    institution_codes: list[str]

    def unit(self, accounts: Ints) -> Ints:
        """Place of the accounts' currency in UNITS."""
        kind = self.world.kind[accounts]
        coins = np.isin(kind, (Kind.BTC, Kind.EXCHANGE, Kind.DEPOSIT, Kind.MIXER, Kind.SWAP))
        return np.where(kind == Kind.ETH, ETH, np.where(coins, BTC, self.world.country[accounts]))


def coded(places: Ints, words: tuple[str, ...] | list[str]) -> pa.DictionaryArray:
    """Words by their places; null where the place is below zero. Each word is once in the dictionary: Parquet would not write twins alike."""
    once = list(dict.fromkeys(words))
    codes = np.array([once.index(word) for word in words], np.int32)[np.maximum(places, 0)]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=places < 0), pa.array(once))


def decimals(minor: Ints, places: int) -> pa.Array:
    """Whole minor units as decimal128 with that many places, without going through text."""
    words = np.empty((len(minor), 2), np.int64)
    words[:, 0], words[:, 1] = minor, minor >> 63
    return pa.Array.from_buffers(pa.decimal128(20, places), len(minor), [None, pa.py_buffer(words)])


def dates(days: Ints, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Days since 1970 as dates."""
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())


def transfer_columns(rng: np.random.Generator, known: Known, rail: Rail, rows: dict[str, Ints], first_number: int) -> pa.Table:
    """The transfers of one rail, in the order given."""
    world, src, dst = known.world, rows["src"], rows["dst"]
    country, count = world.country[src], len(src)
    stamps = rows["ts_us"] // SECOND_US * SECOND_US
    local = known.clock.to_local(country, stamps) if rail.local_time else stamps
    failed = rng.random(count)
    status = np.where(failed < FAILED, 1, np.where(failed < FAILED + REVERSED, 2, 0))
    place = RAILS.index(rail) + 1
    columns = {
        "time": pa.array(local).cast(pa.timestamp("us", tz=None if rail.local_time else "UTC")),
        "from_account": known.numbers.take(pa.array(src)),
        "to_account": known.numbers.take(pa.array(dst)),
        "amount": decimals(_whole_yen(rows["amount"], known.unit(src)), 8 if rail.channel == "crypto" else 2),
        "currency": coded(known.unit(src), UNITS),
        "status": coded(status, ("settled", "failed", "reversed")),
        "note": coded(rows["purpose"], PURPOSES),
        "number": pa.array(place * 10**11 + first_number + np.arange(count)),
    }
    if rail.channel != "crypto":
        columns |= {"from_country": coded(country, COUNTRIES), "to_country": coded(world.country[dst], COUNTRIES)}
    if rail.local_time:
        columns["zone"] = coded(country, ZONES)
    if rail.has_outlets:
        turn = rng.integers(0, 3, count)
        columns |= {"send_outlet": _outlets(country, src, turn * 0), "payout_outlet": _outlets(world.country[dst], dst, turn)}
    if rail.has_group:
        mixed = (src * 1_000_003 + rows["group"]) % (1 << 62)
        columns["transaction"] = pc.binary_join_element_wise("tx", pa.array(mixed).cast(pa.string()), "")
    return pa.table(columns)


def _whole_yen(amount: Ints, unit: Ints) -> Ints:
    """Amounts, without hundredths of a yen, which do not exist."""
    return np.where(unit == UNITS.index("JPY"), np.maximum(amount // 100, 1) * 100, amount)


def _outlets(country: Ints, accounts: Ints, turn: Ints) -> pa.DictionaryArray:
    """Outlets near an account: it uses one to three of a country's eighty."""
    names = [f"{code}-{1000 + number}" for code in COUNTRIES for number in range(80)]
    return coded(country * 80 + (accounts * 37 + turn * (accounts % 3) * 11) % 80, names)


def account_columns(rng: np.random.Generator, known: Known, accounts: Ints) -> pa.Table:
    """What an institution knows of its accounts; some of it is missing."""
    world, count = known.world, len(accounts)
    kinds = list(ACCOUNT_KINDS)
    kind = np.array([list(ACCOUNT_KINDS.values()).index(ACCOUNT_KINDS[name]) for name in kinds])[np.argsort(kinds)][world.kind[accounts]]
    mcc = pc.if_else(
        pa.array((world.mcc[accounts] > 0) & (rng.random(count) >= NO_MCC)), pa.array(world.mcc[accounts]).cast(pa.string()), None
    )
    lacks_country = rng.random(count) < NO_COUNTRY
    return pa.table(
        {
            "account": known.numbers.take(pa.array(accounts)),
            "type": coded(kind, list(ACCOUNT_KINDS.values())),
            "country": coded(np.where(lacks_country, -1, world.country[accounts]), COUNTRIES),
            "currency": coded(known.unit(accounts), UNITS),
            "opened": dates(world.opened_day[accounts], rng.random(count) < NO_OPENING),
            "institution": coded(known.institution[accounts], known.institution_codes),
            "mcc": mcc,
        }
    )


def customer_columns(rng: np.random.Generator, known: Known, people: Ints, tier: Ints) -> pa.Table:
    """What an institution knows of its customers; some birth dates were never asked for."""
    world = known.world
    return pa.table(
        {
            "customer": customer_numbers(people),
            "name": known.names.take(pa.array(people)),
            "born": dates(world.birth_day[people], rng.random(len(people)) < NO_BIRTH),
            "sex": coded(world.is_male[people].astype(np.int64), ("F", "M")),
            "country": coded(world.home[people], COUNTRIES),
            "tier": coded(tier, TIERS),
        }
    )


def customer_numbers(people: Ints) -> pa.StringArray:
    """The numbers institutions give to people."""
    return pc.binary_join_element_wise("C", pc.utf8_lpad(pa.array(people).cast(pa.string()), 8, "0"), "")
