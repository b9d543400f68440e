"""Every named contribution with what a reader needs of it: what was seen, what was expected, who says so, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.anomaly import order

if TYPE_CHECKING:
    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.indicators.pack import PackSet


def build_parts(contributions: Contributions, packs: PackSet, hits: pa.Table) -> pa.Table:
    """One row per account and indicator hit, and one per account for the model: the columns of a reason, and family, role, first_us, last_us, model."""
    rules = packs.rules
    known = pa.table(
        {
            "name": pa.array([rule.id for rule in rules], pa.string()),
            "source": pa.array([rule.source.text for rule in rules], pa.string()),
            "runbook": pa.array([rule.runbook for rule in rules], pa.string()),
        }
    )
    capped = contributions.hits
    spot = pc.index_in(capped["indicator"], value_set=known["name"].combine_chunks())
    missing = load_missing(hits)
    lacking = pa.array([missing.get(rule.id, "") for rule in rules], pa.string())
    indicator = {
        "account_key": capped["account_key"],
        "name": capped["indicator"],
        "version": capped["version"],
        "points": capped["points"],
        "observed": capped["observed_text"],
        "threshold": capped["threshold_text"],
        "source": known["source"].take(spot),
        "runbook": known["runbook"].take(spot),
        "evidence_count": capped["evidence_count"],
        "not_evaluable": lacking.take(spot.combine_chunks()),
        "family": capped["family"],
        "role": capped["role"],
        "first_us": capped["first_us"],
        "last_us": capped["last_us"],
        "model": pa.repeat(pa.scalar(value=False), len(capped)),
    }
    rows = pa.table(indicator)
    return pa.concat_tables([rows, _model_parts(contributions, rows.schema)]).combine_chunks()


def _model_parts(contributions: Contributions, schema: pa.Schema) -> pa.Table:
    some = contributions.model_points > 0
    keys, points = contributions.accounts[some], contributions.model_points[some]

    def same(text: str) -> pa.Array:
        return pa.repeat(pa.scalar(text), len(keys))

    columns = {
        "account_key": keys,
        "name": same(order.NAME),
        "version": same(order.VERSION),
        "points": points,
        "observed": pc.binary_join_element_wise(
            pa.array(points).cast(pa.string()), same("of"), same(str(order.MOST_POINTS)), same("points by rank"), " "
        ),
        "threshold": same("none: it orders findings and opens none"),
        "source": same("isolation forest over the account's features"),
        "runbook": same("Unusual is not suspect: read the other reasons first."),
        "evidence_count": np.zeros(len(keys), np.int64),
        "not_evaluable": same(""),
        "family": same("model"),
        "role": same("network"),
        "first_us": pa.nulls(len(keys), pa.int64()),
        "last_us": pa.nulls(len(keys), pa.int64()),
        "model": pa.repeat(pa.scalar(value=True), len(keys)),
    }
    return pa.table(columns, schema=schema)


def load_missing(hits: pa.Table) -> dict[str, str]:
    """For each indicator that could not be looked at everywhere, what was missing."""
    rows = hits.filter(pc.equal(hits["state"], "not_evaluable")).select(["indicator", "missing"])
    return dict(zip(rows["indicator"].to_pylist(), rows["missing"].to_pylist(), strict=True))
