"""A chart drawn up: its accounts, why each is there, and what flows among them. Protected accounts become one neutral bundle.

The bundle is counted, never named: a link to it (one end null) says how many transfers, no amount and no time. That number knows no
filter: else a narrower and narrower one would tell the amount and the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import NotFoundError, RefusedError
from bakau.ids import short
from bakau.model import ACCOUNT
from bakau.times import format_us
from bakau_casework.directory import pick_by_prefix
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, flag, nested, text
from bakau_casework.views.findings import get_run
from bakau_casework.views.referrals import find_referrals
from bakau_casework.views.walks import Window, ask_neighbours, id_of, min_minor_of, open_end
from bakau_graph.network import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from bakau_casework.charts import Chart, Expansion
    from bakau_casework.reading import Reading
    from bakau_graph.archive import Run
    from bakau_graph.network.answers import SubgraphAnswer

    Keys = npt.NDArray[np.int64]

LINK_FIELDS = {
    "src_id": pa.string(), "dst_id": pa.string(), "currency": pa.string(), "transfers": pa.int64(), "sum_minor": pa.int64(),
    "max_minor": pa.int64(), "null_amounts": pa.int64(), "first_ts": pa.string(), "last_ts": pa.string(), "is_partial": pa.bool_(),
}  # fmt: skip
EXPANSION_FIELDS = {
    "account_id": pa.string(), "direction": pa.string(), "order": pa.string(), "limit": pa.int64(), "neighbours": pa.int64(),
    "added": pa.int64(), "protected": pa.int64(), "left_out": pa.int64(), "left_out_is_exact": pa.bool_(), "not_examined": pa.int64(),
}  # fmt: skip

NETWORK = Declaration(
    "network-view",
    "The accounts of a chart, why each is there, and what flows among them.",
    "accounts",
    (
        account_id("id", "the account"),
        *(Shown.of(ACCOUNT[name]) for name in ("kind", "institution_id", "country", "currency")),
        text("part", "subject or context of the finding, review (beside it, in review), start, lead, or neighbour (brought by an expansion)"),
        text("role", "what its reasons say it does, when it is a subject of the finding; null otherwise, and in review"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        flag("is_in_review", "age unknown and a sign of danger: no suspect and no points, may need protection"),
        count("points", "score in the newest run; null without one, and in review"),
        count("entered", "0: there from the start; n: came with the n-th expansion"),
        nested(
            "why", "why it is here: subject, context, review, start, lead, pays or is_paid_by the other account", {"how": pa.string(), "other_id": pa.string()},
            holds_ids=True,
        ),
        flag("is_hub", "so many transfers that searches do not cross it"),
        count("not_examined", "its transfers in the window that were not looked at for the links"),
    ),
    (
        text("finding_id", "the finding it starts from; null when it starts from something else"),
        account_id("account_id", "the account it starts from; null when it starts from something else"),
        text("leads_id", "the lead list it starts from; null when it starts from something else"),
        text("run", "the run that roles and points come from; null when nothing was analysed"),
        text("run_ts", "when that run was made, ISO 8601 in UTC"),
        flag("is_stale", "facts or marks changed since that run: analyse again"),
        nested("links", "transfers among them per ordered pair and currency; a null end is the bundle of protected accounts, of which only "
               "the number of transfers is said, whatever the filter", LINK_FIELDS, holds_ids=True),
        nested("expansions", "what each expansion brought, and what it left out", EXPANSION_FIELDS, holds_ids=True),
        count("protected_accounts", "protected accounts in it: one bundle, counted, never named"),
        count("in_review", "accounts in it that stand in review"),
        count("left_out", "accounts beyond the size of the chart"),
        count("max_entities", "the size of the chart"),
        count("null_amounts", "transfers of the links whose source states no amount, those of the bundle aside"),
        Shown("currencies", pa.list_(pa.string()), "currencies of the links", text("", "").marking),
    ),
    number=3,
)  # fmt: skip

#: What charts say of accounts, in order of their keys: kept in memory as long as the snapshot, so that a chart reads no account anew.
_DESCRIBE = """
SELECT a.kind, a.institution_id, a.country, a.currency, p.points,
       CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state
