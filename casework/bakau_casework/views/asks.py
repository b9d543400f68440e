"""What to ask next about a finding, and one request drafted: whom, for what, about which of their own accounts.

A request names accounts of the institution that is asked, and nothing else: no score, no reason, no account of anybody else's. A protected
account is never named; its transfers are left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import NotFoundError
from bakau.model import ACCOUNT
from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.queue.asks import Ask, Sheet, rank_asks
from bakau_analytics.queue.gaps import GAP_KEY, GAPS, SIDES, TOUCHING, read_gaps, read_sides, read_units
from bakau_casework.directory import pick_by_prefix
from bakau_casework.purpose import Reveals
from bakau_casework.rules.register import find_packs
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, text
from bakau_casework.views.findings import get_run

if TYPE_CHECKING:
    from bakau_casework.reading import Clear, Reading
    from bakau_graph.archive import Run

ASK_FIELDS = {
    "number": pa.int64(), "institution_id": pa.string(), "columns": pa.list_(pa.string()), "side": pa.string(), "transfers": pa.int64(),
    "narrows": pa.int64(), "per_thousand": pa.int64(), "rules": pa.list_(pa.string()),
}  # fmt: skip

REQUEST = Declaration(
    "ask",
    "A request for records, drafted: accounts of the institution that is asked, a period, and the columns or the side that is wanted. Nothing is sent.",
    "accounts",
    (
        account_id("account_id", "an account that this institution holds; never a protected one"),
        Shown.of(ACCOUNT["number"], reveals=Reveals.NUMBER),
        text("direction", "out: payments that leave it, in: payments that reach it"),
        text("first_day", "first day that is asked for, in UTC"),
        text("last_day", "last day that is asked for"),
        count("transfers", "its transfers that are meant"),
    ),
    (
        text("finding_id", "the finding it is for; not for the institution's eyes"),
        count("number", "its place among the requests of the finding, from 1"),
        count("requests", "how many requests the finding has"),
        text("institution_id", "whom to ask"),
        Shown("columns", pa.list_(pa.string()), "columns wanted; empty when a side is", text("", "").marking),
        text("side", "in or out: payments wanted whole; empty when columns are"),
        count("narrows", "points by which the score could become surer at most; not for the institution's eyes"),
        count("protected_left_out", "accounts left out because they are protected"),
    ),
)

#: Of the transfers of the gaps asked about, the ends that hold a wanted column there: `wanted_gap` is rows of GAPS with `at_src` and `at_dst`.
_MEANT = f"""
WITH {TOUCHING},
asked AS (
    SELECT t.src_key, t.dst_key, t.ts_us, at_src, at_dst FROM touching t JOIN wanted_gap w
    ON {" AND ".join(f"t.{name} IS NOT DISTINCT FROM w.{name}" for name in GAP_KEY)}
),
meant AS (
    SELECT src_key AS account_key, 'out' AS direction, ts_us FROM asked WHERE at_src
    UNION ALL SELECT dst_key, 'in', ts_us FROM asked WHERE at_dst
)
SELECT m.account_key, direction, p.account_key IS NOT NULL AS hidden, min(ts_us) AS first_us, max(ts_us) AS last_us, count(*) AS transfers
FROM meant m LEFT JOIN protected_account p USING (account_key) GROUP BY m.account_key, direction, hidden ORDER BY m.account_key, direction
"""
_WHOLE_SIDE = f"""
WITH {TOUCHING}
SELECT s.account_key, $side AS direction, false AS hidden, min(t.ts_us) AS first_us, max(t.ts_us) AS last_us, count(*) AS transfers
FROM wanted_subject s JOIN touching t ON t.src_key = s.account_key OR t.dst_key = s.account_key GROUP BY s.account_key ORDER BY s.account_key
"""
_SUBJECTS = "SELECT DISTINCT account_key FROM finding_subject WHERE finding_id = $one ORDER BY account_key"
_UNITS = """
SELECT account_key, name, own_points, own_low, own_high, is_beyond FROM finding_bound WHERE finding_id = $one ORDER BY account_key, name
"""
_DAYS = "SELECT strftime(make_timestamp(first_us), '%Y-%m-%d') AS first_day, strftime(make_timestamp(last_us), '%Y-%m-%d') AS last_day, * FROM meant_account"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The requests of a finding, and what they were made from."""

    asks: list[Ask]
    subjects: pa.Table
    sides: pa.Table
    gaps: pa.Table


