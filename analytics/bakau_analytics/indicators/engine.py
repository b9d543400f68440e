"""Evaluates the rules of a pack over the flow: hit, no hit, or not evaluable, for every account that may carry a number.

A hit *is* its evidence: an account is hit by a rule exactly when the rule's detector returns evidence transfers for it, so that
taking these transfers away takes the hit away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.model import TRANSFER_ID
from bakau_analytics.flow import ensure_flow, load_coverage
from bakau_analytics.indicators.exclusions import find_excluded, leave_out
from bakau_analytics.indicators.lists import count_lists, find_givers
from bakau_analytics.indicators.needs import FAILED, find_missing, is_blind
from bakau_analytics.indicators.statements import EVIDENCE, TOTALS, table_of
from bakau_analytics.indicators.tables import build_tables
from bakau_analytics.indicators.texts import count_texts
from bakau_graph.archive.derived import HIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau.protection import ScorableAccounts
    from bakau_analytics.indicators.pack import PackSet, Rule

EVIDENCE_SCHEMA = pa.schema({"account_key": pa.int64(), "indicator": pa.string(), "transfer_id": TRANSFER_ID})


def evaluate(connection: duckdb.DuckDBPyConnection, packs: PackSet, scorable: ScorableAccounts) -> pa.Table:
    """Run every rule: hits in the schema of the derived table ``hit``, by rule and account.

    A rule that could not be looked at, wholly or on part of the transfers, adds one row with a null account_key and says what was
    missing. So does a rule whose detector failed: it is not evaluated, and nobody is said to be free of it. Needs the views `transfer` (or the table
    `flow`), `account`, `holding`, `relation` and `protected_account`; leaves the evidence of each rule in
    a temporary table of the connection, for `load_evidence`. Rules that need them read `party`, `raw_identifier` and `shown_tag`.
    """
    ensure_flow(connection)
    connection.register("scorable_account", pa.table({"account_key": scorable.keys}))
    coverage = load_everything(connection, packs.rules)
    build_tables(connection, [rule.sql() for rule in packs.rules if not is_blind(rule, coverage)])
    excluded = find_excluded(connection, {kind for rule in packs.rules for kind in rule.exclusions})
    parts: list[pa.Table] = []
    for rule in packs.rules:
        missing = find_missing(rule, coverage)
        if not is_blind(rule, coverage):
            try:
                found = _run(connection, rule, excluded)
                parts.append(_hits(rule, found, find_givers(connection, rule, table_of(rule.id))))
            except duckdb.Error as error:  # of its words only the kind: they may hold values of the data
                missing = f"{FAILED} ({type(error).__name__})"
        if missing and coverage["transfers"]:
            parts.append(_not_evaluable(rule, missing))
    return pa.concat_tables(parts) if parts else HIT.schema.empty_table()


def _run(connection: duckdb.DuckDBPyConnection, rule: Rule, excluded: frozenset[str]) -> dict[str, npt.NDArray[np.int64]]:
    table = table_of(rule.id)
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {table} AS {leave_out(rule.sql(), excluded.intersection(rule.exclusions))}")
    return connection.execute(TOTALS.format(table=table, by="")).fetchnumpy()


def load_evidence(connection: duckdb.DuckDBPyConnection, packs: PackSet, hits: pa.Table) -> pa.Table:
    """Evidence of hits (account_key, indicator): (account_key, indicator, transfer_id), every transfer that makes each hit.

    The connection is the one `evaluate` ran on. Sorted by indicator, account and transfer.
    """
    parts: list[pa.Table] = []
    for rule in packs.rules:
        wanted = hits.filter(pc.and_(pc.equal(hits["indicator"], rule.id), pc.is_valid(hits["account_key"])))
        if not len(wanted):
            continue
        connection.register("wanted_account", pa.table({"account_key": pc.unique(wanted["account_key"])}))
        rows = connection.sql(EVIDENCE.format(table=table_of(rule.id), by="")).to_arrow_table()
        connection.unregister("wanted_account")
        name = pa.repeat(pa.scalar(rule.id, pa.string()), len(rows))
        parts.append(pa.table([rows["account_key"], name, rows["transfer_id"].cast(TRANSFER_ID)], schema=EVIDENCE_SCHEMA))
    return pa.concat_tables(parts) if parts else EVIDENCE_SCHEMA.empty_table()


def load_everything(connection: duckdb.DuckDBPyConnection, rules: tuple[Rule, ...]) -> dict[str, int]:
    """What there is for these rules to look at: the coverage of the columns they need, of words and of lists."""
    needs = {name for rule in rules for name in rule.needs}
    return load_coverage(connection, needs) | count_texts(connection, rules) | count_lists(connection, rules)


def _not_evaluable(rule: Rule, missing: str) -> pa.Table:
    row = {
        "account_key": None,
        "indicator": rule.id,
        "version": rule.version,
        "state": "not_evaluable",
        "points": 0,
        "role": rule.role.value,
        "threshold": rule.limit,
        "threshold_text": rule.threshold_text.format(threshold=show(rule, rule.limit)),
        "evidence_count": 0,
        "missing": missing,
    }
    return pa.Table.from_pylist([row], HIT.schema)


def _hits(rule: Rule, found: dict[str, npt.NDArray[np.int64]], givers: dict[int, str]) -> pa.Table:
    count = len(found["account_key"])
    observed = np.asarray(found["observed"], np.int64)

    def same(value: str) -> pa.Array:
        return pa.repeat(pa.scalar(value, pa.string()), count)

    values, places = np.unique(observed, return_inverse=True)
    texts = pa.array([rule.observed.format(observed=show(rule, int(value))) for value in values], pa.string()).take(pa.array(places))
    if rule.lists:
        said = pa.array([givers[int(key)] for key in found["account_key"]], pa.string())
        texts = pc.binary_join_element_wise(texts, said, "; says ")
    columns = {
        "account_key": pa.array(np.asarray(found["account_key"], np.int64)),
        "indicator": same(rule.id),
        "version": same(rule.version),
        "state": same("hit"),
        "points": pa.array(score_points(rule, observed)),
        "observed": pa.array(observed),
        "threshold": pa.repeat(pa.scalar(rule.limit, pa.int64()), count),
        "observed_text": texts,
        "threshold_text": same(rule.threshold_text.format(threshold=show(rule, rule.limit))),
        "role": same(rule.role.value),
        "first_us": pa.array(np.asarray(found["first_us"], np.int64)),
        "last_us": pa.array(np.asarray(found["last_us"], np.int64)),
        "evidence_count": pa.array(np.asarray(found["evidence_count"], np.int64)),
        "missing": pa.nulls(count, pa.string()),
    }
    return pa.table(columns, schema=HIT.schema)


def score_points(rule: Rule, observed: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Points for observed values: base, more for exceeding the threshold by steps, capped."""
    points = rule.points
    raw = points.base + points.step * (np.maximum(observed - rule.limit, 0) // points.per)
    capped: npt.NDArray[np.int64] = np.minimum(raw, points.cap) if points.cap > 0 else np.maximum(raw, points.cap)
    return capped


def show(rule: Rule, value: int) -> str:
    """A number for people: a share in per cent where the threshold is in parts per million, else with thousands separated."""
    return f"{value / 10_000:.0f} %" if rule.threshold_parameter.endswith("_ppm") else f"{value:,}"
