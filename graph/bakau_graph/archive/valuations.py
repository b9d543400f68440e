"""What transfers are worth in one reporting currency: a view over the facts and the dated rates, never merged into them.

The rules, all of them defaults of ours. The rate is that of the transfer's day in UTC, or the last one before it that is at most
`OLDEST_DAYS` older. A rate serves both ways: where only the other direction is stated, the amount is divided by it. There is no way over a
third currency. The result is rounded once, half to even, to the reporting currency's stored minor unit; everything before is whole numbers.
No rate, or a value that leaves 64 bits: null. A later table of rates changes values at once, and no fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.money import load_currencies
from bakau.times import DAY_US

if TYPE_CHECKING:
    import duckdb

#: A rate may be so many days older than the transfer; a default of ours: a week bridges weekends and holidays.
OLDEST_DAYS = 7

#: Nothing to value with: every value is null.
UNVALUED = """
CREATE OR REPLACE TEMP MACRO values_of(rows) AS TABLE
SELECT transfer_id, CAST(NULL AS BIGINT) AS value_minor, CAST(NULL AS VARCHAR) AS value_currency FROM query_table(rows)
"""
EVERY = "CREATE OR REPLACE TEMP VIEW transfer_value AS SELECT * FROM values_of('transfer')"

#: Per currency and day: what an amount in minor units is multiplied with and divided by. The latest table wins, then the stated direction.
IN_FORCE = """
CREATE OR REPLACE TEMP TABLE rate_in_force AS
WITH way AS (
    SELECT "table", day, base AS currency, 0 AS turned, mantissa, places FROM rate WHERE quote = getvariable('reporting')
    UNION ALL
    SELECT "table", day, quote, 1, mantissa, places FROM rate WHERE base = getvariable('reporting')
), best AS (
    SELECT * FROM way QUALIFY row_number() OVER (PARTITION BY currency, day ORDER BY "table" DESC, turned) = 1
), power AS (
    SELECT b.*, CASE WHEN turned = 0 THEN r.exponent - c.exponent - b.places ELSE r.exponent - c.exponent + b.places END AS shift
    FROM best b JOIN unit c ON c.code = b.currency JOIN unit r ON r.code = getvariable('reporting')
), factor AS (
    SELECT p.currency, p.day,
           CASE WHEN turned = 0 THEN mantissa ELSE 1 END * CAST(up.value AS HUGEINT) AS num,
           CASE WHEN turned = 0 THEN 1 ELSE mantissa END * CAST(down.value AS HUGEINT) AS den
    FROM power p JOIN ten up ON up.places = greatest(shift, 0) JOIN ten down ON down.places = greatest(-shift, 0)
)
SELECT currency, day, num, den, CAST(power.value AS HUGEINT) // num AS most FROM factor JOIN ten power ON power.places = 37
"""

VALUED = f"""
CREATE OR REPLACE TEMP MACRO values_of(rows) AS TABLE
WITH dated AS (
    SELECT transfer_id, currency, amount_minor, CAST((ts_us - ((ts_us % {DAY_US}) + {DAY_US}) % {DAY_US}) // {DAY_US} AS INTEGER) AS day
    FROM query_table(rows)
), product AS (
    SELECT d.transfer_id, d.currency, d.amount_minor, r.den,
           CASE WHEN d.day - r.day <= {OLDEST_DAYS} AND abs(CAST(d.amount_minor AS HUGEINT)) <= r.most
                THEN abs(CAST(d.amount_minor AS HUGEINT)) * r.num END AS product
    FROM dated d ASOF LEFT JOIN rate_in_force r ON d.currency = r.currency AND d.day >= r.day
), whole AS (
    SELECT *, product // den AS quotient, product % den AS rest FROM product
)
SELECT transfer_id,
       CASE WHEN currency = getvariable('reporting') THEN amount_minor
            ELSE TRY_CAST(sign(amount_minor) * (quotient + CASE WHEN rest > den - rest OR (rest = den - rest AND quotient % 2 = 1) THEN 1 ELSE 0 END) AS BIGINT)
       END AS value_minor,
       getvariable('reporting') AS value_currency
FROM whole
"""


def add_values(connection: duckdb.DuckDBPyConnection, rates: pa.Table, reporting: str | None) -> None:
    """Add ``values_of(table)`` (transfer_id, value_minor, value_currency) to a connection, and `transfer_value`: that of every `transfer`.

    The table is a name; of a few transfers it costs little. `rates` as `rates.SCHEMA` says; without a reporting currency every value is
    null. One row per row; `value_currency` is the same in all.
    """
    if reporting is None:
        connection.execute(UNVALUED)
        connection.execute(EVERY)
        return
    known = load_currencies()
    connection.register("rate", rates)
    connection.register("unit", pa.table({"code": list(known), "exponent": [one.stored_exponent for one in known.values()]}))
    powers = pa.array([10**places for places in range(38)], pa.decimal128(38, 0))
    connection.register("ten", pa.table({"places": pa.array(range(38), pa.int64()), "value": powers}))
    connection.execute("SET VARIABLE reporting = ?", [reporting])
    connection.execute(IN_FORCE)
    connection.execute(VALUED)
    connection.execute(EVERY)