def list_asks(reading: Reading, run: Run, one: str) -> list[dict[str, object]]:
    """The requests of a finding as objects of ASK_FIELDS, best first; none when the run stood on packs that are not shipped."""
    return [
        {
            "number": place, "institution_id": ask.institution, "columns": list(ask.columns), "side": ask.side, "transfers": ask.transfers,
            "narrows": ask.narrows, "per_thousand": ask.per_thousand, "rules": list(ask.rules),
        }
        for place, ask in enumerate(_find(reading, run, one).asks, start=1)
    ]  # fmt: skip


def _find(reading: Reading, run: Run, one: str) -> _Asked:
    reading.use_run(run.run_id, "finding_subject", "finding_bound")
    subjects = reading.query(_SUBJECTS, {"one": one})
    packs = find_packs(reading, run.packs)
    sides, gaps = (reading.query(text_of, one_subject=subjects) for text_of in (SIDES, GAPS))
    if packs is None:
        return _Asked([], subjects, sides, gaps)
    units = read_units(reading.query(_UNITS, {"one": one}))
    rule, is_network = FindingRule.of(run.parameters), len(subjects) > 1
    sheet = Sheet(units, packs, is_network=is_network, rule=rule)
    asks = rank_asks(sheet, read_gaps(gaps), read_sides(sides), packs, is_network=is_network, rule=rule)
    return _Asked(asks, subjects, sides, gaps)


def draft_request(reading: Reading, clear: Clear, finding_id: str, number: int) -> Draft:
    """The draft of REQUEST for a finding of the newest run, by id or unique prefix."""
    run = get_run(reading)
    known = reading.snapshot.derived("finding", run.run_id)["finding_id"].to_pylist()
    one = pick_by_prefix(finding_id, known, what="finding", hint="bakau findings")
    found = _find(reading, run, one)
    if not 1 <= number <= len(found.asks):
        said = (
            f"only {len(found.asks)} requests" if found.asks else "nothing to ask: no rule is open, or nobody knows who holds the records"
        )
        raise NotFoundError(f"this finding has {said}", hint="bakau explain FINDING_ID")
    ask = found.asks[number - 1]
    rows = _accounts(reading, found, ask)
    shown = rows.filter(pa.compute.invert(rows["hidden"]))
    dated = reading.query(_DAYS, meant_account=shown)
    keys = dated["account_key"].combine_chunks()
    numbers = clear.values("account", "number", keys, allowed=Reveals.NUMBER in clear.terms.unmasks)
    table = pa.table(
        {
            "account_id": reading.directory.ids_of(keys.to_numpy(zero_copy_only=False)), "number": numbers, "direction": dated["direction"], "first_day": dated["first_day"],
            "last_day": dated["last_day"], "transfers": dated["transfers"],
        }
    )  # fmt: skip
    facts: dict[str, object] = {
        "finding_id": one, "number": number, "requests": len(found.asks), "institution_id": ask.institution, "columns": list(ask.columns),
        "side": ask.side, "narrows": ask.narrows, "protected_left_out": len(rows) - len(shown),
    }  # fmt: skip
    return Draft(table, facts, asked=(one,))


def _accounts(reading: Reading, found: _Asked, ask: Ask) -> pa.Table:
    """account_key, direction, hidden, first_us, last_us, transfers of the accounts a request is about."""
    if ask.side:
        at = pa.compute.and_(
            pa.compute.equal(found.sides["institution_id"], ask.institution), pa.compute.equal(found.sides["side"], ask.side)
        )
        return reading.query(
            _WHOLE_SIDE, {"side": ask.side}, one_subject=found.subjects, wanted_subject=found.sides.filter(at).select(["account_key"])
        )
    chosen, meant = found.gaps.take(list(ask.gaps)), read_gaps(found.gaps)
    for name, end in (("at_src", "src"), ("at_dst", "dst")):
        holds = [any(meant[place].end_of(column) == end and meant[place].holder(column) == ask.institution for column in ask.columns if column in meant[place].missing) for place in ask.gaps]  # fmt: skip
        chosen = chosen.append_column(name, pa.array(holds, pa.bool_()))
    return reading.query(_MEANT, one_subject=found.subjects, wanted_gap=chosen)
