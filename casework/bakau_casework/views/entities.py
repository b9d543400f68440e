"""Accounts: looked up by id, number or name, and one account with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.ids import Realm, to_key
from bakau.model import ACCOUNT, HOLDING, PARTY, TAG
from bakau_casework.purpose import Reveals
from bakau_casework.spellings import spellings
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, flag, nested, text

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_casework.reading import Clear, Reading

    Keys = npt.NDArray[np.int64]

FIND = Declaration(
    "find",
    "Accounts that match a search text by id, by exact number, or by the name of a holder.",
    "accounts",
    (
        account_id("id", "the account"),
        text("matched_by", "id, number or name"),
        Shown.of(ACCOUNT["kind"]),
        Shown.of(ACCOUNT["institution_id"]),
        Shown.of(ACCOUNT["country"]),
        Shown.of(ACCOUNT["currency"]),
        Shown.of(ACCOUNT["stub"]),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        Shown.of(ACCOUNT["number"], reveals=Reveals.NUMBER),
        Shown.of(PARTY["name"], name="holder_names", meaning="names of the holders", reveals=Reveals.NAME),
    ),
    (
        count("protected", "matches that are protected accounts: counted, never named"),
        count("left_out", "matches beyond --limit"),
        Shown("searched", pa.list_(pa.string()), "what was searched", text("", "").marking),
        Shown("not_searched", pa.list_(pa.string()), "what was not searched, and why", text("", "").marking),
    ),
)

_HOLDER = {
    "party_id": pa.string(),
    "kind": pa.string(),
    "country": pa.string(),
    "role": pa.string(),
    "since": pa.string(),
    "until": pa.string(),
}
_FLOW = {
    "direction": pa.string(), "currency": pa.string(), "transfers": pa.int64(), "counterparties": pa.int64(), "sum_minor": pa.int64(),
    "max_minor": pa.int64(), "value_minor": pa.int64(), "null_values": pa.int64(), "first": pa.string(), "last": pa.string(),
}  # fmt: skip
_TAG = {
    "on": pa.string(), "concept": pa.string(), "label": pa.string(), "giver": pa.string(), "confidence": pa.string(), "asserted": pa.string(),
    "source": pa.string(),
}  # fmt: skip
_CONTRIBUTION = {"name": pa.string(), "version": pa.string(), "kind": pa.string(), "contribution": pa.int64()}
_MENTION = {"finding_id": pa.string(), "as": pa.string(), "score": pa.int64()}

ACCOUNT_VIEW = Declaration(
    "account",
    "One account: what is known of it and where from. Null when it is protected.",
    "account",
    (
        account_id("id", "the account"),
        *(
            Shown.of(ACCOUNT[name])
            for name in ("kind", "institution_id", "country", "currency", "status", "product", "mcc", "balance_minor", "stub", "scheme")
        ),
        Shown("opened", pa.string(), "when it was opened, ISO 8601 in UTC; null when not stated", ACCOUNT["opened_us"].marking),
        Shown.of(ACCOUNT["number"], reveals=Reveals.NUMBER),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        nested("holders", "who holds it", _HOLDER, holds_ids=True),
        Shown(
            "holder_names",
            pa.list_(pa.string()),
            "names of the holders, in their order; null when masked, and for a holder whose name is not stated",
            PARTY["name"].marking,
            Reveals.NAME,
        ),
        nested("tags", "what others say of it or of its holders, each with its giver: statements, never findings of ours", _TAG),
        Shown(
            "tag_texts",
            pa.list_(pa.string()),
            "the givers' reasons and narratives, in the order of the tags; null when masked, and for a tag without one",
            TAG["text"].marking,
            Reveals.TEXT,
        ),
        nested("flows", "money in and out per currency, settled transfers only; protected counterparties are counted in", _FLOW),
        count("points", "score in the newest run: the sum of the contributions; null without one"),
        nested("contributions", "named contributions to the score", _CONTRIBUTION),
        nested("findings", "findings of the newest run that name it, as subject or as context", _MENTION),
        text("batch_id", "batch of the newest record about it"),
        text("file", "file of that batch"),
        count("line", "line of that record"),
    ),
    (
        flag("is_protected", "a protected account: nothing about it is shown"),
        text("run", "the run the score comes from; null when nothing was analysed"),
        text("value_currency", "the currency of value_minor; null when no rates were loaded"),
    ),
    single=True,
)

_DESCRIBE = """
SELECT w.account_id AS id, m.matched_by, a.kind, a.institution_id, a.country, a.currency, a.stub,
       CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state, a.account_key
