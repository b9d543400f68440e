"""Plain numbers per account by which the guard asks whether a world is too easy: counts, sums, shares and gaps, straight from its transfers.

They are independent of the features that detection uses, so that the guard stays the same when those change. One row per account that may be named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Cents of what counts as a small sum from abroad (FATF: EUR 10-200).
SMALL = "usd_cents BETWEEN 1000 AND 21600"
_ABROAD = "src_country <> dst_country"
_NIGHT = "(local_hour >= 21 OR local_hour < 4)"

_STEPS = (
    "CREATE OR REPLACE TEMP TABLE pair AS SELECT src, dst, count(*) AS n, sum(usd_cents) AS cents, bool_or({abroad}) AS abroad FROM transfer GROUP BY ALL",
    """CREATE OR REPLACE TEMP TABLE incoming AS SELECT dst AS key, count(*) AS payments_in, count(DISTINCT src) AS senders,
       count(DISTINCT src) FILTER ({abroad}) AS senders_abroad, count(*) FILTER ({abroad}) AS payments_abroad_in,
       count(DISTINCT src) FILTER ({abroad} AND {small}) AS small_senders_abroad, median(usd_cents) AS median_in,
       median(usd_cents) FILTER ({abroad}) AS median_abroad_in, sum(usd_cents) AS cents_in,
       count(*) FILTER ({night}) / count(*) AS night_in, count(*) FILTER ({night} AND {abroad}) AS night_abroad_in,
       count(DISTINCT src_country) FILTER ({abroad}) AS corridors_in, stddev(usd_cents) / avg(usd_cents) AS spread_in,
       (max(ts_us) - min(ts_us)) / 86400000000 AS days_in FROM transfer GROUP BY dst""",
    """CREATE OR REPLACE TEMP TABLE outgoing AS SELECT src AS key, count(*) AS payments_out, count(DISTINCT dst) AS receivers,
       count(DISTINCT dst) FILTER ({abroad}) AS receivers_abroad, count(*) FILTER ({abroad}) AS payments_abroad_out,
       count(*) FILTER ({abroad} AND {small}) AS small_abroad_out, median(usd_cents) AS median_out,
       median(usd_cents) FILTER ({abroad}) AS median_abroad_out, sum(usd_cents) AS cents_out,
       count(*) FILTER ({night}) / count(*) AS night_out, count(*) FILTER ({night} AND {abroad}) AS night_abroad_out,
       (max(ts_us) - min(ts_us)) / 86400000000 AS days_out FROM transfer GROUP BY src""",
    """CREATE OR REPLACE TEMP TABLE burst AS SELECT src, dst, max(n) AS n FROM (SELECT src, dst, count(*) OVER (PARTITION BY src, dst ORDER BY ts_us
       RANGE BETWEEN 86400000000 PRECEDING AND CURRENT ROW) AS n FROM transfer SEMI JOIN (SELECT src, dst FROM pair WHERE n > 1) USING (src, dst)) GROUP BY ALL""",
    """CREATE OR REPLACE TEMP TABLE onward AS SELECT dst AS key, count(*) FILTER (later - ts_us <= 86400000000) / count(*) AS onward_24h,
       count(*) FILTER (later - ts_us <= 21600000000) / count(*) AS onward_6h, median(later - ts_us) / 3600000000 AS dwell_hours
       FROM (SELECT one.dst, one.ts_us, two.ts_us AS later FROM transfer AS one ASOF LEFT JOIN transfer AS two ON one.dst = two.src AND one.ts_us < two.ts_us)
       GROUP BY dst""",
    """CREATE OR REPLACE TEMP TABLE price AS SELECT dst AS key, sum(n) FILTER (place <= 3) / sum(n) AS top_prices FROM (SELECT dst, n, row_number() OVER (
       PARTITION BY dst ORDER BY n DESC, amount) AS place FROM (SELECT dst, amount, count(*) AS n FROM transfer GROUP BY ALL)) GROUP BY dst""",
    """CREATE OR REPLACE TEMP TABLE shared AS SELECT key, max(n) AS most_shared_senders, count(*) FILTER (n >= 3) AS receivers_with_shared_senders FROM (
       SELECT one.dst AS key, two.dst AS other, count(*) AS n FROM (FROM pair WHERE abroad) AS one JOIN (FROM pair WHERE abroad) AS two
       ON one.src = two.src AND one.dst <> two.dst GROUP BY ALL) GROUP BY key""",
    """CREATE OR REPLACE TEMP TABLE swept AS SELECT two.dst AS key, count(DISTINCT one.src) AS senders_through_protected, count(DISTINCT one.dst) AS protected_swept
       FROM transfer AS one JOIN protected ON protected.key = one.dst JOIN transfer AS two ON two.src = one.dst AND two.ts_us > one.ts_us
       AND two.ts_us <= one.ts_us + 86400000000 GROUP BY two.dst""",
)
_FEATURES = """
SELECT account.key, incoming.* EXCLUDE (key), outgoing.* EXCLUDE (key), onward.* EXCLUDE (key), price.top_prices, shared.* EXCLUDE (key),
       swept.* EXCLUDE (key), cents_out / cents_in AS passed_on, received.n AS burst_in, sent.n AS burst_out,
       account.opened - DATE '2025-01-01' AS opened_day, regular.n AS regular_share
FROM account LEFT JOIN incoming USING (key) LEFT JOIN outgoing USING (key) LEFT JOIN onward USING (key) LEFT JOIN price USING (key)
LEFT JOIN shared USING (key) LEFT JOIN swept USING (key)
LEFT JOIN (SELECT dst AS key, max(n) AS n FROM burst GROUP BY ALL) AS received USING (key)
LEFT JOIN (SELECT src AS key, max(n) AS n FROM burst GROUP BY ALL) AS sent USING (key)
LEFT JOIN (SELECT dst AS key, sum(n) FILTER (n > 3) / sum(n) AS n FROM pair GROUP BY ALL) AS regular USING (key)
ANTI JOIN protected USING (key) WHERE kind NOT IN ('cash_point', 'merchant') ORDER BY account.key
"""


def build_guard_features(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """``key`` and the features (float64, null where they cannot be told) of every account that may be named.

    Reads `account`, `transfer` and `protected` (key) as `bakau world check` lays them out; registered shops and cash points are left out.
    """
    for step in _STEPS:
        connection.execute(step.format(abroad=_ABROAD, small=SMALL, night=_NIGHT))
    return connection.sql(_FEATURES).to_arrow_table()
