"""Whole tables for other tools: scores, findings, communities, transfers. Protected accounts have no row of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.model import TRANSFER
from bakau_casework.purpose import Reveals
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, text
from bakau_casework.views.findings import get_run
from bakau_casework.views.referrals import find_referrals

if TYPE_CHECKING:
    from bakau_casework.reading import Clear, Reading

_RUN = (text("run", "the run these come from"),)

SCORES = Declaration(
    "scores",
    "Every scorable account that is not in review with its score and each named contribution to it, one row per contribution.",
    "scores",
    (
        account_id("account_id", "the account"),
        count("points", "its score: the sum of its contributions"),
        text("name", "indicator or model that contributed; empty for an account without any"),
        text("version", "its version"),
        text("kind", "indicator, or model (orders only)"),
        count("contribution", "points it adds"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        Shown(
            "number",
            TRANSFER["reference"].type,
            "account number in clear; null when masked or not stated",
            TRANSFER["reference"].marking,
            Reveals.NUMBER,
        ),
    ),
    _RUN,
)

FINDING_ROWS = Declaration(
    "finding-rows",
    "Findings flat: one row per finding and subject.",
    "rows",
    (
        text("finding_id", "the finding"),
        text("kind", "account or network"),
        count("score", "its score"),
        account_id("account_id", "a subject of it"),
        text("role", "its role"),
        text("role_basis", "the indicators the role rests on"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        count("points", "the subject's own points"),
        count("protected_count", "protected accounts in the finding"),
        text("first_ts", "first transfer of the evidence"),
        text("last_ts", "last transfer of the evidence"),
        text("reasons", "names of the reasons, with points"),
    ),
    _RUN,
)

COMMUNITIES = Declaration(
    "communities",
    "Which community each account is in, at each resolution.",
    "communities",
    (
        account_id("account_id", "the account"),
        text("resolution", "resolution of the partition"),
        count("community", "number of the community in it"),
    ),
    _RUN,
)

TRANSFERS = Declaration(
    "transfers",
    "Every transfer of the current view.",
    "transfers",
    (
        text("transfer_id", "identity of the transfer, hexadecimal"),
        text("time", "when, ISO 8601 in UTC; the date alone when the time of day is not known"),
        account_id("src_id", "payer; null (an empty cell) for a protected account"),
        account_id("dst_id", "payee; null (an empty cell) for a protected account"),
        *(Shown.of(TRANSFER[name]) for name in ("amount_minor", "currency", "channel", "status", "src_country", "dst_country")),
        count("value_minor", "its worth in value_currency, minor units; null without a rate of that day or the week before, or an amount"),
        text("value_currency", "the reporting currency; null when no rates were loaded"),
        text("batch_id", "the batch that brought it"),
        count("line", "line of the record in that batch's file"),
    ),
    (count("null_values", "transfers without a value"),),
)

_SCORES = """
SELECT w.account_id, coalesce(sum(s.contribution) OVER (PARTITION BY w.account_key), 0)::BIGINT AS points, coalesce(s.name, '') AS name,
       coalesce(s.version, '') AS version, coalesce(s.kind, '') AS kind, coalesce(s.contribution, 0) AS contribution,
       CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state, w.account_key
FROM who w SEMI JOIN scorable_account a USING (account_key) ANTI JOIN in_review v USING (account_key) LEFT JOIN score s USING (account_key) LEFT JOIN adult_account k USING (account_key)
ORDER BY points DESC, w.account_id, contribution DESC, name
"""
_FINDING_ROWS = """
WITH why AS (
    SELECT finding_id, string_agg(name || ' ' || points, '; ' ORDER BY points DESC, name) AS reasons
    FROM (SELECT finding_id, name, sum(points)::BIGINT AS points FROM finding_reason GROUP BY finding_id, name) GROUP BY finding_id
)
SELECT f.finding_id, f.kind, f.score, w.account_id, s.role, s.role_basis,
       CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state, s.points, f.protected_count,
       iso(f.first_us) AS first_ts, iso(f.last_us) AS last_ts, y.reasons
FROM finding f JOIN finding_subject s USING (finding_id) JOIN who w USING (account_key) LEFT JOIN adult_account k USING (account_key)
LEFT JOIN why y USING (finding_id) ORDER BY f.score DESC, f.finding_id, s.points DESC, w.account_id
"""
_COMMUNITIES = """
SELECT w.account_id, c.resolution, c.community FROM community c JOIN who w USING (account_key) ORDER BY c.resolution, c.community, w.account_id
"""
_TRANSFERS = """
SELECT lower(hex(t.transfer_id)) AS transfer_id, iso(t.ts_us, known := t.time_known) AS time, s.account_id AS src_id, d.account_id AS dst_id,
       t.amount_minor, t.currency, t.channel, t.status, t.src_country, t.dst_country, v.value_minor, v.value_currency, t.batch_id, t.record AS line
FROM transfer t JOIN transfer_value v USING (transfer_id)
LEFT JOIN (SELECT * FROM who ANTI JOIN protected_account USING (account_key)) s ON s.account_key = t.src_key
LEFT JOIN (SELECT * FROM who ANTI JOIN protected_account USING (account_key)) d ON d.account_key = t.dst_key
ORDER BY t.ts_us, t.transfer_id
"""


def export_scores(reading: Reading, clear: Clear) -> Draft:
    """The draft of SCORES."""
    run = get_run(reading)
    reading.use_run(run.run_id, "score")
    rows = reading.query(_SCORES, in_review=find_referrals(reading).review_table())
    number = clear.values("account", "number", rows["account_key"].combine_chunks(), allowed=Reveals.NUMBER in clear.terms.unmasks)
    return Draft(rows.drop_columns(["account_key"]).append_column("number", number), {"run": run.run_id})


def export_findings(reading: Reading, clear: Clear) -> Draft:
    """The draft of FINDING_ROWS."""
    del clear
    run = get_run(reading)
    reading.use_run(run.run_id, "finding", "finding_subject", "finding_reason")
    return Draft(reading.query(_FINDING_ROWS), {"run": run.run_id})


def export_communities(reading: Reading, clear: Clear) -> Draft:
    """The draft of COMMUNITIES."""
    del clear
    run = get_run(reading)
    reading.use_run(run.run_id, "community")
    return Draft(reading.query(_COMMUNITIES), {"run": run.run_id})


def export_transfers(reading: Reading, clear: Clear) -> Draft:
    """The draft of TRANSFERS."""
    del clear
    reading.use_values()
    rows = reading.query(_TRANSFERS)
    return Draft(rows, {"null_values": rows["value_minor"].null_count})
