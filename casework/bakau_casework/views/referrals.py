"""People who may need protection: which signs, when last, whom to call, who acted. By time of last payment, never by a score; nobody is named.

What is shown is found anew from the facts of the snapshot. An account stands under a keyed hash that leads to nothing without the
workspace's key.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import RefusedError
from bakau.model import ACCOUNT, ProtectionState
from bakau.times import format_us
from bakau_analytics.referrals.detect import find_signs
from bakau_analytics.referrals.pack import load_victim_pack
from bakau_analytics.referrals.review import list_review
from bakau_casework.directory import pick_by_prefix
from bakau_casework.purpose import Reveals
from bakau_casework.referrals.contacts import load_contacts
from bakau_casework.referrals.register import BREAK_AFTER, MOST_A_DAY
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np
    import numpy.typing as npt

    from bakau_casework.reading import Clear, Reading
    from bakau_casework.referrals.contacts import Contacts
    from bakau_casework.referrals.register import Acted

    Keys = npt.NDArray[np.int64]

SIGN_FIELDS = {
    "rule": pa.string(), "version": pa.string(), "title": pa.string(), "looks_for": pa.string(), "payments": pa.int64(), "last": pa.string(), "source": pa.string(),
    "runbook": pa.string(), "benign": pa.list_(pa.string()),
}  # fmt: skip
CONTACT_FIELDS = {"name": pa.string(), "how": pa.string(), "source": pa.string()}
ACT_FIELDS = {"act": pa.string(), "reference": pa.string(), "person": pa.string(), "time": pa.string()}

REFERRALS = Declaration(
    "referrals",
    "Protected accounts, and accounts of people of unknown age, that show a sign of danger, by the time of their last payment, with the way out of immediate danger. Nobody is named.",
    "referrals",
    (
        text("referral_id", "the referral; it leads to no account without the workspace's key"),
        text("last_ts", "last payment that a sign rests on, ISO 8601 in UTC"),
        text("first_ts", "first payment that a sign rests on"),
        flag("is_open", "nobody has acted yet; to settle an age is no act"),
        text("age_state", "protected; or age_unknown: in review, no suspect until somebody settles it (bakau referrals settle)"),
        text("country", "ISO 3166 alpha-2 country of the account, else the one its payments name most; null when neither is known"),
        text("institution_id", "who holds the account; null when not stated"),
        nested("signs", "the rules that speak, latest first; a sign is no proof", SIGN_FIELDS),
        text("immediate", "what to do when somebody is in danger now, in that country"),
        nested("contacts", "whom to call there; empty when the page of contacts has nobody", CONTACT_FIELDS),
        text("warning", "why these contacts need a second look; empty when they were checked within a year"),
        nested("acts", "who did what, oldest first", ACT_FIELDS),
    ),
    (
        count("open", "referrals on which nobody has acted"),
        count("in_review", "accounts among them whose holder's age is not known"),
        text("contacts_checked_on", "day on which the page of contacts was checked"),
    ),
)

SETTLED = Declaration(
    "referrals-settled",
    "Accounts that stood in review and were settled by a person, newest first. What was said of an account last holds.",
    "settled",
    (
        text("referral_id", "the referral it had while in review"),
        text("settled_as", "settled_adult, or settled_protected"),
        text("basis", "how it was established: a case number or code"),
        text("person", "who settled it"),
        text("time", "when, ISO 8601 in UTC"),
    ),
)

REVEALED = Declaration(
    "referral-number",
    "The number of the account behind one referral, so that somebody can be told. Looked up with a reason, counted by the day.",
    "referral",
    (
        text("referral_id", "the referral"),
        text("reason", "why it was looked up"),
        text("country", "as in bakau.referrals/1; null when not known"),
        text("institution_id", "who holds the account; null when not stated"),
        Shown.of(ACCOUNT["number"], reveals=Reveals.NUMBER),
    ),
    (
        count("looked_up_today", "numbers this person looked up today, this one included"),
        count("most_a_day", "how many that may be"),
        text("prompt", "when a break is due; empty otherwise"),
    ),
    single=True,
)

_KNOWN = "SELECT account_key, institution_id, country FROM account SEMI JOIN referable_account USING (account_key)"
_PAID_IN = """
SELECT account_key, first(country ORDER BY n DESC, country) AS country FROM (
    SELECT account_key, country, count(*) AS n FROM (
        SELECT src AS account_key, src_country AS country FROM flow UNION ALL SELECT dst, dst_country FROM flow
    ) WHERE country IS NOT NULL GROUP BY account_key, country
) SEMI JOIN referable_account USING (account_key) GROUP BY account_key
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a snapshot shows: signs (as SIGN), and per account its institution and country; `review`: those whose age is not known."""

    signs: pa.Table
    institution: dict[int, str | None]
    country: dict[int, str | None]
    ids: dict[str, int]
    review: Keys

    def review_table(self) -> pa.Table:
        """The accounts in review as a table of account_key."""
        return pa.table({"account_key": pa.array(self.review)})


def find_referrals(reading: Reading) -> Found:
    """Every referral of the snapshot, found once while it is the newest."""
    return reading.keep(("referrals",), lambda: _find(reading))


def _find(reading: Reading) -> Found:
    with reading.snapshot.connect() as connection:
        signs = find_signs(connection, load_victim_pack())
        known = {row["account_key"]: row for row in connection.sql(_KNOWN).to_arrow_table().to_pylist()}
        paid = dict(connection.execute(_PAID_IN).fetchall())
    keys = pc.unique(signs["account_key"]).to_pylist()
    country = {key: known.get(key, {}).get("country") or paid.get(key) for key in keys}
    secret = reading.surrogate_key.secret
    institution = {key: known.get(key, {}).get("institution_id") for key in keys}
    return Found(signs, institution, country, {name_referral(secret, key): key for key in keys}, list_review(signs))


def name_referral(secret: bytes, account_key: int) -> str:
    """The id of a referral: the same account always has the same one, and nobody finds the account in it."""
    digest = hashlib.blake2b(account_key.to_bytes(8, "big"), digest_size=10, key=secret, person=b"bakau-referral")
    return "ref_" + base64.b32encode(digest.digest()).decode().lower()


def list_referrals(reading: Reading, acts: Sequence[Acted], *, today: date, contacts: Contacts | None = None) -> Draft:
    """The draft of REFERRALS."""
    found, page = find_referrals(reading), contacts or load_contacts()
    signs: dict[int, list[dict[str, object]]] = {}
    for row in found.signs.to_pylist():
        signs.setdefault(row["account_key"], []).append(row)
    done: dict[str, list[Acted]] = {}
    for act in acts:
        done.setdefault(act.referral_id, []).append(act)
    rows = [_row(name, signs[key], found, key, done.get(name, []), page, today) for name, key in found.ids.items()]
    rows.sort(key=lambda row: (-_last(signs[found.ids[str(row["referral_id"])]]), str(row["referral_id"])))
    facts = {
        "open": sum(bool(row["is_open"]) for row in rows),
        "in_review": len(found.review),
        "contacts_checked_on": page.checked_on.isoformat(),
    }
    return Draft(pa.Table.from_pylist(rows, REFERRALS.arrow_schema), facts, asked=tuple(str(row["referral_id"]) for row in rows))


def _row(
    name: str, signs: list[dict[str, object]], found: Found, key: int, acts: list[Acted], page: Contacts, today: date
) -> dict[str, object]:
    path = page.path_of(found.country[key], today=today)
    return {
        "referral_id": name,
        "last_ts": format_us(_last(signs)),
        "first_ts": format_us(min(int(str(sign["first_us"])) for sign in signs)),
        "is_open": all(one.is_settling for one in acts),
        "age_state": str(ProtectionState.AGE_UNKNOWN if key in found.review else ProtectionState.PROTECTED),
        "country": found.country[key],
        "institution_id": found.institution[key],
        "signs": [_sign(sign) for sign in sorted(signs, key=lambda one: (-int(str(one["last_us"])), str(one["rule"])))],
        "immediate": path.immediate,
        "contacts": [{"name": one.name, "how": one.how, "source": one.source} for one in path.contacts],
        "warning": path.warning,
        "acts": [{"act": one.act, "reference": one.reference, "person": one.person, "time": format_us(one.acted_us)} for one in acts],
    }


def list_settled(settled: Sequence[Acted]) -> Draft:
    """The draft of SETTLED."""
    rows = [
        {
            "referral_id": one.referral_id,
            "settled_as": one.act,
            "basis": one.reference,
            "person": one.person,
            "time": format_us(one.acted_us),
        }
        for one in settled
    ]
    return Draft(pa.Table.from_pylist(rows, SETTLED.arrow_schema), asked=tuple(str(row["referral_id"]) for row in rows))


def _last(signs: list[dict[str, object]]) -> int:
    return max(int(str(sign["last_us"])) for sign in signs)


def _sign(sign: dict[str, object]) -> dict[str, object]:
    rule = next(one for one in load_victim_pack().rules if one.id == sign["rule"])
    words = {name: getattr(rule, name) for name in ("version", "title", "looks_for", "runbook")}
    times = {"payments": sign["payments"], "last": format_us(int(str(sign["last_us"])))}
    return {"rule": rule.id, **words, **times, "source": rule.source.text, "benign": list(rule.benign)}


def pick_referral(reading: Reading, typed: str) -> str:
    """A referral by id or unique beginning; NotFoundError otherwise."""
    return pick_by_prefix(typed, list(find_referrals(reading).ids), what="referral", hint="bakau referrals")


def find_in_review(reading: Reading, typed: str) -> tuple[str, int]:
    """A referral that stands in review, and its account's key. RefusedError for a protected account, NotFoundError for none."""
    name, found = pick_referral(reading, typed), find_referrals(reading)
    if found.ids[name] not in found.review:
        raise RefusedError("this account is protected already; there is no age to settle", hint="bakau protect --help, to change a mark")
    return name, found.ids[name]


def reveal_number(reading: Reading, clear: Clear, name: str, reason: str, number_of_day: int) -> Draft:
    """The draft of REVEALED."""
    found = find_referrals(reading)
    key = found.ids[name]
    allowed = Reveals.NUMBER in clear.terms.unmasks
    (number,) = clear.values("account", "number", pa.array([key]), allowed=allowed).to_pylist()
    row = {"referral_id": name, "reason": reason, "country": found.country[key], "institution_id": found.institution[key], "number": number}
    due = f"{number_of_day} numbers today: take a break now, away from the screen." if number_of_day % BREAK_AFTER == 0 else ""
    facts = {"looked_up_today": number_of_day, "most_a_day": MOST_A_DAY, "prompt": due}
    return Draft(pa.Table.from_pylist([row], REVEALED.arrow_schema), facts, asked=(name,))


def today_utc() -> date:
    """The day that contacts and counts are held against."""
    return datetime.now(UTC).date()
