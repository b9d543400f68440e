"""Leads answered: hit, no hit or not searchable, with who gave them, on which terms and until when on every row.

A lead is a signal, not proof. Nobody protected is a hit: a lead that points at a child reads like one that points at nobody, and the
list says only how many there are. A list of one still tells; so questions are counted (`MOST_LEADS_A_DAY`) and recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.errors import VaultError
from bakau.model import PARTY, TRANSFER
from bakau.times import format_us
from bakau_casework.leads.listing import LeadKind
from bakau_casework.leads.lookup import look_up, read_holdings, sort_out
from bakau_casework.leads.seek import may_show, seek
from bakau_casework.purpose import Reveals
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text
from bakau_casework.views.lead_links import CHAIN_FIELDS, STEP_FIELDS, find_ties
from bakau_casework.views.networks import LINK_FIELDS, keep_descriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bakau.names import NameKeys
    from bakau_casework.leads.listing import Lead, LeadList
    from bakau_casework.leads.lookup import Found
    from bakau_casework.leads.register import Match, SavedList
    from bakau_casework.leads.seek import Sought, Trace
    from bakau_casework.reading import Clear, Reading
    from bakau_graph.archive.name_index import NameIndex

#: What every lead is, wherever it stands.
SIGNAL = "signal, not proof"
HIT, NO_HIT, NOT_SEARCHABLE = "hit", "no_hit", "not_searchable"

_MATCH = {
    "account_id": pa.string(), "party_id": pa.string(), "how": pa.string(), "strength": pa.string(), "kind": pa.string(),
    "institution_id": pa.string(), "country": pa.string(), "age_state": pa.string(),
}  # fmt: skip
_LEAD_ACCOUNT = {
    "id": pa.string(), "part": pa.string(), "kind": pa.string(), "institution_id": pa.string(), "country": pa.string(), "age_state": pa.string(),
}  # fmt: skip
_WHO = (
    text("weight", f"what a lead is: {SIGNAL}"),
    text("giver", "who gave it"),
    text("terms", "on which terms"),
    text("expires_on", "its last day"),
)
_LINE = count("line", "its line in the file it came in")
_KIND = text("kind", f"one of {', '.join(LeadKind)}")
_MATCHES = nested("matches", "what it points at; empty unless it is a hit", _MATCH, holds_ids=True)

LEADS = Declaration(
    "leads",
    "Every lead of a list answered, and what ties the hits together. A list shown again holds its hits only.",
    "leads",
    (
        _LINE,
        _KIND,
        Shown("value", pa.string(), "the lead as given; null when masked, when it may be a card number, and on a list shown again", PARTY["name"].marking, Reveals.NAME),
        text("outcome", "hit; no_hit: points at nothing that may be shown; not_searchable: see the reason"),
        text("reason", "why it could not be looked for; null otherwise"),
        _MATCHES,
        Shown("note", pa.string(), "what its giver wrote beside it; null when masked, empty and on a list shown again", TRANSFER["purpose"].marking, Reveals.TEXT),
        *_WHO,
    ),
    (
        text("list_id", "the list as it is kept; null when nothing of it is kept"),
        text("made", "when it was looked up, ISO 8601 in UTC; null when nothing of it is kept"),
        text("watch_until", "last day of its standing watch; null without one"),
        count("asked", "leads in the file; null on a list shown again: what did not hit was not kept"),
        count("hits", "leads that are a hit"),
        count("watched", "leads that are watched from now on"),
        count("protected", "leads that point at a protected person or account: counted, never said which"),
        count("left_out", "matches beyond 50 of one lead"),
        nested("accounts", "the accounts of the hits, and those between them on a chain", _LEAD_ACCOUNT, holds_ids=True),
        nested("links", "what the hits paid each other, per ordered pair and currency", LINK_FIELDS, holds_ids=True),
        nested("chains", "pairs without such a link along which money can have gone in order of time", CHAIN_FIELDS, holds_ids=True),
        nested("steps", "the transfers of the chains, in order", STEP_FIELDS, holds_ids=True),
        count("pairs_left_out", "pairs for which no chain was looked for"),
        flag("is_complete", "everything around the hits was looked at; false: links or chains may be missing"),
    ),
)  # fmt: skip

LEAD_LISTS = Declaration(
    "lead-lists",
    "The lead lists that are kept: one's own, and those of one's cases.",
    "lists",
    (
        text("list_id", "the list"),
        *_WHO,
        count("hits", "leads of it that hit"),
        count("watched", "leads of it that are watched"),
        text("watch_until", "last day of its standing watch; null without one"),
        text("case_id", "the case it was looked up in; null without one"),
        text("person", "who looked it up"),
        text("made", "when, ISO 8601 in UTC"),
    ),
)

LEAD_NEWS = Declaration(
    "leads-check",
    "What one's standing watches hit since they were last looked at.",
    "leads",
    (text("list_id", "the list it is watched for"), _LINE, _KIND, _MATCHES, *_WHO),
    (
        count("watched", "leads that are still watched"),
        count("protected", "watched leads that point at a protected person or account now: counted, and watched no more"),
        text("not_searched", "why names were not looked at; null when they were or none is watched"),
    ),
)

_PARTY_IDS = "SELECT party_key, party_id FROM party SEMI JOIN asked USING (party_key)"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a list found, before the Desk shows it: the draft, the matches to keep, and what may be watched."""

    draft: Draft
    matches: tuple[Match, ...]
    watchable: tuple[Trace, ...]


