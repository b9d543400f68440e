"""From groups of accounts to the tables of findings: subjects with roles, reasons with points, context, dates, evidence.

An account finding is a group of one. Reasons are kept per account, so that a member who is protected later takes their part of the
score with them; `reasons.summarise` adds them up per indicator for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.model import TRANSFER_ID
from bakau_analytics.findings import networks
from bakau_analytics.findings.bounds import find_bounds
from bakau_analytics.findings.combination import count_members
from bakau_analytics.findings.parts import build_parts
from bakau_analytics.findings.remarks import REASON, not_evaluable, tie_reasons
from bakau_analytics.indicators.engine import load_evidence

if TYPE_CHECKING:
    import duckdb

    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.findings.rule import FindingRule
    from bakau_analytics.indicators.pack import PackSet

REASONS = """
SELECT g.grp, g.kind, p.account_key, p.name, p.version, p.family, p.role, p.model, p.points, p.points AS own_points, p.observed, p.threshold, p.source,
       p.runbook, p.evidence_count, p.not_evaluable, p.first_us, p.last_us
FROM grouped g JOIN part p ON g.account_key = p.account_key ORDER BY g.grp, p.account_key, p.model, p.name
"""
ROLES = """
WITH summed AS (
    SELECT account_key, role, sum(points) AS points, string_agg(name, ', ' ORDER BY points DESC, name) AS role_basis
    FROM part WHERE NOT model AND points > 0 GROUP BY account_key, role
)
SELECT account_key, role, role_basis FROM summed
QUALIFY row_number() OVER (PARTITION BY account_key ORDER BY points DESC, role) = 1 ORDER BY account_key
"""
AROUND = """
WITH touching AS (
    SELECT g.grp, f.dst AS account_key FROM grouped g JOIN flow f ON f.src = g.account_key
    UNION ALL SELECT g.grp, f.src FROM grouped g JOIN flow f ON f.dst = g.account_key
),
tie AS (
    SELECT t.grp, t.account_key, count(*) AS n FROM touching t
    ANTI JOIN grouped g ON g.grp = t.grp AND g.account_key = t.account_key GROUP BY t.grp, t.account_key
),
known AS (
    SELECT tie.*, p.account_key IS NOT NULL AS hidden, r.account_key IS NOT NULL AS in_review
    FROM tie LEFT JOIN protected_account p ON p.account_key = tie.account_key LEFT JOIN review_account r ON r.account_key = tie.account_key
),
placed AS (SELECT *, row_number() OVER (PARTITION BY grp, hidden OR in_review ORDER BY n DESC, account_key) AS place FROM known)
SELECT grp, account_key, hidden, in_review FROM placed WHERE hidden OR in_review OR place <= $most ORDER BY grp, account_key
"""
#: Accounts in review that pay a subject, are paid by one, or are paid by so many of the accounts that pay the subjects.
IN_REVIEW = """
WITH near AS (
    SELECT g.grp, f.dst AS account_key FROM grouped g JOIN flow f ON f.src = g.account_key
    UNION SELECT g.grp, f.src FROM grouped g JOIN flow f ON f.dst = g.account_key
),
fed AS (SELECT DISTINCT g.grp, f.src FROM grouped g JOIN flow f ON f.dst = g.account_key),
paid AS (SELECT DISTINCT f.src, f.dst FROM flow f SEMI JOIN review_account r ON f.dst = r.account_key)
SELECT grp, account_key FROM near SEMI JOIN review_account USING (account_key)
UNION
SELECT fed.grp, p.dst FROM fed JOIN paid p ON p.src = fed.src GROUP BY fed.grp, p.dst HAVING count(*) >= $shared
ORDER BY 1, 2
"""
BETWEEN = """
SELECT g.grp, f.src AS account_key, f.transfer_id
FROM grouped g JOIN flow f ON f.src = g.account_key JOIN grouped h ON h.grp = g.grp AND h.account_key = f.dst
WHERE g.kind = 'network' ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Findings before they have ids: tables keyed by the group number `grp` (int64).

    `findings`: grp, kind, score, first_us, last_us, protected_count · `subjects`: grp, account_key, role, role_basis, points ·
    `context` and `review` (of unknown age, with a sign of danger): grp, account_key · `reasons`: grp, account_key, then the columns of ``finding_reason`` · `evidence`: grp, account_key,
    indicator, transfer_id · `bounds`: grp, then the columns of ``finding_bound``.
    """

    findings: pa.Table
    subjects: pa.Table
    context: pa.Table
    review: pa.Table
    reasons: pa.Table
    evidence: pa.Table
    bounds: pa.Table


def assemble(
    connection: duckdb.DuckDBPyConnection,
    grouped: pa.Table,
    *,
    contributions: Contributions,
    packs: PackSet,
    hits: pa.Table,
    ties: pa.Table,
    rule: FindingRule,
    most_model_points: int,
) -> Draft:
    """Build the tables of the groups `grouped` (grp int64, kind ``account`` or ``network``, account_key). Reads `flow`,
    `protected_account` and `review_account`. Networks that stay below the rule's points are left out, and so are accounts that a network names.
    """
    connection.register("grouped", grouped)
    connection.register("part", build_parts(contributions, packs, hits))
    reasons = _count_members(connection.sql(REASONS).to_arrow_table(), rule)
    kept = _named_once(grouped, _strong_enough(reasons, rule))
    reasons, grouped = _only(reasons, kept), _only(grouped, kept)
    connection.register("grouped", grouped)
    roles = connection.sql(ROLES).to_arrow_table()
    around = connection.sql(AROUND, params={"most": rule.context_limit}).to_arrow_table()
    review = connection.sql(IN_REVIEW, params={"shared": rule.shared_senders}).to_arrow_table()
    between = connection.sql(BETWEEN).to_arrow_table()
    for name in ("grouped", "part"):
        connection.unregister(name)
    complete = pa.concat_tables([_as_reasons(reasons), tie_reasons(grouped, ties, between, rule), not_evaluable(reasons, packs, hits)])
    complete = complete.sort_by([("grp", "ascending"), ("account_key", "ascending"), ("name", "ascending")]).combine_chunks()
    return Draft(
        findings=_summary(reasons, around),
        subjects=_subjects(reasons, roles),
        context=around.filter(pc.invert(pc.or_(around["hidden"], around["in_review"]))).select(["grp", "account_key"]),
        review=review,
        reasons=complete,
        evidence=_evidence(connection, reasons, between, packs),
        bounds=find_bounds(
            connection, grouped, contributions=contributions, packs=packs, hits=hits, rule=rule, most_model_points=most_model_points
        ),
    )


def _count_members(reasons: pa.Table, rule: FindingRule) -> pa.Table:
    """The reasons with `points` as they count in their group."""
    name = np.asarray(pc.rank(reasons["name"], sort_keys="ascending", tiebreaker="dense")).astype(np.int64)
    is_network, is_model = np.asarray(pc.equal(reasons["kind"], "network")), np.asarray(reasons["model"])
    groups, accounts, points = (np.asarray(reasons[column], np.int64) for column in ("grp", "account_key", "own_points"))
    counted = count_members(groups, name, accounts, points, rule.counted(is_network, is_model))
    return reasons.set_column(reasons.schema.get_field_index("points"), "points", pa.array(counted))


def _only(rows: pa.Table, groups: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows["grp"], value_set=groups))


def _as_reasons(rows: pa.Table) -> pa.Table:
    return rows.select(REASON.names).cast(REASON)


def _strong_enough(reasons: pa.Table, rule: FindingRule) -> pa.Array:
    """Groups that stand: every account, and the networks whose indicators reach the rule's points from enough families."""
    indicators = reasons.filter(pc.invert(reasons["model"]))
    total = indicators.group_by(["grp", "kind"], use_threads=False).aggregate([("points", "sum")])
    adding = indicators.filter(pc.greater(indicators["points"], 0))
    families = adding.group_by("grp", use_threads=False).aggregate([("family", "count_distinct")])
    broad = families.filter(pc.greater_equal(families["family_count_distinct"], rule.open_families))["grp"].combine_chunks()
    network = pc.and_(pc.greater_equal(total["points_sum"], rule.network_points), pc.is_in(total["grp"], value_set=broad))
    return total.filter(pc.or_(pc.equal(total["kind"], "account"), network))["grp"].combine_chunks()