FROM account a LEFT JOIN adult_account k USING (account_key)
LEFT JOIN (SELECT account_key, any_value(points) AS points FROM score GROUP BY account_key) p USING (account_key)
ORDER BY a.account_key
"""
_MEMBERS = """
SELECT account_key, 'subject' AS part, role FROM finding_subject WHERE finding_id = $one
UNION ALL SELECT account_key, 'context', NULL FROM finding_context WHERE finding_id = $one
UNION ALL SELECT account_key, 'review', NULL FROM finding_review WHERE finding_id = $one
ORDER BY array_position(['subject', 'context', 'review'], part), account_key
"""
_PROTECTED_ENDS = """
WITH proof AS (SELECT src_key, dst_key FROM transfer SEMI JOIN (SELECT transfer_id FROM evidence WHERE finding_id = $one) USING (transfer_id))
SELECT DISTINCT account_key FROM (SELECT src_key AS account_key FROM proof UNION ALL SELECT dst_key FROM proof)
SEMI JOIN protected_account USING (account_key) ORDER BY account_key
"""
_BUNDLED = """
SELECT src_key AS account_key, 'out' AS way, count(*)::BIGINT AS n FROM transfer SEMI JOIN seen ON src_key = seen.account_key
SEMI JOIN bundle ON dst_key = bundle.account_key GROUP BY src_key
UNION ALL
SELECT dst_key, 'in', count(*)::BIGINT FROM transfer SEMI JOIN seen ON dst_key = seen.account_key
SEMI JOIN bundle ON src_key = bundle.account_key GROUP BY dst_key
ORDER BY way DESC, account_key
"""


@dataclass(slots=True)
class _Met:
    """Accounts met while a chart is drawn up, in order: part, role, entry, reasons. Protected ones are set apart at once."""

    limit: int
    open: dict[int, dict[str, object]] = field(default_factory=dict)
    hidden: dict[int, None] = field(default_factory=dict)
    hidden_at_least: int = 0
    left_out: int = 0

    def add(self, key: int, part: str, entered: int, why: dict[str, object], role: object = None) -> int:
        """Note an account and one reason for it; 1 when it is new on the chart, 0 otherwise."""
        found = self.open.get(key)
        if found is not None:
            reasons = found["why"]
            if isinstance(reasons, list) and why not in reasons:
                reasons.append(why)
            return 0
        if len(self.open) >= self.limit:
            self.left_out += 1
            return 0
        self.open[key] = {"part": part, "role": role, "entered": entered, "why": [why]}
        return 1


def show_network(reading: Reading, chart: Chart, leads: Sequence[int] = ()) -> Draft:
    """The draft of NETWORK for a chart; `leads` are the open accounts of the lead list it starts from. NotFoundError for an unknown start, RefusedError when what is asked about is protected."""
    run = reading.snapshot.latest_run()
    met = _Met(chart.max_entities)
    start = {"leads_id": chart.leads_id, **_start(reading, chart, met, run, leads)}
    expansions = [_expand(reading, chart, met, number, one) for number, one in enumerate(chart.expansions, start=1)]
    answer = _links_among(reading, chart, met)
    names = {key: name for key, name in _names(reading, met).items() if name is not None}
    links = [*links_of(answer, names), *_bundled(reading, met, names)]
    accounts = _accounts(reading, met, answer)
    stale = run is not None and run.fact_digest != reading.snapshot.digest
    facts = {
        **start,
        "run": run.run_id if run else None,
        "run_ts": format_us(run.created_us) if run else None,
        "is_stale": stale,
        "links": links,
        "expansions": expansions,
        "protected_accounts": max(len(met.hidden), met.hidden_at_least),
        "in_review": pc.sum(accounts["is_in_review"], min_count=0).as_py(),
        "left_out": met.left_out,
        "max_entities": chart.max_entities,
        "null_amounts": sum(int(str(link["null_amounts"] or 0)) for link in links),
        "currencies": sorted({str(link["currency"]) for link in links if link["currency"] is not None}),
    }
    asked = [str(one) for one in (*start.values(), *(row["account_id"] for row in expansions)) if one]
    return Draft(accounts, facts, tuple(dict.fromkeys(asked)))


def _start(reading: Reading, chart: Chart, met: _Met, run: Run | None, leads: Sequence[int]) -> dict[str, object]:
    """Put the start on the chart: a finding's members, one account, or what a lead list hit."""
    if chart.leads_id is not None:
        for key in leads:
            met.add(key, "lead", 0, {"how": "lead", "other_id": None})
        if not met.open:
            raise RefusedError("nothing of this list may be drawn", hint="it hit no account, or everybody it hit is protected")
        return {"finding_id": None, "account_id": None}
    if chart.account_id is not None:
        key = open_end(reading, chart.account_id)
        named = id_of(reading, key)
        met.add(key, "start", 0, {"how": "start", "other_id": None})
        return {"finding_id": None, "account_id": named}
    one = _add_finding(reading, met, get_run(reading) if run is None else run, chart.finding_id or "")
    return {"finding_id": one, "account_id": None}