def answer_leads(reading: Reading, clear: Clear, asked: LeadList, kept: SavedList, spend: Callable[[int, int], None]) -> Answered:
    """The answer to a list. `spend` counts its leads and its names before anything is looked up, and refuses when they are too many."""
    by_name = sum(lead.kind is LeadKind.NAME for lead in asked.leads)
    may_name = Reveals.NAME in clear.terms.unmasks
    spend(len(asked.leads), by_name if may_name else 0)
    names = open_names(reading, clear) if by_name else ""
    sought = [seek(lead, read_holdings(reading), reading.surrogate_key, _keys_or_reason(names)) for lead in asked.leads]
    found = look_up(reading, [trace for one in sought for trace in one.traces], None if isinstance(names, str) else names)
    found = replace(found, matches=tuple(_fitting(reading, found, {lead.line: lead for lead in asked.leads})))
    hits = {match.line for match in found.matches}
    watched = [one for one in sought if kept.watch_until and one.lead.line not in hits | found.protected_lines | found.crowded_lines]
    watchable = tuple(trace for one in watched for trace in one.traces)
    keeps = bool(found.matches or watchable)
    shown = _matches_of(reading, found)
    rows = [_lead_row(one, found, shown, kept) for one in sought]
    facts = {
        **_facts(reading, found, kept, keeps=keeps),
        "asked": len(asked.leads),
        "watched": len({trace.line for trace in watchable}),
    }
    named = (kept.list_id,) if keeps else ()
    return Answered(Draft(pa.Table.from_pylist(rows, LEADS.arrow_schema), facts, named), found.matches, watchable)


def show_leads(reading: Reading, kept: SavedList, matches: Iterable[Match], watched: int) -> Draft:
    """The draft of LEADS for a kept list: its hits as they may be shown now."""
    found = sort_out(reading, matches)
    by_line = _matches_of(reading, found)
    kinds = {match.line: match.kind for match in found.matches}
    rows = [{"line": line, "kind": kinds[line], "outcome": HIT, "matches": by_line[line], **_who(kept)} for line in sorted(by_line)]
    facts = {**_facts(reading, found, kept, keeps=True), "asked": None, "watched": watched}
    return Draft(pa.Table.from_pylist(rows, LEADS.arrow_schema), facts, (kept.list_id,))


def list_leads(lists: Sequence[tuple[SavedList, int, int]]) -> Draft:
    """The draft of LEAD_LISTS for lists with their hits and watched leads."""
    rows = [
        {
            **{name: getattr(kept, name) for name in ("list_id", "case_id", "person")}, **_who(kept), "hits": hits, "watched": watched,
            "watch_until": _day(kept), "made": format_us(kept.made_us),
        }
        for kept, hits, watched in lists
    ]  # fmt: skip
    return Draft(pa.Table.from_pylist(rows, LEAD_LISTS.arrow_schema))


def list_news(reading: Reading, news: Sequence[tuple[SavedList, Found]], *, watched: int, not_searched: str) -> Draft:
    """The draft of LEAD_NEWS."""
    rows = [
        {
            "list_id": kept.list_id,
            "line": line,
            "kind": next(m.kind for m in found.matches if m.line == line),
            "matches": shown,
            **_who(kept),
        }
        for kept, found in news
        for line, shown in sorted(_matches_of(reading, found).items())
    ]
    facts = {"watched": watched, "protected": sum(len(found.protected_lines) for _, found in news), "not_searched": not_searched or None}
    return Draft(pa.Table.from_pylist(rows, LEAD_NEWS.arrow_schema), facts)


def open_names(reading: Reading, clear: Clear) -> NameIndex | str:
    """The index of names, or the reason why names are not looked for."""
    if Reveals.NAME not in clear.terms.unmasks:
        return f"purpose {clear.purpose} does not show names"
    try:
        return reading.name_index
    except VaultError:
        return "the vault key of this workspace is missing"


def _keys_or_reason(names: NameIndex | str) -> Callable[[str], NameKeys | None] | str:
    return names if isinstance(names, str) else names.keys_of