def _named_once(grouped: pa.Table, kept: pa.Array) -> pa.Array:
    """Of the groups that stand, those to read: an account that a network names has no finding of its own beside it."""
    standing = _only(grouped, kept)
    is_network = pc.equal(standing["kind"], "network")
    named = standing.filter(is_network)["account_key"].combine_chunks()
    twice = pc.and_(pc.invert(is_network), pc.is_in(standing["account_key"], value_set=named))
    return pc.unique(standing.filter(pc.invert(twice))["grp"])


def _summary(reasons: pa.Table, around: pa.Table) -> pa.Table:
    """grp, kind, score, first_us, last_us (of what adds points), protected_count."""
    adding = pc.if_else(pc.greater(reasons["own_points"], 0), reasons["first_us"], None)
    until = pc.if_else(pc.greater(reasons["own_points"], 0), reasons["last_us"], None)
    rows = pa.table({"grp": reasons["grp"], "kind": reasons["kind"], "points": reasons["points"], "first_us": adding, "last_us": until})
    total = rows.group_by(["grp", "kind"], use_threads=False).aggregate([("points", "sum"), ("first_us", "min"), ("last_us", "max")])
    total = total.select(["grp", "kind", "points_sum", "first_us_min", "last_us_max"]).rename_columns(
        ["grp", "kind", "score", "first_us", "last_us"]
    )
    hidden = around.filter(around["hidden"]).group_by("grp", use_threads=False).aggregate([("account_key", "count")])
    spot = pc.index_in(total["grp"], value_set=hidden["grp"].combine_chunks())
    counted = pc.fill_null(hidden["account_key_count"].combine_chunks().take(spot.combine_chunks()), 0)
    return total.append_column("protected_count", counted).sort_by("grp")


