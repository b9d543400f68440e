"""What a picture of a finding shows: its accounts, its evidence, and what else subjects and they paid each other meanwhile.

Protected accounts are one bundle: a link to it (one end null) says how many transfers there are, no amount and no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import RefusedError
from bakau.model import ACCOUNT
from bakau_casework.purpose import Reveals
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, flag, nested, text
from bakau_casework.views.explain import explain_finding

if TYPE_CHECKING:
    from bakau_casework.reading import Clear, Reading

#: Accounts that a picture of a finding shows at most; a default of ours: more cannot be read on paper.
MOST_ACCOUNTS = 200
_MARKING = text("", "").marking

LINK_FIELDS = {
    "src_id": pa.string(), "dst_id": pa.string(), "currency": pa.string(), "transfers": pa.int64(), "sum_minor": pa.int64(),
    "null_amounts": pa.int64(), "first_ts": pa.string(), "last_ts": pa.string(), "evidence": pa.int64(),
}  # fmt: skip

PICTURE = Declaration(
    "picture",
    "A finding as accounts and links, ready to be drawn.",
    "accounts",
    (
        account_id("id", "the account"),
        Shown.of(ACCOUNT["kind"]),
        text("part", "subject of the finding, context, or neighbour: the other end of a transfer it rests on"),
        text("role", "what its reasons say a subject does; null otherwise"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        count("points", "a subject's own points; null otherwise"),
        Shown.of(ACCOUNT["number"], reveals=Reveals.NUMBER),
    ),
    (
        text("finding_id", "the finding"),
        text("kind", "account or network"),
        count("score", "sum of the points of its reasons"),
        text("run", "the run it comes from"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
        Shown("sentences", pa.list_(pa.string()), "the finding in plain words", _MARKING),
        nested(
            "links",
            "the evidence, and the subjects' other settled transfers while it lasts, per ordered pair and currency; a null end is "
            "the bundle of protected accounts, of which only the number of transfers is said",
            LINK_FIELDS,
            holds_ids=True,
        ),
        count("evidence_total", "transfers the finding rests on"),
        count("protected_accounts", "protected accounts in it: one bundle, counted, never named"),
        count("left_out", "accounts beyond the size of a picture"),
    ),
)

_ACCOUNTS = """
WITH proof AS (SELECT src_key, dst_key FROM transfer SEMI JOIN (SELECT transfer_id FROM evidence WHERE finding_id = $one) USING (transfer_id)),
part AS (
    SELECT account_key, 1 AS place, 'subject' AS part, role, points FROM finding_subject WHERE finding_id = $one
    UNION ALL SELECT account_key, 2, 'context', NULL, NULL FROM finding_context WHERE finding_id = $one
    UNION ALL SELECT src_key, 3, 'neighbour', NULL, NULL FROM proof UNION ALL SELECT dst_key, 3, 'neighbour', NULL, NULL FROM proof
),
met AS (
    SELECT account_key, min(place) AS place, arg_min(part, place) AS part, arg_min(role, place) AS role, max(points) AS points, count(*) AS times
    FROM part GROUP BY account_key
)
SELECT w.account_id AS id, m.account_key, a.kind, m.part, m.role, m.points, h.account_key IS NOT NULL AS hidden,
       CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state