# --- rows ------------------------------------------------------------------------------------------------------------------------


def _lead_row(one: Sought, found: Found, shown: Mapping[int, list[dict[str, object]]], kept: SavedList) -> dict[str, object]:
    line = one.lead.line
    crowded = "too many people bear this name" if line in found.crowded_lines else ""
    reason = "" if line in shown else one.reason or crowded
    outcome = HIT if line in shown else NOT_SEARCHABLE if reason else NO_HIT
    return {
        "line": line,
        "kind": one.lead.kind.value,
        "value": one.lead.value if may_show(one.lead) else None,
        "outcome": outcome,
        "reason": reason or None,
        "matches": shown.get(line, []),
        "note": one.lead.note or None,
        **_who(kept),
    }


def _who(kept: SavedList) -> dict[str, object]:
    return {"weight": SIGNAL, "giver": kept.giver, "terms": kept.terms, "expires_on": kept.expires_on.isoformat()}


def _day(kept: SavedList) -> str | None:
    return kept.watch_until.isoformat() if kept.watch_until else None


def _fitting(reading: Reading, found: Found, leads: Mapping[int, Lead]) -> Iterable[Match]:
    """Matches whose account is where the lead says: for numbers that are unique within an institution only."""
    described = _describe(reading, [match.account_key for match in found.matches if match.account_key is not None])
    for match in found.matches:
        lead, account = leads[match.line], described.get(match.account_key or 0)
        if account is None or lead.kind not in (LeadKind.ACCOUNT, LeadKind.WALLET):
            yield match
            continue
        held_by, country = str(account["institution_id"] or "").upper(), str(account["country"] or "")
        hint = lead.institution.upper()
        is_there = not hint or not held_by or held_by.startswith(hint) or hint.startswith(held_by)
        if is_there and (not lead.country or not country or country == lead.country):
            yield match


def _matches_of(reading: Reading, found: Found) -> dict[int, list[dict[str, object]]]:
    """Line → its matches, described."""
    described = _describe(reading, [match.account_key for match in found.matches if match.account_key is not None])
    parties = _party_ids(reading, [match.party_key for match in found.matches if match.party_key is not None])
    rows: dict[int, list[dict[str, object]]] = {}
    for match in found.matches:
        account = described.get(match.account_key or 0, {})
        row = {
            "account_id": account.get("id"), "party_id": parties.get(match.party_key or 0), "how": match.how,
            "strength": "exact" if match.is_exact else "a name: weaker", **{name: account.get(name) for name in ("kind", "institution_id", "country")},
            "age_state": account.get("age_state") or "age_unknown",
        }  # fmt: skip
        rows.setdefault(match.line, []).append(row)
    return rows


def _describe(reading: Reading, keys: Sequence[int]) -> dict[int, dict[str, object]]:
    distinct = np.unique(np.array(keys, np.int64))
    places, is_known = reading.directory.places_of(distinct)
    rows = keep_descriptions(reading).take(pa.array(places[is_known])).to_pylist()
    ids = reading.directory.ids_of(distinct[is_known]).to_pylist()
    return {key: {"id": one, **row} for key, one, row in zip(distinct[is_known].tolist(), ids, rows, strict=True)}


def _party_ids(reading: Reading, keys: Sequence[int]) -> dict[int, str]:
    if not keys:
        return {}
    asked = pa.table({"party_key": pa.array(sorted(set(keys)), pa.int64())})
    rows = reading.query(_PARTY_IDS, asked=asked)
    return dict(zip(rows["party_key"].to_pylist(), rows["party_id"].to_pylist(), strict=True))


def _facts(reading: Reading, found: Found, kept: SavedList, *, keeps: bool) -> dict[str, object]:
    keys = list(dict.fromkeys(match.account_key for match in found.matches if match.account_key is not None))
    ties = find_ties(reading, keys)
    described = _describe(reading, [*keys, *ties.between])
    parts = {**dict.fromkeys(ties.between, "between"), **dict.fromkeys(keys, "hit")}
    accounts = [{name: described[key].get(name, part) for name in _LEAD_ACCOUNT} for key, part in parts.items()]
    accounts.sort(key=lambda row: (row["part"] != "hit", str(row["id"])))
    return {
        "list_id": kept.list_id if keeps else None,
        "made": format_us(kept.made_us) if keeps else None,
        "watch_until": _day(kept) if keeps else None,
        "hits": len({match.line for match in found.matches}),
        "protected": len(found.protected_lines),
        "left_out": found.left_out,
        "accounts": accounts,
        "links": ties.links,
        "chains": ties.chains,
        "steps": ties.steps,
        "pairs_left_out": ties.pairs_left_out,
        "is_complete": ties.is_complete,
    }