def _subjects(reasons: pa.Table, roles: pa.Table) -> pa.Table:
    """grp, account_key, role, role_basis, points (the account's own, before a network's caps)."""
    own = reasons.group_by(["grp", "account_key"], use_threads=False).aggregate([("own_points", "sum")])
    own = own.sort_by([("grp", "ascending"), ("account_key", "ascending")]).combine_chunks()
    spot = pc.index_in(own["account_key"], value_set=roles["account_key"].combine_chunks()).combine_chunks()
    return pa.table(
        {
            "grp": own["grp"],
            "account_key": own["account_key"],
            "role": roles["role"].combine_chunks().take(spot),
            "role_basis": roles["role_basis"].combine_chunks().take(spot),
            "points": own["own_points_sum"],
        }
    )


def _evidence(connection: duckdb.DuckDBPyConnection, reasons: pa.Table, between: pa.Table, packs: PackSet) -> pa.Table:
    """grp, account_key, indicator, transfer_id: the transfers behind every indicator reason, and those between the subjects."""
    schema = pa.schema({"grp": pa.int64(), "account_key": pa.int64(), "indicator": pa.string(), "transfer_id": TRANSFER_ID})
    tied = between.append_column("indicator", pa.repeat(pa.scalar(networks.BY_TRANSFERS), len(between)))
    named = reasons.filter(pc.invert(reasons["model"])).select(["grp", "account_key", "name"]).rename_columns({"name": "indicator"})
    found = named.join(load_evidence(connection, packs, named), keys=["account_key", "indicator"], join_type="inner", use_threads=False)
    order = [(name, "ascending") for name in schema.names]
    return pa.concat_tables([part.select(schema.names).cast(schema) for part in (tied, found)]).sort_by(order).combine_chunks()
