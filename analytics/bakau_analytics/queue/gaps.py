"""Which records of a finding's subjects are missing something, who holds them, and which rules they leave open: what requests are made of.

The texts read `transfer`, `account` and a table `one_subject` (account_key) of the finding's subjects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.anomaly import order
from bakau_analytics.indicators.looks import COLUMNS
from bakau_analytics.queue.asks import Gap, Side, Unit

if TYPE_CHECKING:
    import pyarrow as pa

#: Transfers of the subjects, with who holds what and which columns are not known.
TOUCHING = """
touching AS (
    SELECT t.transfer_id, t.src_key, t.dst_key, t.ts_us, s.account_key IS NOT NULL AS src_is_subject, s.account_key AS src_subject, d.account_key AS dst_subject,
           a.institution_id AS src_institution, b.institution_id AS dst_institution, coalesce(t.src_country = t.dst_country, false) AS is_home,
           t.amount_minor IS NULL AS no_amount, t.currency = 'XXX' AS no_currency, NOT t.time_known AS no_time_known,
           t.local_hour IS NULL AS no_local_hour, t.src_country IS NULL AS no_src_country, t.dst_country IS NULL AS no_dst_country
    FROM transfer t LEFT JOIN one_subject s ON s.account_key = t.src_key LEFT JOIN one_subject d ON d.account_key = t.dst_key
    LEFT JOIN account a ON a.account_key = t.src_key LEFT JOIN account b ON b.account_key = t.dst_key
    WHERE t.status = 'settled' AND t.src_key <> t.dst_key AND (s.account_key IS NOT NULL OR d.account_key IS NOT NULL)
)
"""
_FLAGS = tuple(f"no_{name}" for name in COLUMNS)
#: What the transfers of one gap have in common.
GAP_KEY = ("src_subject", "dst_subject", "src_institution", "dst_institution", "is_home", *_FLAGS)
#: One row per pair of subjects and institutions and set of missing columns.
GAPS = f"""
WITH {TOUCHING}
SELECT {", ".join(GAP_KEY)}, count(*) AS transfers
FROM touching WHERE {" OR ".join(_FLAGS)} GROUP BY ALL ORDER BY ALL
"""
#: Subjects at a known institution of which one side was never seen.
SIDES = f"""
WITH {TOUCHING},
seen AS (
    SELECT s.account_key, a.institution_id, count(t.ts_us) FILTER (WHERE t.src_key = s.account_key) AS gone,
           count(t.ts_us) FILTER (WHERE t.dst_key = s.account_key) AS come
    FROM one_subject s JOIN account a USING (account_key) JOIN touching t ON t.src_key = s.account_key OR t.dst_key = s.account_key
    WHERE a.institution_id IS NOT NULL GROUP BY s.account_key, a.institution_id
)
SELECT account_key, institution_id, CASE WHEN gone = 0 THEN 'out' ELSE 'in' END AS side, gone + come AS transfers
FROM seen WHERE (gone = 0) <> (come = 0) ORDER BY account_key
"""


def read_gaps(rows: pa.Table) -> list[Gap]:
    """The rows of GAPS."""
    return [
        Gap(
            row["src_subject"], row["dst_subject"], row["src_institution"], row["dst_institution"],
            frozenset(name for name in COLUMNS if row[f"no_{name}"]), row["transfers"], row["is_home"],
        )
        for row in rows.to_pylist()
    ]  # fmt: skip


def read_sides(rows: pa.Table) -> list[Side]:
    """The rows of SIDES."""
    return [Side(row["account_key"], row["institution_id"], row["side"], row["transfers"]) for row in rows.to_pylist()]


def read_units(rows: pa.Table) -> list[Unit]:
    """Rows of the bounds of one finding (`findings.bounds`), the model's left out."""
    return [
        Unit(row["account_key"], row["name"], row["own_points"], row["own_low"], row["own_high"], row["is_beyond"])
        for row in rows.to_pylist()
        if row["name"] != order.NAME
    ]