FROM matched m JOIN account a USING (account_key) JOIN who w USING (account_key) LEFT JOIN adult_account k USING (account_key)
ORDER BY m.place, w.account_id
"""
_HELD_BY = "SELECT DISTINCT account_key FROM holding SEMI JOIN named USING (party_key) ORDER BY account_key"
_HOLDERS = """
SELECT h.account_key, h.party_key, p.party_id, p.kind, p.country, h.role, iso(h.since_us) AS since, iso(h.until_us) AS until
FROM holding h SEMI JOIN asked USING (account_key) JOIN party p USING (party_key) ORDER BY h.account_key, p.party_id, h.role
"""
_SCHEMES = "SELECT DISTINCT scheme FROM account WHERE scheme IS NOT NULL ORDER BY scheme"
_ACCOUNT = """
SELECT w.account_id AS id, a.kind, a.institution_id, a.country, a.currency, a.status, a.product, a.mcc, a.balance_minor, a.stub, a.scheme,
       iso(a.opened_us) AS opened, CASE WHEN k.account_key IS NULL THEN 'age_unknown' ELSE 'adult_known' END AS age_state,
       a.batch_id, f.file_name AS file, a.record AS line
FROM account a JOIN who w USING (account_key) LEFT JOIN adult_account k USING (account_key) LEFT JOIN file_of f USING (batch_id)
WHERE a.account_key = $one
"""
_SETTLED = "SELECT transfer_id, src_key, dst_key, currency, amount_minor, ts_us FROM transfer WHERE (src_key = $one OR dst_key = $one) AND status = 'settled'"
_FLOWS = """
WITH valued AS (SELECT s.*, v.value_minor FROM settled s JOIN values_of('settled') v USING (transfer_id))
SELECT direction, currency, count(*)::BIGINT AS transfers, count(DISTINCT other)::BIGINT AS counterparties,
       sum(amount_minor)::BIGINT AS sum_minor, max(amount_minor) AS max_minor, TRY_CAST(sum(value_minor) AS BIGINT) AS value_minor,
       count(*) FILTER (WHERE value_minor IS NULL)::BIGINT AS null_values, iso(min(ts_us)) AS first, iso(max(ts_us)) AS last
FROM (
    SELECT 'in' AS direction, src_key AS other, * FROM valued WHERE dst_key = $one
    UNION ALL
    SELECT 'out', dst_key, * FROM valued WHERE src_key = $one
) GROUP BY direction, currency ORDER BY direction, currency
"""
_TAGS = """
SELECT tag_id, CASE subject_realm WHEN 'account' THEN 'account' ELSE 'holder' END AS "on", concept, label, giver, confidence,
       iso(asserted_us) AS asserted, source_id AS source
FROM shown_tag JOIN batch USING (batch_id)
WHERE (subject_realm = 'account' AND subject_key = $one)
   OR (subject_realm = 'party' AND subject_key IN (SELECT party_key FROM holding WHERE account_key = $one))
