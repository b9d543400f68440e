"""The world as files that institutions would hand over: customers, accounts, holdings and transfers per rail, a mapping beside each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import yaml

from bakau_ingest.world.payments import PURPOSES
from bakau_ingest.world.population import COUNTRIES, CURRENCIES, ZONES, Kind

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

WORLD_VERSION = "1"
#: Share of transfer records spoilt on purpose, so that the quarantine has work; a default of ours.
DIRTY_SHARE = 0.0004


@dataclass(frozen=True, slots=True)
class Rail:
    """One transfer file: which ends it joins, whether it crosses a border, and how its institution writes."""

    name: str
    src: str
    dst: str
    abroad: bool
    channel: str
    local_time: bool


RAILS = (
    Rail("bank_transfers", "iban", "iban", abroad=False, channel="bank", local_time=False),
    Rail("wallet_transfers", "phone", "phone", abroad=False, channel="e_wallet", local_time=True),
    Rail("wallet_top_ups", "iban", "phone", abroad=False, channel="e_wallet", local_time=True),
    Rail("wallet_withdrawals", "phone", "iban", abroad=False, channel="e_wallet", local_time=True),
    Rail("remittances_to_wallets", "iban", "phone", abroad=True, channel="remittance", local_time=True),
    Rail("remittances_to_accounts", "iban", "iban", abroad=True, channel="remittance", local_time=True),
    Rail("crypto_transfers", "crypto:BTC", "crypto:BTC", abroad=False, channel="crypto", local_time=False),
)
_KINDS = {
    Kind.BANK: "bank_account", Kind.WALLET: "e_wallet", Kind.CRYPTO: "crypto_address", Kind.SHOP_BANK: "merchant", Kind.SHOP_WALLET: "merchant",
    Kind.AGENT: "cash_point", Kind.EMPLOYER: "bank_account",
}  # fmt: skip
_FILES = {"bank": "iban", "wallet": "phone", "crypto": "crypto:BTC"}


def write_world(
    rng: np.random.Generator,
    folder: Path,
    world: Population,
    payments: dict[str, Ints],
    numbers: pa.StringArray,
    schemes: list[str],
    names: pa.StringArray,
    seed: int,
) -> dict[str, int]:
    """Write every file, its mapping and world.yaml; returns records per file."""
    (folder / "mappings").mkdir(parents=True)
    scheme = np.array(schemes)
    written: dict[str, int] = {}
    for owner, kind in _FILES.items():
        accounts = np.flatnonzero(scheme == kind)
        written |= _write_accounts(rng, folder, owner, kind, accounts, world, numbers, names)
    abroad = world.country[payments["src"]] != world.country[payments["dst"]]
    for rail in RAILS:
        crosses = rail.abroad == abroad if rail.channel != "crypto" else True
        rows = np.flatnonzero((scheme[payments["src"]] == rail.src) & (scheme[payments["dst"]] == rail.dst) & crosses)
        if len(rows):
            written[rail.name] = _write_transfers(
                rng, folder, rail, {name: values[rows] for name, values in payments.items()}, world, numbers
            )
    listed = [{"path": f"{name}.csv", "mapping": f"mappings/{name}.yaml"} for name in written]
    text = yaml.safe_dump({"world": WORLD_VERSION, "seed": seed, "files": listed}, sort_keys=False)
    (folder / "world.yaml").write_text(text, encoding="utf-8")
    return written


def _write(folder: Path, name: str, rows: pa.Table, meaning: str, tables: list[dict[str, object]]) -> int:
    options = pacsv.WriteOptions(quoting_style="needed")
    pacsv.write_csv(rows, folder / f"{name}.csv", options)
    mapping = {"name": name, "meaning": meaning, "files": [{"match": [f"{name}.csv"], "delimiter": ",", "rows": tables}]}
    (folder / "mappings" / f"{name}.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False, width=140), encoding="utf-8")
    return len(rows)


def _dates(days: Ints) -> pa.Array:
    return pc.strftime(pa.array(days.astype(np.int32)).cast(pa.date32()), "%Y-%m-%d")


def _coded(places: Ints, words: tuple[str, ...]) -> pa.Array:
    return pa.array(words).take(pa.array(places))


def _write_accounts(
    rng: np.random.Generator,
    folder: Path,
    rail: str,
    scheme: str,
    accounts: Ints,
    world: Population,
    numbers: pa.StringArray,
    names: pa.StringArray,
) -> dict[str, int]:
    """Accounts of a rail; for bank and wallet also its customers and who holds what, in a shuffled order."""
    accounts = rng.permutation(accounts)
    own = numbers.take(pa.array(accounts))
    currency = np.where(np.isin(world.kind[accounts], (Kind.CRYPTO,)), 4, world.country[accounts])
    rows = pa.table(
        {
            "account": own,
            "type": pa.array([_KINDS[Kind(kind)] for kind in world.kind[accounts].tolist()]),
            "country": _coded(world.country[accounts], COUNTRIES),
            "currency": _coded(currency, (*CURRENCIES, "BTC")),
            "opened": _dates(world.opened_day[accounts]),
        }
    )
    number = {"column": "account", "scheme": scheme}
    fields = {
        "number": number,
        "kind": {"column": "type"},
        "country": {"column": "country"},
        "currency": {"column": "currency"},
        "opened": {"column": "opened"},
    }
    written = {
        f"{rail}_accounts": _write(
            folder, f"{rail}_accounts", rows, f"accounts of the {rail} rail", [{"table": "account", "fields": fields}]
        )
    }
    if rail != "crypto":
        written |= _write_customers(rng, folder, rail, number, accounts, world, numbers, names)
    return written


def _write_customers(
    rng: np.random.Generator,
    folder: Path,
    rail: str,
    number: dict[str, str],
    accounts: Ints,
    world: Population,
    numbers: pa.StringArray,
    names: pa.StringArray,
) -> dict[str, int]:
    held = accounts[world.holder[accounts] >= 0]
    pairs = [(int(world.holder[account]), int(account), "owner") for account in held]
    present = set(accounts.tolist())
    pairs += [(person, account, "co_owner") for account, person in world.co_holder.items() if account in present]
    pairs += [(person, account, "guardian") for account, person in world.guardian_of.items() if account in present]
    pairs = [pairs[place] for place in rng.permutation(len(pairs))]
    people = np.unique(np.array([person for person, _, _ in pairs], np.int64))
    people = rng.permutation(people)
    known = rng.random(len(people)) > 0.03  # some birth dates were never asked for
    customers = pa.table(
        {
            "customer": pa.array([f"C{person:08d}" for person in people.tolist()]),
            "name": names.take(pa.array(people)),
            "born": pc.if_else(pa.array(known), _dates(world.birth_day[people]), ""),
            "country": _coded(world.home[people], COUNTRIES),
        }
    )
    holdings = pa.table(
        {
            "customer": pa.array([f"C{person:08d}" for person, _, _ in pairs]),
            "account": numbers.take(pa.array([account for _, account, _ in pairs])),
            "role": pa.array([role for _, _, role in pairs]),
        }
    )
    customer = {"column": "customer", "scheme": f"local.{rail}"}
    person_fields = {
        "number": customer,
        "kind": {"value": "person"},
        "name": {"column": "name"},
        "birth_date": {"column": "born"},
        "country": {"column": "country"},
    }
    holding_fields = {"party": customer, "account": number, "role": {"column": "role"}}
    return {
        f"{rail}_customers": _write(
            folder, f"{rail}_customers", customers, f"customers of the {rail} rail", [{"table": "party", "fields": person_fields}]
        ),
        f"{rail}_holdings": _write(
            folder, f"{rail}_holdings", holdings, f"who holds the {rail} accounts", [{"table": "holding", "fields": holding_fields}]
        ),
    }


def _write_transfers(
    rng: np.random.Generator, folder: Path, rail: Rail, rows: dict[str, Ints], world: Population, numbers: pa.StringArray
) -> int:
    """Transfers of a rail in order of time; a few records are spoilt."""
    count = len(rows["src"])
    country = world.country[rows["src"]]
    decimals = 8 if rail.channel == "crypto" else 2
    amount = _decimals(rows["amount"], decimals)
    spoilt = np.flatnonzero(rng.random(count) < DIRTY_SHARE)
    amount = pc.if_else(
        pa.array(np.isin(np.arange(count), spoilt)), pa.array(np.array(["n/a", "", "-12.00", "1.000,50"])[np.arange(count) % 4]), amount
    )
    columns = {
        "time": _times(rows["ts_us"], country, rail),
        "from_account": numbers.take(pa.array(rows["src"])),
        "to_account": numbers.take(pa.array(rows["dst"])),
        "amount": amount,
        "currency": _coded(np.full(count, 4) if rail.channel == "crypto" else country, (*CURRENCIES, "BTC")),
        "note": _coded(rows["purpose"], PURPOSES),
        "number": pa.array([f"T{RAILS.index(rail) + 1}{place:09d}" for place in range(count)]),
    }
    ts: dict[str, object] = {"column": "time", "local_hour": rail.local_time}
    fields: dict[str, object] = {
        "ts": ts,
        "src": {"column": "from_account", "scheme": rail.src},
        "dst": {"column": "to_account", "scheme": rail.dst},
        "amount": {"column": "amount"},
        "currency": {"column": "currency"},
        "channel": {"value": rail.channel},
        "purpose": {"column": "note"},
        "reference": {"column": "number"},
    }
    if rail.channel != "crypto":
        columns |= {"from_country": _coded(country, COUNTRIES), "to_country": _coded(world.country[rows["dst"]], COUNTRIES)}
        fields |= {"src_country": {"column": "from_country"}, "dst_country": {"column": "to_country"}}
    if rail.abroad:
        columns["zone"] = _coded(country, ZONES)
        ts["zone_column"] = "zone"
    elif rail.local_time:
        ts |= {"formats": ["%d/%m/%Y %H:%M:%S"], "zone": ZONES[0]}
    table = pa.table(columns)
    return _write(folder, rail.name, table, f"transfers: {rail.name.replace('_', ' ')}", [{"table": "transfer", "fields": fields}])


def _decimals(minor: Ints, decimals: int) -> pa.Array:
    whole = pa.array(minor // 10**decimals).cast(pa.string())
    fraction = pc.utf8_lpad(pa.array(minor % 10**decimals).cast(pa.string()), decimals, "0")
    return pc.binary_join_element_wise(whole, fraction, ".")


def _times(ts_us: Ints, country: Ints, rail: Rail) -> pa.Array:
    """As the rail writes them: UTC with Z, the sender's clock with its zone beside it, or day first in Manila's clock."""
    stamps = pa.array(ts_us // 1_000_000 * 1_000_000).cast(pa.timestamp("us", tz="UTC"))
    if not rail.local_time:
        return pc.strftime(stamps.cast(pa.timestamp("s", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")
    if not rail.abroad:
        return pc.strftime(stamps.cast(pa.timestamp("s", tz=ZONES[0])), "%d/%m/%Y %H:%M:%S")
    result = pa.nulls(len(ts_us), pa.string())
    for place, zone in enumerate(ZONES):
        local = pc.strftime(stamps.cast(pa.timestamp("s", tz=zone)), "%Y-%m-%d %H:%M:%S")
        result = pc.if_else(pa.array(country == place), local, result)
    return result
