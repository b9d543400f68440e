"""What the fields inside a nested column of a view mean, by column and field. A field may be null if and only if its words say so."""

from __future__ import annotations

_SUM = {
    "currency": "the currency",
    "transfers": "transfers in it",
    "sum_minor": "sum of the stated amounts",
    "max_minor": "largest stated amount; null when none is stated",
    "null_amounts": "transfers whose source states no amount",
}

_OF: dict[str, dict[str, str]] = {
    "subjects": {
        "id": "the account",
        "role": "consumer, facilitator, perpetrator, mule or network",
        "role_basis": "the indicators the role rests on",
        "age_state": "adult_known, or age_unknown: establish before naming",
        "points": "its own points",
    },
    "reasons": {
        "name": "the indicator or model",
        "version": "its version",
        "points": "points it adds (negative: speaks against it)",
        "observed": "what was seen, with numbers and units; empty when it could not be looked at",
        "threshold": "what is expected of others",
        "source": "the publication it comes from",
        "runbook": "what to do next",
        "evidence_count": "transfers it rests on",
        "not_evaluable": "what was missing for a part of the subjects; empty when nothing was",
        "code": "reason code",
        "records": "records with it",
    },
    "holders": {
        "party_id": "the holder, by surrogate",
        "kind": "person, organisation or unknown; null when not stated",
        "country": "ISO 3166 alpha-2; null when not stated",
        "role": "owner, co_owner, guardian, signatory or controller",
        "since": "from when, ISO 8601 in UTC; null when not stated",
        "until": "until when; null while it lasts",
    },
    "tags": {
        "on": "account, or holder when it is said of somebody who holds it",
        "concept": "what is said, as a code (reported …)",
        "label": "the giver's own word for it: the kind of report, an indicator; null when there is none",
        "giver": "who says so: the reporting institution by its code, the creator of a list",
        "confidence": "how: suspected (flagged so), subject (what the report is about), named (in it as the giver's customer), or the list's own class",
        "asserted": "when it was said, ISO 8601 in UTC; null when not stated",
        "source": "the source that brought it",
    },
    "flows": {
        "direction": "in or out",
        "currency": "the currency",
        "transfers": "settled transfers",
        "counterparties": "different accounts on the other side",
        "sum_minor": "sum of the stated amounts; null when none is stated",
        "max_minor": "largest stated amount; null when none is stated",
        "value_minor": "what those that can be valued are worth together in value_currency; null when none can",
        "null_values": "transfers without a value: no rate of their day or the week before, or no amount",
        "first": "first of them, ISO 8601 in UTC",
        "last": "last of them",
    },
    "contributions": {
        "name": "the indicator or model",
        "version": "its version",
        "kind": "indicator, or model (orders only)",
        "contribution": "points it adds",
    },
    "findings": {"finding_id": "the finding", "as": "subject or context", "score": "the finding's score"},
    "sums": _SUM,
    "hops": {
        "src_id": "payer; null for a protected account",
        "dst_id": "payee; null for a protected account",
        "transfers": "transfers between the two",
        "sums": "per currency; empty when an end is protected and on a time-respecting path",
        "transfer_id": "the transfer, hexadecimal; null unless the path is time-respecting and both ends are shown",
        "time": "when, ISO 8601 in UTC; null as transfer_id",
        "amount_minor": "its amount; null as transfer_id, or when not stated",
        "currency": "its currency; null as transfer_id",
    },
    "why": {
        "how": "subject, context, start, pays or is_paid_by",
        "other_id": "the account it pays or is paid by; null for the others",
    },
    "links": {
        "src_id": "payer; null for the bundle of protected accounts",
        "dst_id": "payee; null for the bundle of protected accounts",
        "currency": "the currency; null when an end is protected",
        "transfers": "transfers in it",
        "sum_minor": "sum of the stated amounts; null when an end is protected, none is stated or it leaves 64 bits",
        "max_minor": "largest stated amount; null as sum_minor",
        "null_amounts": "transfers whose source states no amount; null when an end is protected",
        "first_ts": "first transfer, ISO 8601 in UTC; null when an end is protected",
        "last_ts": "last transfer; null when an end is protected",
        "is_partial": "both ends have transfers that were not looked at",
        "evidence": "of its transfers, how many the finding rests on; null when an end is protected",
    },
    "expansions": {
        "account_id": "the account that was expanded",
        "direction": "in, out or both",
        "order": "newest or largest first",
        "limit": "neighbours asked for",
        "neighbours": "neighbours found within the limit",
        "added": "of these new on the chart",
        "protected": "of these protected: counted, never named",
        "left_out": "neighbours beyond the limit",
        "left_out_is_exact": "false: at least so many",
        "not_examined": "older transfers of the window that were not looked at",
    },
    "currencies": {
        "currency": "ISO 4217 or crypto code; XXX when there is none",
        "transfers": "transfers in it",
        "null_amounts": "of these without a stated amount",
    },
    "rows": {"table": "the canonical table", "rows": "stored rows"},
    "codes": {"code": "reason code", "rows": "rows with it"},
    "questions": {"topic": "what it is about", "text": "the question", "options": "the answers there are; empty when it is a free one"},
    "sample": {"line": "line of the record in the file", "field": "what of it", "value": "as it would load, or its shape"},
    "counts": {"name": "what was counted: objects, rows or unmasked values", "count": "how many"},
}

#: (column, field) → words.
PART_MEANINGS: dict[tuple[str, str], str] = {(column, part): words for column, parts in _OF.items() for part, words in parts.items()}

#: Units of fields whose name does not say it all.
PART_UNITS = {
    "sum_minor": "minor units of the currency",
    "max_minor": "minor units of the currency",
    "amount_minor": "minor units of the currency",
    "value_minor": "minor units of value_currency",
    "null_values": "transfers",
    "points": "points",
    "score": "points",
    "contribution": "points",
    "transfers": "transfers",
    "null_amounts": "transfers",
    "evidence_count": "transfers",
}