ORDER BY "on", asserted, giver, concept, label, tag_id
"""
_CONTRIBUTIONS = "SELECT name, version, kind, contribution, points FROM score WHERE account_key = $one ORDER BY contribution DESC, name"
_MENTIONS = """
SELECT f.finding_id, m.part AS "as", f.score FROM finding f JOIN (
    SELECT finding_id, 'subject' AS part FROM finding_subject WHERE account_key = $one
    UNION ALL SELECT finding_id, 'context' FROM finding_context WHERE account_key = $one
) m USING (finding_id) ORDER BY f.score DESC, f.finding_id
"""


def find_accounts(reading: Reading, clear: Clear, typed: str, *, limit: int) -> Draft:
    """The draft of FIND for a search text."""
    names_allowed = Reveals.NAME in clear.terms.unmasks
    found = [("id", reading.directory.find_prefix(typed.strip())), ("number", _find_number(reading, typed))]
    searched, not_searched = ["ids", "account numbers"], []
    if names_allowed:
        found.append(("name", _find_name(reading, typed)))
        searched.append("names")
    else:
        not_searched.append(f"names (purpose {clear.purpose})")
    keys = np.concatenate([keys for _, keys in found])
    how = np.repeat([name for name, _ in found], [len(keys) for _, keys in found])
    _, first = np.unique(keys, return_index=True)
    first.sort()
    keys, how = keys[first], how[first]
    hidden = reading.protection.is_protected(keys)
    shown, how = keys[~hidden], how[~hidden]
    facts = {"protected": int(hidden.sum()), "left_out": max(0, len(shown) - limit), "searched": searched, "not_searched": not_searched}
    matched = pa.table({"account_key": shown[:limit], "matched_by": how[:limit].astype(str), "place": np.arange(min(limit, len(shown)))})
    rows = reading.query(_DESCRIBE, matched=matched)
    asked = rows["account_key"].combine_chunks()
    number = clear.values("account", "number", asked, allowed=Reveals.NUMBER in clear.terms.unmasks)
    names = _names_by_account(reading, clear, asked) if names_allowed else pa.nulls(len(asked), pa.string())
    return Draft(rows.drop_columns(["account_key"]).append_column("number", number).append_column("holder_names", names), facts)


def _find_number(reading: Reading, typed: str) -> Keys:
    schemes = reading.query(_SCHEMES)["scheme"].to_pylist()
    secret = reading.surrogate_key
    keys = [to_key(secret.digest(Realm.ACCOUNT, scheme, spelling)) for scheme in schemes for spelling in spellings(typed)]
    candidates = np.array(keys, dtype=np.int64)
    return np.unique(candidates[reading.directory.contains(candidates)])


def _find_name(reading: Reading, typed: str) -> Keys:
    if len(typed.strip()) < 2:
        return np.empty(0, np.int64)
    parties = reading.snapshot.find_by_value("party", "name", typed.strip())
    return np.asarray(reading.query(_HELD_BY, named=pa.table({"party_key": parties}))["account_key"])


def _names_by_account(reading: Reading, clear: Clear, accounts: pa.Array) -> pa.Array:
    holders = reading.query(_HOLDERS, asked=pa.table({"account_key": accounts}))
    names = clear.values("party", "name", holders["party_key"].combine_chunks(), allowed=True)
    grouped: dict[int, list[str]] = {}
    for key, name in zip(holders["account_key"].to_pylist(), names.to_pylist(), strict=True):
        if name and name not in grouped.setdefault(key, []):
            grouped[key].append(name)
    return pa.array(["; ".join(grouped[key]) if grouped.get(key) else None for key in accounts.to_pylist()], pa.string())


def show_account(reading: Reading, clear: Clear, account: str) -> Draft:
    """The draft of ACCOUNT_VIEW for an id or unique prefix."""
    from bakau_casework.views.explain import file_table

    key = reading.directory.key_of(account)
    run = reading.snapshot.latest_run()
    asked = tuple(reading.directory.ids_of(np.array([key])).to_pylist())
    value_currency = reading.use_values()
    facts: dict[str, object] = {"is_protected": False, "run": run.run_id if run else None, "value_currency": value_currency}
    if bool(reading.protection.is_protected(np.array([key]))[0]):
        return Draft(ACCOUNT_VIEW.arrow_schema.empty_table(), {**facts, "is_protected": True}, asked)
    (row,) = reading.query(_ACCOUNT, {"one": key}, file_of=file_table(reading)).to_pylist()
    keys = pa.array([key], pa.int64())
    holders = reading.query(_HOLDERS, asked=pa.table({"account_key": keys}))
    names = clear.values("party", "name", holders["party_key"].combine_chunks(), allowed=Reveals.NAME in clear.terms.unmasks)
    row["number"] = clear.values("account", "number", keys, allowed=Reveals.NUMBER in clear.terms.unmasks)[0].as_py()
    row["holders"] = holders.select(list(_HOLDER)).to_pylist()
    row["holder_names"] = names.to_pylist()
    tags = reading.query(_TAGS, {"one": key})
    row["tags"] = tags.select(list(_TAG)).to_pylist()
    texts = clear.values("tag", "text", tags["tag_id"].combine_chunks(), allowed=Reveals.TEXT in clear.terms.unmasks)
    row["tag_texts"] = texts.to_pylist()
    row["flows"] = reading.query(_FLOWS, {"one": key}, settled=reading.query(_SETTLED, {"one": key})).to_pylist()
    row.update(_numbers(reading, key, run.run_id if run else None))
    return Draft(pa.Table.from_pylist([row], ACCOUNT_VIEW.arrow_schema), facts, asked)


def _numbers(reading: Reading, key: int, run_id: str | None) -> dict[str, object]:
    if run_id is None:
        return {"points": None, "contributions": [], "findings": []}
    reading.use_run(run_id, "score", "finding", "finding_subject", "finding_context")
    contributions = reading.query(_CONTRIBUTIONS, {"one": key})
    points = pc.sum(contributions["contribution"]).as_py()
    return {
        "points": points,
        "contributions": contributions.select(list(_CONTRIBUTION)).to_pylist(),
        "findings": reading.query(_MENTIONS, {"one": key}).to_pylist(),
    }


__all__ = ["ACCOUNT_VIEW", "FIND", "HOLDING", "find_accounts", "show_account"]
