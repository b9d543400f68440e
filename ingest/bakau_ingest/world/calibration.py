"""Draws the published figures again from a made world: what its transfers and its truth say, beside what was published."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US
from bakau_ingest.world.distributions import FIGURES
from bakau_ingest.world.habits import ORDINARY
from bakau_ingest.world.places import AU, EUR_IN_USD, FIRST_DAY, ID, PH, US, USD

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import numpy.typing as npt

    from bakau_ingest.world.distributions import Figure

    Floats = npt.NDArray[np.float64]

_STEPS = """
CREATE OR REPLACE TEMP TABLE core AS SELECT DISTINCT network_id, scheme, role, key FROM planted WHERE in_core;
CREATE OR REPLACE TEMP TABLE consumer AS SELECT DISTINCT network_id, scheme, key FROM planted WHERE role = 'consumer';
CREATE OR REPLACE TEMP TABLE stream AS SELECT DISTINCT network_id, key FROM core WHERE scheme LIKE 'live_stream%';
-- an account that receives: of the core, or one that consumers pay and that is emptied into the core (a protected person's)
CREATE OR REPLACE TEMP TABLE receiving AS SELECT network_id, key FROM stream UNION SELECT DISTINCT stream.network_id, paid.dst
FROM transfer AS paid JOIN consumer ON consumer.key = paid.src JOIN transfer AS swept ON swept.src = paid.dst AND swept.ts_us > paid.ts_us
JOIN stream ON stream.key = swept.dst AND stream.network_id = consumer.network_id WHERE paid.src_country <> paid.dst_country;
CREATE OR REPLACE TEMP TABLE paid AS SELECT DISTINCT transfer.*, receiving.network_id FROM transfer JOIN receiving ON receiving.key = dst
JOIN consumer ON consumer.key = src AND consumer.network_id = receiving.network_id;
CREATE OR REPLACE TEMP TABLE payer AS SELECT src, count(*) AS n, count(DISTINCT dst) AS receivers, (max(ts_us) - min(ts_us)) / 86400000000 / greatest(count(*) - 1, 1) AS gap
FROM paid GROUP BY src
"""
#: Demands: what people outside a sextortion ring pay its mules.
_DEMANDS = """
SELECT src, amount * CASE currency WHEN 'USD' THEN {usd} WHEN 'AUD' THEN {aud} WHEN 'GBP' THEN {gbp} END AS eur, ts_us FROM transfer
JOIN core ON core.key = dst AND core.scheme = 'sextortion' AND core.role = 'mule' WHERE src_country = dst_country
AND src NOT IN (SELECT key FROM core WHERE scheme = 'sextortion') AND channel = 'bank' AND src IN (SELECT key FROM holder
WHERE born > DATE '{oldest}') ORDER BY src, ts_us
"""
#: What of the money that came in went out again within so many hours.
_ONWARD = """
SELECT count(*) AS n, count(*) FILTER (later - ts_us <= {us}) AS soon FROM (SELECT one.ts_us, two.ts_us AS later
FROM ({received}) AS one ASOF LEFT JOIN transfer AS two ON two.src = one.dst AND one.ts_us < two.ts_us)
"""


Found = dict[str, tuple[float | None, int]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure: what was published, what the world has, in which band it must lie, on how many observations. `value` None: nothing to count."""

    figure: Figure
    value: float | None
    observations: int
    low: float
    high: float

    @property
    def is_within(self) -> bool:
        """True in the band, and where there was nothing to count."""
        return self.value is None or self.low <= self.value <= self.high


def calibrate(connection: duckdb.DuckDBPyConnection, truth: Path) -> tuple[Drawn, ...]:
    """All figures of `distributions.FIGURES`, from the tables of `reading.open_world` and the truth's world.json."""
    for statement in _STEPS.split(";"):
        connection.execute(statement)
    facts = json.loads((truth / "world.json").read_text(encoding="utf-8"))
    found = _of_consumers(connection) | _of_amounts(connection, facts["days"]) | _of_demands(connection) | _of_flows(connection)
    life = np.array(facts["life_months"], float)
    found["life_months"] = (float(np.median(life)), len(life)) if len(life) else (None, 0)
    drawn = []
    for figure in FIGURES:
        value, observations = found[figure.name]
        drawn.append(Drawn(figure, None if value is None else round(value, 4), observations, *figure.band(observations)))
    return tuple(drawn)


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> Floats:
    return np.asarray(connection.sql(query).fetchnumpy()["x"], np.float64)


def _sums(connection: duckdb.DuckDBPyConnection, value: str, where: str) -> tuple[Floats, int]:
    """Sums of consumers' payments, and of how many consumers they are: one person's payments are alike, so people are what is counted."""
    rows = connection.sql(f"SELECT {value} AS x, src FROM paid JOIN payer USING (src) WHERE {where}").fetchnumpy()
    return np.asarray(rows["x"], np.float64), len(np.unique(rows["src"]))


def _share(values: Floats, low: float, high: float) -> tuple[float | None, int]:
    return (float(((values >= low) & (values <= high)).mean()), len(values)) if len(values) else (None, 0)


def _middle(values: Floats) -> tuple[float | None, int]:
    return (float(np.median(values)), len(values)) if len(values) else (None, 0)


def _mean(values: Floats) -> tuple[float | None, int]:
    return (float(values.mean()), len(values)) if len(values) else (None, 0)


def _of_consumers(connection: duckdb.DuckDBPyConnection) -> Found:
    counts = np.sort(_column(connection, "SELECT n AS x FROM payer"))[::-1]
    total, most = counts.sum(), max(1, round(len(counts) * 0.03))
    ages = _column(connection, f"SELECT DISTINCT ON (payer.src) (DATE '{FIRST_DAY.date()}' - born) / 365.25 AS x FROM payer JOIN holder ON holder.key = payer.src WHERE born IS NOT NULL")  # fmt: skip
    men = _column(
        connection, "SELECT DISTINCT ON (payer.src) CAST(sex = 'M' AS DOUBLE) AS x FROM payer JOIN holder ON holder.key = payer.src"
    )
    pairs = "SELECT DISTINCT src, dst, src_country FROM paid WHERE dst_country = 'PH'"
    corridors = {f"corridor_{code.lower()}": _mean(_column(connection, f"SELECT CAST(src_country = '{code}' AS DOUBLE) AS x FROM ({pairs})")) for code in ("US", "AU", "GB")}  # fmt: skip
    return {
        "paid_more_than_once": _share(counts, 2, np.inf),
        "top_3_percent": (float(counts[:most].sum() / total), len(counts)) if total else (None, 0),
        "bottom_25_percent": (float(counts[-(len(counts) // 4) :].sum() / total), len(counts)) if total and len(counts) >= 4 else (None, 0),
        "prolific_gap_days": _middle(_column(connection, "SELECT gap AS x FROM payer WHERE n > 20")),
        "receivers_per_consumer": _mean(_column(connection, "SELECT receivers AS x FROM payer")),
        "buyers_per_facilitator": _mean(_column(connection, "SELECT count(DISTINCT src) AS x FROM paid GROUP BY dst")),
        "night_share": _mean(
            _column(connection, "SELECT CAST(local_hour >= 21 OR local_hour < 4 AS DOUBLE) AS x FROM paid WHERE local_hour IS NOT NULL")
        ),
        "consumer_age": _mean(ages),
        "consumer_men": _mean(men),
        **corridors,
    }


def _of_amounts(connection: duckdb.DuckDBPyConnection, days: int) -> Found:
    """Sums by the law of their corridor; the lockdown months by the day."""
    begin = [int(FIRST_DAY.timestamp()) * 1_000_000 + int(part * days) * DAY_US for part in ORDINARY.lockdown]
    lockdown = f"ts_us >= {begin[0]} AND ts_us < {begin[1]}"
    pesos, into_ph = f"usd_cents / 100 / {USD[PH]}", "dst_country = 'PH'"
    other = f"{into_ph} AND currency NOT IN ('AUD', 'EUR')"
    calm, locked = _sums(connection, pesos, f"{other} AND NOT ({lockdown})"), _sums(connection, pesos, f"{other} AND {lockdown}")
    dollars = [_sums(connection, "amount", f"{into_ph} AND currency = 'AUD' AND {which}") for which in ("n <= 70", "n > 70")]
    euros = _sums(connection, "amount", f"{into_ph} AND currency = 'EUR'")
    rupiah = _sums(connection, f"usd_cents / 100 / {USD[ID]}", "dst_country = 'ID'")
    vendor = _column(connection, "SELECT usd_cents / 100 AS x FROM transfer JOIN core ON core.key = dst AND role = 'vendor' JOIN consumer ON consumer.key = src AND consumer.network_id = core.network_id WHERE channel = 'crypto'")  # fmt: skip
    buyers = _column(connection, "SELECT count(DISTINCT transfer.src) AS x FROM transfer JOIN core ON core.key = dst AND role = 'vendor' JOIN consumer ON consumer.key = src AND consumer.network_id = core.network_id WHERE channel = 'crypto' GROUP BY core.network_id")  # fmt: skip
    return {
        "aud_median": (_middle(dollars[0][0])[0], dollars[0][1]),
        "prolific_aud_median": (_middle(dollars[1][0])[0], dollars[1][1]),
        "php_1k_10k": (_share(calm[0], 1_000, 10_000)[0], calm[1]),
        "php_lockdown_1k_3k": (_share(locked[0], 1_000, 3_000)[0], locked[1]),
        "php_lockdown_3k_10k": (_share(locked[0], 3_000, 10_000)[0], locked[1]),
        "idr_mean": (_mean(rupiah[0])[0], rupiah[1]),
        "eur_10_200": (_share(euros[0], 10, 200)[0], euros[1]),
        "crypto_under_100": _share(vendor, 0, 100),
        "buyers_per_vendor": _mean(buyers),
    }


def _of_demands(connection: duckdb.DuckDBPyConnection) -> Found:
    rates = {name: round(float(USD[place]) / EUR_IN_USD, 6) for name, place in (("usd", US), ("aud", AU), ("gbp", 3))}
    query = _DEMANDS.format(**rates, oldest=f"{FIRST_DAY.year - 27}-01-01")
    series = f"SELECT src, first(eur ORDER BY ts_us) AS first_eur, (max(ts_us) - min(ts_us)) / 3600000000 AS hours FROM ({query}) GROUP BY src HAVING count(*) >= 3"  # fmt: skip
    connection.execute(f"CREATE OR REPLACE TEMP TABLE series AS {series}")
    return {
        "first_demand_under_250": _share(_column(connection, f"SELECT first_eur AS x FROM ({series})"), 0, 250),
        "series_under_1500": _share(_column(connection, f"SELECT eur AS x FROM ({query}) SEMI JOIN ({series}) USING (src)"), 0, 1_500),
        "series_hours": _middle(_column(connection, f"SELECT hours AS x FROM ({series})")),
    }


def _of_flows(connection: duckdb.DuckDBPyConnection) -> Found:
    """What came in and went out again soon: of consumers' payments, and of what mules were paid by people outside their ring."""
    ring = "SELECT dst, ts_us FROM transfer JOIN core ON core.key = dst AND core.scheme = 'sextortion' AND role = 'mule' SEMI JOIN series USING (src) WHERE usd_cents > 0"  # fmt: skip
    found: Found = {}
    for name, received, hours in (("cash_out_24h", "SELECT dst, ts_us FROM paid", 24), ("onward_6h", ring, 6)):
        count, soon = connection.sql(_ONWARD.format(received=received, us=hours * 3_600_000_000)).fetchall()[0]
        found[name] = (soon / count, count) if count else (None, 0)
    return found