def _add_finding(reading: Reading, met: _Met, run: Run, finding_id: str) -> str:
    known = reading.keep((run.run_id, "findings"), lambda: _counts(reading, run))
    one = pick_by_prefix(finding_id, list(known), what="finding", hint="bakau findings; an older run may have known it")
    members, hidden = reading.keep((run.run_id, one, "members"), lambda: _members(reading, run, one))
    for member in members:
        met.add(int(str(member["account_key"])), str(member["part"]), 0, {"how": member["part"], "other_id": None}, member["role"])
    met.hidden.update(dict.fromkeys(hidden))
    met.hidden_at_least = known[one]
    return one


def _counts(reading: Reading, run: Run) -> dict[str, int]:
    """Every finding of the run, and how many protected accounts it touches."""
    rows = reading.snapshot.derived("finding", run.run_id)
    return dict(zip(rows["finding_id"].to_pylist(), rows["protected_count"].to_pylist(), strict=True))


def _members(reading: Reading, run: Run, one: str) -> tuple[list[dict[str, object]], list[int]]:
    """The open members of a finding, and the protected accounts at the ends of its evidence."""
    reading.use_run(run.run_id, "finding_subject", "finding_context", "finding_review", "evidence")
    members = reading.query(_MEMBERS, {"one": one}).to_pylist()
    return members, reading.query(_PROTECTED_ENDS, {"one": one})["account_key"].to_pylist()


def _expand(reading: Reading, chart: Chart, met: _Met, number: int, expansion: Expansion) -> dict[str, object]:
    """Bring the neighbours of one account, as many as asked for; what was left out is counted."""
    key = open_end(reading, expansion.account_id)
    named = id_of(reading, key)
    if key not in met.open:
        raise NotFoundError(f"{short(named)} is not on the chart, so it cannot be expanded there", hint="start from it instead")
    answer = ask_neighbours(reading, key, _window(chart, direction=expansion.direction, limit=expansion.limit, order=expansion.order))
    is_hidden = reading.protection.is_protected(np.array([row.account_key for row in answer.neighbours], dtype=np.int64))
    hidden = {row.account_key: None for row, hide in zip(answer.neighbours, is_hidden, strict=True) if hide}
    met.hidden.update(hidden)
    added = 0
    for row in answer.neighbours:
        if row.account_key not in hidden and row.account_key != key:
            how = "pays" if row.direction is Direction.IN else "is_paid_by"
            added += met.add(row.account_key, "neighbour", number, {"how": how, "other_id": named})
    counted = {"neighbours": len(answer.neighbours), "added": added, "protected": len(hidden), "left_out": answer.left_out}
    said = {"left_out_is_exact": answer.left_out_is_exact, "not_examined": answer.not_examined}
    return {"account_id": named, "direction": expansion.direction, "order": expansion.order, "limit": expansion.limit, **counted, **said}


def _window(chart: Chart, *, direction: str = "both", limit: int = 1, order: str = "newest") -> Window:
    """The chart's filter, as a question about one account."""
    return Window(direction, chart.since_us, chart.until_us, chart.min_amount, chart.currency, limit, order)


def _links_among(reading: Reading, chart: Chart, met: _Met) -> SubgraphAnswer:
    """What flows among the accounts met, the protected ones included: a walk that may keep its seeds and nothing else."""
    keys = [*met.open, *met.hidden]
    if not keys:
        raise RefusedError("everybody in this finding is protected: there is nothing to draw", hint="a referral begins with the authority")
    return reading.network.load_subgraph(
        keys,
        hops=1,
        since_us=chart.since_us,
        until_us=chart.until_us,
        min_minor=min_minor_of(reading, _window(chart)),
        currency=chart.currency,
        max_entities=len(keys),
        include_hubs=True,
    )


def _names(reading: Reading, met: _Met) -> dict[int, str | None]:
    keys = np.fromiter(met.open, dtype=np.int64, count=len(met.open))
    return dict(zip(keys.tolist(), reading.directory.ids_of(keys).to_pylist(), strict=True))


