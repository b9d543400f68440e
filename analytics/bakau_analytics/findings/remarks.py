"""Reasons without points: what ties the subjects of a network, and which indicators could not be looked at."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.findings import networks
from bakau_analytics.findings.parts import load_missing
from bakau_graph.archive.derived import FINDING_REASON

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_analytics.findings.rule import FindingRule
    from bakau_analytics.indicators.pack import PackSet

#: The columns of ``finding_reason``, with the group number in place of the id.
REASON = pa.schema([pa.field("grp", pa.int64()), *(field for field in FINDING_REASON.schema if field.name != "finding_id")])


def not_evaluable(reasons: pa.Table, packs: PackSet, hits: pa.Table) -> pa.Table:
    """For each group the indicators that could not be looked at and hit nobody in it: a reason without points that says why."""
    groups = np.unique(np.asarray(reasons["grp"]))
    parts = [REASON.empty_table()]
    for name, missing in load_missing(hits).items():
        rule = packs.get(name)
        seen = np.asarray(reasons.filter(pc.equal(reasons["name"], name))["grp"])
        silent = np.setdiff1d(groups, seen)
        threshold = hits.filter(pc.and_(pc.equal(hits["indicator"], name), pc.is_valid(hits["missing"])))
        values = {
            "account_key": None,
            "name": name,
            "version": rule.version,
            "points": 0,
            "observed": "",
            "threshold": threshold["threshold_text"][0].as_py(),
            "source": rule.source.text,
            "runbook": rule.runbook,
            "evidence_count": 0,
            "not_evaluable": missing,
        }
        parts.append(_repeat(silent, values))
    return pa.concat_tables(parts)


def _repeat(groups: npt.NDArray[np.int64], values: dict[str, object]) -> pa.Table:
    columns = {"grp": pa.array(groups, pa.int64())}
    columns |= {name: pa.repeat(pa.scalar(value, REASON.field(name).type), len(groups)) for name, value in values.items()}
    return pa.table(columns, schema=REASON)


def tie_reasons(grouped: pa.Table, ties: pa.Table, between: pa.Table, rule: FindingRule) -> pa.Table:
    """What ties the subjects of each network: one reason without points per kind of tie."""
    of_network = grouped.filter(pc.equal(grouped["kind"], "network"))
    ends = [pc.index_in(ties[name], value_set=of_network["account_key"].combine_chunks()).combine_chunks() for name in ("one", "other")]
    first, second = (of_network["grp"].combine_chunks().take(end) for end in ends)
    inside = pa.table({"grp": first, "kind": ties["kind"], "n": ties["n"]}).filter(pc.fill_null(pc.equal(first, second), fill_value=False))
    total = inside.group_by(["grp", "kind"], use_threads=False).aggregate([("n", "count"), ("n", "sum")])
    number = pa.table({"grp": between["grp"]}).group_by("grp", use_threads=False).aggregate([("grp", "count")])
    parts = [REASON.empty_table()]
    for kind, (observed, threshold) in networks.TIE_WORDS.items():
        rows = total.filter(pc.equal(total["kind"], kind))
        text = pc.binary_join_element_wise(pa.scalar(observed), pc.cast(rows["n_count"], pa.string()), ": ")
        table = _repeat(
            np.asarray(rows["grp"]),
            {
                "account_key": None, "name": kind, "version": "1", "points": 0, "observed": "", "threshold": threshold.format(**asdict(rule)),
                "source": "a default of ours", "runbook": "Look at the subjects together.", "evidence_count": 0, "not_evaluable": "",
            },
        )  # fmt: skip
        table = table.set_column(table.column_names.index("observed"), REASON.field("observed"), text)
        if kind == networks.BY_TRANSFERS:
            spot = pc.index_in(table["grp"], value_set=number["grp"].combine_chunks())
            counted = pc.fill_null(number["grp_count"].combine_chunks().take(spot.combine_chunks()), 0)
            table = table.set_column(table.column_names.index("evidence_count"), REASON.field("evidence_count"), counted)
        parts.append(table)
    return pa.concat_tables(parts)