FROM met m JOIN who w USING (account_key) JOIN account a USING (account_key) LEFT JOIN adult_account k USING (account_key)
LEFT JOIN protected_account h USING (account_key)
ORDER BY m.place, m.points DESC NULLS LAST, m.times DESC, w.account_id
"""
_LINKS = """
WITH proof AS (SELECT DISTINCT transfer_id FROM evidence WHERE finding_id = $one),
lasting AS (SELECT first_us, last_us FROM finding WHERE finding_id = $one),
met AS (
    SELECT t.*, p.transfer_id IS NOT NULL AS is_evidence FROM transfer t CROSS JOIN lasting l LEFT JOIN proof p USING (transfer_id)
    WHERE p.transfer_id IS NOT NULL OR (t.status = 'settled' AND t.ts_us BETWEEN l.first_us AND l.last_us)
),
side AS (SELECT account_key, id, is_subject FROM drawn UNION ALL SELECT account_key, NULL, false FROM protected_account),
among AS (
    SELECT m.*, s.id AS src_id, d.id AS dst_id FROM met m JOIN side s ON s.account_key = m.src_key JOIN side d ON d.account_key = m.dst_key
    WHERE (s.id IS NOT NULL OR d.id IS NOT NULL) AND (m.is_evidence OR s.is_subject OR d.is_subject)
)
SELECT src_id, dst_id, currency, count(*)::BIGINT AS transfers, sum(amount_minor)::HUGEINT AS total,
       (count(*) - count(amount_minor))::BIGINT AS null_amounts, iso(min(ts_us)) AS first_ts, iso(max(ts_us)) AS last_ts,
       count(*) FILTER (is_evidence)::BIGINT AS evidence
FROM among WHERE src_id IS NOT NULL AND dst_id IS NOT NULL GROUP BY src_id, dst_id, currency
UNION ALL
SELECT src_id, dst_id, NULL, count(*)::BIGINT, NULL, NULL, NULL, NULL, count(*) FILTER (is_evidence)::BIGINT
FROM among WHERE src_id IS NULL OR dst_id IS NULL GROUP BY src_id, dst_id
ORDER BY src_id NULLS LAST, dst_id NULLS LAST, currency
"""
_HIDDEN_ENDS = """
SELECT count(DISTINCT h.account_key)::BIGINT AS n FROM transfer t
SEMI JOIN (SELECT transfer_id FROM evidence WHERE finding_id = $one) p USING (transfer_id)
JOIN protected_account h ON h.account_key = t.src_key OR h.account_key = t.dst_key
"""


def picture_finding(reading: Reading, clear: Clear, finding_id: str) -> Draft:
    """The draft of PICTURE for a finding of the newest run. NotFoundError when it has none such; RefusedError when all of it is protected."""
    explained = explain_finding(reading, clear, finding_id, limit=1)
    finding = cast("dict[str, object]", explained.facts["finding"])
    one = {"one": finding["finding_id"]}
    met = reading.query(_ACCOUNTS, one)
    seen = met.filter(pc.invert(met["hidden"]))
    drawn = seen.slice(0, MOST_ACCOUNTS)
    if not len(drawn):
        raise RefusedError("everybody in this finding is protected: there is nothing to draw", hint="a referral begins with the authority")
    number = clear.values("account", "number", drawn["account_key"].combine_chunks(), allowed=Reveals.NUMBER in clear.terms.unmasks)
    facts = {
        **{name: finding[name] for name in ("finding_id", "kind", "score")},
        **{name: explained.facts[name] for name in ("run", "is_stale", "sentences", "evidence_total")},
        "links": _links(reading, one, drawn),
        "protected_accounts": max(int(str(finding["protected_count"])), int(reading.query(_HIDDEN_ENDS, one)["n"][0].as_py())),
        "left_out": len(seen) - len(drawn),
    }
    rows = drawn.drop_columns(["account_key", "hidden"]).append_column("number", number)
    return Draft(rows.select([column.name for column in PICTURE.columns]), facts, explained.asked)


def _links(reading: Reading, one: dict[str, object], drawn: pa.Table) -> list[dict[str, object]]:
    is_subject = pc.equal(drawn["part"], "subject")
    sides = pa.table({"account_key": drawn["account_key"], "id": drawn["id"], "is_subject": is_subject})
    rows = reading.query(_LINKS, one, drawn=sides).to_pylist()
    return [{name: _fit(row["total"]) if name == "sum_minor" else row[name] for name in LINK_FIELDS} for row in rows]


def _fit(total: object) -> int | None:
    """A sum that fits 64 bits, as whole number; None otherwise, and when no amount is stated."""
    if total is None:
        return None
    exact = int(str(total).partition(".")[0])
    return exact if abs(exact) < 2**63 else None
