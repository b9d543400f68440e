"""A made world and its truth read back as tables of integers, so that it can be measured without a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import yaml

from bakau.errors import FileError, InputError, Place
from bakau.times import HOUR_US, to_us
from bakau_graph.scratch import connect_scratch
from bakau_ingest.world.places import FIRST_DAY, UNITS, USD, ZONES, make_clock
from bakau_ingest.world.rails import RAILS

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_ACCOUNTS = """
CREATE TABLE account AS SELECT row_number() OVER (ORDER BY account) - 1 AS key, account AS number, type AS kind, country,
       opened, institution FROM (SELECT account, type, country, opened, institution FROM read_parquet({files}))
"""
#: An account is protected when one of its holders is under 18 on the last day; as the archive does it, by date of birth alone.
_PEOPLE = """
CREATE TABLE holder AS SELECT account.key, people.born, people.sex, holding.role
FROM (SELECT *, regexp_extract(filename, '([a-z_]+)_holdings', 1) AS rail FROM read_parquet({holdings}, filename = true)) AS holding
JOIN account ON account.number = holding.account
JOIN (SELECT *, regexp_extract(filename, '([a-z_]+)_customers', 1) AS rail FROM read_parquet({customers}, filename = true)) AS people
  ON people.customer = holding.customer AND people.rail = holding.rail
"""
_TRANSFERS = """
INSERT INTO transfer SELECT source.key, target.key, CAST(epoch_us(time) AS BIGINT){shift}, {hour}, CAST(round(amount * unit.usd * 100) AS BIGINT),
       CAST(amount AS DOUBLE), currency, '{channel}', {src_country}, {dst_country}
FROM read_parquet('{path}') AS paid JOIN account AS source ON source.number = from_account
JOIN account AS target ON target.number = to_account JOIN unit ON unit.code = paid.currency
{zone} WHERE time IS NOT NULL AND amount > 0 AND status = 'settled'
"""
_ZONE = "LEFT JOIN ahead ON ahead.zone = paid.zone AND ahead.local_hour_number = epoch_us(time) // 3600000000"
_TRUTH = """
CREATE TABLE planted AS SELECT network_id, scheme, crime_type, receives_on, role, in_core = 1 AS in_core, account.key
FROM read_csv('{path}', all_varchar = false) JOIN account ON account.number = account_number WHERE lookalike = 0;
CREATE TABLE lookalike AS SELECT scheme AS kind, account.key FROM read_csv('{path}') JOIN account ON account.number = account_number
WHERE lookalike = 1
"""


def open_world(folder: Path) -> duckdb.DuckDBPyConnection:
    """The world in `folder` and its truth as tables of an in-memory database.

    `account` (key, number, kind, country, opened, institution), `holder` (key, born, sex, role), `transfer` (src, dst, ts_us, local_hour of the payer or null, usd_cents,
    amount, currency, channel, src_country, dst_country; settled ones that can be read), `planted` and `lookalike` (of the truth). InputError for a world
    of text files: the same seed makes the same world as Parquet.
    """
    try:
        listed = yaml.safe_load((folder / "world.yaml").read_text(encoding="utf-8"))
        names = [entry["path"] for entry in listed["files"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise FileError("is no world, or its world.yaml cannot be read", hint="bakau world make", at=Place(str(folder))) from error
    if not all(name.endswith(".parquet") for name in names):
        raise InputError("this world was written as text files", hint="make it again without --as files: the same seed is the same world")
    connection = connect_scratch(threads=2)

    rails = {rail.name for rail in RAILS}

    def paths(ending: str) -> str:
        chosen = (name for name in names if name.endswith(f"{ending}.parquet") and name.removesuffix(".parquet") not in rails)
        return "[" + ", ".join(f"'{folder / name}'" for name in chosen) + "]"

    connection.execute(_ACCOUNTS.format(files=paths("_accounts")))
    connection.execute(_PEOPLE.format(holdings=paths("_holdings"), customers=paths("_customers")))
    connection.register("unit", pa.table({"code": list(dict.fromkeys(UNITS)), "usd": [float(USD[UNITS.index(code)]) for code in dict.fromkeys(UNITS)]}))  # fmt: skip
    connection.register("ahead", _ahead(int(listed["days"])))
    connection.execute(
        "CREATE TABLE transfer (src BIGINT, dst BIGINT, ts_us BIGINT, local_hour TINYINT, usd_cents BIGINT, amount DOUBLE, currency VARCHAR, "
        "channel VARCHAR, src_country VARCHAR, dst_country VARCHAR)"
    )
    for rail in RAILS:
        if f"{rail.name}.parquet" in names:
            _read_rail(connection, folder, rail.name)
    connection.execute(_TRUTH.format(path=folder.with_name(folder.name + ".truth") / "networks.csv"))
    return connection


def _ahead(days: int) -> pa.Table:
    """How far each zone is ahead of UTC, by the hour its clock shows."""
    clock = make_clock(to_us(FIRST_DAY), days)
    zones = list(dict.fromkeys(ZONES))
    hours = np.arange(-24, clock.offset.shape[1])
    shown = clock.first_us // HOUR_US + hours
    ahead = np.concatenate([clock.offset[ZONES.index(zone), np.clip(hours, 0, None)] for zone in zones])
    return pa.table({"zone": np.repeat(zones, len(hours)), "local_hour_number": np.tile(shown, len(zones)), "us": ahead * HOUR_US})


def _read_rail(connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    rail = next(rail for rail in RAILS if rail.name == name)
    has_country = rail.channel != "crypto"
    local = rail.local_time
    connection.execute(
        _TRANSFERS.format(
            path=folder / f"{name}.parquet", channel=rail.channel,
            shift=" - coalesce(ahead.us, 0)" if local else "", zone=_ZONE if local else "",
            hour="CAST(hour(time) AS TINYINT)" if local else "NULL",
            src_country="from_country" if has_country else "NULL", dst_country="to_country" if has_country else "NULL",
        )
    )  # fmt: skip