def links_of(answer: SubgraphAnswer, names: dict[int, str]) -> list[dict[str, object]]:
    """Links of LINK_FIELDS between the accounts that have a name."""
    rows = [(names.get(row["src_key"]), names.get(row["dst_key"]), row) for row in answer.links.to_pylist()]
    return [_link(src, dst, row) for src, dst, row in rows if src is not None and dst is not None]


def _bundled(reading: Reading, met: _Met, names: dict[int, str]) -> list[dict[str, object]]:
    """Links to and from the bundle: a number of transfers each, whatever the filter, and nothing else."""
    if not met.hidden:
        return []
    sides = {
        name: pa.table({"account_key": pa.array(list(keys), pa.int64())}) for name, keys in (("seen", met.open), ("bundle", met.hidden))
    }
    nothing = {**dict.fromkeys(LINK_FIELDS), "is_partial": False}
    own = {"out": "src_id", "in": "dst_id"}
    rows = reading.query(_BUNDLED, None, **sides).to_pylist()
    return [{**nothing, own[row["way"]]: names[row["account_key"]], "transfers": row["n"]} for row in rows if row["account_key"] in names]


def _link(src: str, dst: str, row: dict[str, object]) -> dict[str, object]:
    return {
        "src_id": src,
        "dst_id": dst,
        "transfers": row["n"],
        **{name: row[name] for name in ("currency", "sum_minor", "max_minor", "null_amounts", "is_partial")},
        "first_ts": _moment(row["first_us"]),
        "last_ts": _moment(row["last_us"]),
    }


def _moment(ts_us: object) -> str | None:
    return format_us(ts_us) if isinstance(ts_us, int) else None


def _accounts(reading: Reading, met: _Met, answer: SubgraphAnswer) -> pa.Table:
    keys = np.fromiter(met.open, dtype=np.int64, count=len(met.open))
    places, is_known = reading.directory.places_of(keys)
    known, described = keys[is_known], keep_descriptions(reading).take(pa.array(places[is_known]))
    seen = dict(zip(answer.entities["account_key"].to_pylist(), _flags(answer.entities), strict=True))
    review = _in_review(reading, known, described)
    rows = [
        {
            "id": name,
            **row,
            **met.open[key],
            **seen.get(key, {"is_hub": False, "not_examined": 0}),
            **_reviewed(key in review, met.open[key]),
        }
        for key, name, row in zip(known.tolist(), reading.directory.ids_of(known).to_pylist(), described.to_pylist(), strict=True)
    ]
    return pa.Table.from_pylist(rows, NETWORK.arrow_schema)


def _in_review(reading: Reading, keys: Keys, described: pa.Table) -> set[int]:
    """Which of these accounts stand in review now. Signs are looked for only where somebody's age is unknown."""
    unknown = keys[np.asarray(pc.equal(described["age_state"], "age_unknown"), bool)]
    return set(np.intersect1d(unknown, find_referrals(reading).review).tolist()) if len(unknown) else set()


def _reviewed(is_in_review: bool, met: dict[str, object]) -> dict[str, object]:
    """What is said otherwise of an account in review: nobody's suspect, whatever an older run says, and without a number."""
    if not is_in_review:
        return {"is_in_review": False}
    part = "review" if met["part"] == "subject" else met["part"]
    return {"is_in_review": True, "part": part, "role": None, "points": None, "why": [_unsuspected(why) for why in _whys(met)]}


def _unsuspected(why: dict[str, object]) -> dict[str, object]:
    return {**why, "how": "review"} if why["how"] == "subject" else why


def _whys(met: dict[str, object]) -> list[dict[str, object]]:
    found = met["why"]
    return found if isinstance(found, list) else []


def keep_descriptions(reading: Reading) -> pa.Table:
    """What charts say of every account of this snapshot and its newest run, in order of account key; found once."""
    return reading.keep(("charted",), lambda: _describe_all(reading))


def _describe_all(reading: Reading) -> pa.Table:
    reading.use_latest_run("score")
    rows = reading.query(_DESCRIBE).combine_chunks()
    coded = [column.dictionary_encode() if pa.types.is_string(column.type) else column for column in rows.columns]
    return pa.table(coded, names=rows.column_names)


def _flags(entities: pa.Table) -> Iterable[dict[str, object]]:
    found: Sequence[dict[str, object]] = entities.select(["is_hub", "not_examined"]).to_pylist()
    return found
