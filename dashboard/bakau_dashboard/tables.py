"""From views to the tables and sentences of a page. Knows nothing of Streamlit, so it is tested without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bakau.ids import short
from bakau.words import ACCOUNT_KINDS
from bakau_casework.views.explain import say_open
from bakau_dashboard.charts.graph import BUNDLE
from bakau_dashboard.formats import amount, day, moment, number, plural
from bakau_dashboard.words import AGE_UNKNOWN, CHANGES, FIELDS, PARTS, REASONS, ROLES, SETTLED, STANDINGS, URGENCY, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, object]
    Cells = dict[str, object]


def rows_of(value: object) -> list[dict[str, object]]:
    """A nested column or fact as rows."""
    return cast("list[dict[str, object]]", value) if isinstance(value, list) else []


def whole(value: object) -> int:
    """A count of a view; 0 for null."""
    return value if isinstance(value, int) else 0


#: Columns that a purpose may not show; an empty one is left out, and the page says why.
MASKABLE = ("reference", "payment text", "number", "holders", "local hour")
#: Columns that few answers fill.
RARE = ("also in",)


def without_empty(rows: list[Cells], *names: str) -> list[Cells]:
    """The rows without those of these columns that are empty in every row."""
    empty = [name for name in names if all(row.get(name) in {None, ""} for row in rows)]
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


# --- findings ------------------------------------------------------------------------------------------------------------------


def title_of(name: object, titles: Mapping[str, str]) -> str:
    """What a reason looks for, in words, with its id."""
    if str(name) in REASONS:
        return REASONS[str(name)]
    return f"{titles[str(name)]} ({name})" if str(name) in titles else str(name)


def grouped_reasons(finding: Row) -> list[dict[str, object]]:
    """Reasons of a finding one by name: points added up, how often, the strongest one's words; most points first."""
    groups: dict[object, list[dict[str, object]]] = {}
    for reason in rows_of(finding["reasons"]):
        groups.setdefault(reason["name"], []).append(reason)
    merged = []
    for name, group in groups.items():
        hits = [reason for reason in group if reason["observed"]]
        first = (hits or group)[0]
        merged.append(
            {
                **first, "name": name, "points": sum(whole(one["points"]) for one in group), "times": len(hits),
                "evidence_count": sum(whole(one["evidence_count"]) for one in hits),
                "not_evaluable": "; ".join(sorted({str(one["not_evaluable"]) for one in group if one["not_evaluable"]})),
            }
        )  # fmt: skip
    return sorted(merged, key=lambda one: (-cast("int", one["points"]), str(one["name"])))


def whom(finding: Row) -> str:
    """The subject of a finding, or how many there are."""
    subjects = rows_of(finding["subjects"])
    return short(subjects[0]["id"]) if len(subjects) == 1 else plural(len(subjects), "account")


def age_of(finding: Row) -> str:
    """Whether somebody's age must be established before anybody is named."""
    subjects = rows_of(finding["subjects"])
    unknown = sum(subject["age_state"] == "age_unknown" for subject in subjects)
    if not unknown:
        return "known"
    return "not known" if len(subjects) == 1 else f"not known for {unknown} of {len(subjects)}"


def finding_rows(findings: Sequence[Row], changes: Mapping[str, str], titles: Mapping[str, str]) -> list[Cells]:
    """The ranked list: one line a finding."""
    lines = []
    for rank, finding in enumerate(findings, start=1):
        why = [reason for reason in grouped_reasons(finding) if whole(reason["points"]) > 0 and reason["name"] not in REASONS]
        named = "; ".join(title_of(reason["name"], titles) for reason in why[:3])
        lines.append(
            {
                "rank": rank,
                "score": finding["score"],
                "kind": finding["kind"],
                "about": whom(finding),
                "why": named
                + (f"; and {len(why) - 3} more" if len(why) > 3 else "")
                + (" (on an incomplete batch)" if texts_in(finding, "incomplete") else ""),
                "protected": str(whole(finding["protected_count"]) or ""),
                "in review": str(len(texts_in(finding, "review_ids")) or ""),
                "still happening": still_happening(finding),
                "age": age_of(finding),
                **({"since": call(CHANGES, changes.get(str(finding["finding_id"]), ""))} if changes else {}),
                "evidence": f"{day(finding['first_ts'])} to {day(finding['last_ts'])}" if finding["first_ts"] else "",
                "finding": short(finding["finding_id"]),
            }
        )
    return lines


def score_bounds(finding: Row) -> str:
    """What the score could be if all were known, in a sentence; empty when nothing is open, or the run kept no bounds."""
    names = texts_in(finding, "open_rules")
    if not names:
        return ""
    return (
        f"{whole(finding['score']):,} points, could be {whole(finding['score_low']):,} to {whole(finding['score_high']):,} if everything were known: "
        f"{say_open(names)} could not be looked at everywhere."
    )


def ask_rows(asks: Sequence[Row]) -> list[Cells]:
    """Requests for records: to whom, for what, how many, and by how much the score could become surer."""
    return [
        {
            "ask": ask["institution_id"], "for": ", ".join(texts_in(ask, "columns")) or f"payments {ask['side']}", "transfers": ask["transfers"],
            "surer by up to": ask["narrows"], "rules": ", ".join(texts_in(ask, "rules")),
        }
        for ask in asks
    ]  # fmt: skip


def still_happening(finding: Row) -> str:
    """The urgency reasons of a finding in a few words, the one that orders most first."""
    return "; ".join(call(URGENCY, one["name"]) for one in rows_of(finding["urgency"]))


def reason_rows(finding: Row, titles: Mapping[str, str]) -> list[Cells]:
    """The reasons of a finding that were seen, each with what was observed and expected, source and next step."""
    return [
        {
            "points": reason["points"], "reason": title_of(reason["name"], titles), "times": reason["times"], "observed": reason["observed"],
            "expected": reason["threshold"], "evidence of": reason["evidence_count"], "next": reason["runbook"], "source": reason["source"],
            "version": reason["version"],
        }
        for reason in grouped_reasons(finding)
        if reason["observed"]
    ]  # fmt: skip


def not_evaluable(finding: Row) -> list[str]:
    """Which reasons could not be looked at everywhere, and what was missing."""
    return [f"{reason['name']}: {reason['not_evaluable']}" for reason in grouped_reasons(finding) if reason["not_evaluable"]]


def subject_rows(finding: Row) -> list[Cells]:
    """Whom a finding is about."""
    return [
        {
            "account": subject["id"], "role": call(ROLES, subject["role"]), "because of": subject["role_basis"], "points": subject["points"],
            "age": AGE_UNKNOWN if subject["age_state"] == "age_unknown" else "known to be an adult",
        }
        for subject in rows_of(finding["subjects"])
    ]  # fmt: skip


def evidence_rows(rows: Sequence[Row]) -> list[Cells]:
    """Transfers of a finding's evidence."""
    return without_empty(
        [{**_transfer(row), "proves": ", ".join(str(one) for one in cast("list[object]", row["reasons"] or []))} for row in rows],
        *RARE,
        *MASKABLE,
    )


def referral_rows(rows: Sequence[Row]) -> list[Cells]:
    """Referrals, one line each: when last, where, which signs, who acted. No score, no rank, no account."""
    return [
        {
            "last payment": moment(row["last_ts"]), "standing": call(STANDINGS, row["age_state"]), "country": row["country"] or "not known", "held by": row["institution_id"] or "not stated",
            "signs": "; ".join(f"{sign['title']} ({sign['rule']})" for sign in rows_of(row["signs"])),
            "acted": "nobody yet" if row["is_open"] else "; ".join(f"{say_code(one['act'])} by {one['person']}" for one in rows_of(row["acts"])),
            "referral": row["referral_id"],
        }
        for row in rows
    ]  # fmt: skip


def say_code(code: object) -> str:
    """A code of a closed list in words."""
    return str(code).replace("_", " ")


def settled_rows(rows: Sequence[Row]) -> list[Cells]:
    """What was established about accounts in review, newest first."""
    return [
        {
            "settled": moment(row["time"]), "holder is": call(SETTLED, row["settled_as"]), "basis": row["basis"], "by": row["person"],
            "referral": row["referral_id"],
        }
        for row in rows
    ]  # fmt: skip


# --- networks ------------------------------------------------------------------------------------------------------------------


def reasons_to_be_here(row: Row) -> str:
    """Why an account is on the chart, in words."""
    words = {
        "subject": "subject of the finding", "context": "context of the finding, accused of nothing", "start": "where the chart starts",
        "lead": "a lead points at it: signal, not proof", "review": "beside the finding, in review: age not known, may need protection; no suspect",
    }  # fmt: skip
    said = []
    for why in rows_of(row["why"]):
        how = str(why["how"])
        said.append(words.get(how) or f"{'pays' if how == 'pays' else 'is paid by'} {short(why['other_id'])}")
    return "; ".join(said)


def age_words(row: Row) -> str:
    """What is known of an account's age on a chart."""
    if row["is_in_review"]:
        return "not known, in review"
    return "not known" if row["age_state"] == "age_unknown" else "adult"


def account_rows(rows: Sequence[Row]) -> list[Cells]:
    """The accounts of a chart."""
    return [
        {
            "account": short(row["id"]), "part": call(PARTS, row["part"]), "role": call(ROLES, row["role"]), "points": row["points"],
            "kind": call(ACCOUNT_KINDS, row["kind"]), "country": row["country"], "age": age_words(row),
            "why": reasons_to_be_here(row), "id": row["id"],
        }
        for row in rows
    ]  # fmt: skip


def link_rows(links: Sequence[Row]) -> list[Cells]:
    """The links of a chart, one line per ordered pair and currency; the bundle's say how many transfers and nothing else."""
    return [
        {
            "payer": short(link["src_id"]), "payee": short(link["dst_id"]), "transfers": link["transfers"],
            "sum": amount(link["sum_minor"], link["currency"]) if _is_open(link) else "", "largest": amount(link["max_minor"], link["currency"]) if _is_open(link) else "",
            "first": moment(link["first_ts"]), "last": moment(link["last_ts"]), "complete": "" if link["is_partial"] is not True else "at least",
        }
        for link in links
    ]  # fmt: skip


def _is_open(link: Row) -> bool:
    return link["src_id"] is not None and link["dst_id"] is not None


def pair_of(link: Row) -> str:
    """How a link is named among what can be chosen: ``source>target``."""
    return f"{link['src_id'] or BUNDLE}>{link['dst_id'] or BUNDLE}"


def transfer_rows(rows: Sequence[Row]) -> list[Cells]:
    """Transfers with the line each came from."""
    return without_empty([{**_transfer(row), "status": row["status"], "transfer": row["transfer_id"]} for row in rows], *RARE, *MASKABLE)


def _transfer(row: Row) -> Cells:
    local = row.get("local_hour")
    return {
        "time": moment(row["time"]),
        "payer": short(row["src_id"]),
        "payee": short(row["dst_id"]),
        "amount": amount(row["amount_minor"], row["currency"]),
        "file": row["file"],
        "line": row["line"],
        "also in": "; ".join(str(one) for one in cast("list[object]", row["also_in"] or [])),
        "payment text": row["purpose"],
        "reference": row["reference"],
        "channel": row["channel"],
        "batch": row["batch_id"],
        **({"local hour": f"{local:02d} h" if isinstance(local, int) else ""} if "local_hour" in row else {}),
    }


def expansion_words(expansion: Row) -> str:
    """What an expansion brought and what it left out."""
    said = [
        f"{short(expansion['account_id'])}: {plural(whole(expansion['neighbours']), 'neighbour')}, {number(expansion['added'])} new here"
    ]
    if whole(expansion["protected"]):
        said.append(f"{expansion['protected']} of them protected")
    if whole(expansion["left_out"]):
        said.append(f"{'' if expansion['left_out_is_exact'] else 'at least '}{number(expansion['left_out'])} more left out")
    if whole(expansion["not_examined"]):
        said.append(f"{number(expansion['not_examined'])} older transfers not looked at")
    return "; ".join(said)


# --- data ----------------------------------------------------------------------------------------------------------------------


def source_rows(rows: Sequence[Row]) -> list[Cells]:
    """Sources and their basis."""
    return [
        {
            "source": row["source_id"], "name": row["name"], "kind": row["kind"], "authority": row["authority"], "legal basis": row["legal_basis"],
            "purposes": _purposes(row["purposes"]), "keep until": _until(row), "training": "yes" if row["is_training"] else "no",
            "batches": row["batches"], "records": row["records"],
        }
        for row in rows
    ]  # fmt: skip


def _purposes(value: object) -> str:
    listed = [str(one) for one in cast("list[object]", value or [])]
    return "all" if "*" in listed else ", ".join(listed)


def _until(row: Row) -> str:
    return f"{row['keep_until']}{' (over: withdraw)' if row['is_expired'] else ''}" if row["keep_until"] else "no end stated"


def batch_rows(rows: Sequence[Row]) -> list[Cells]:
    """What was loaded, newest first."""
    return [
        {
            "file": row["file"], "source": row["source_id"], "received": row["received"], "loaded": row["accepted"], "rejected": row["rejected"],
            "duplicates": row["duplicates"], "rounded": row["rounded"], "when": moment(row["loaded"]), "by": row["loaded_by"],
            "state": _batch_state(row), "batch": row["batch_id"],
        }
        for row in reversed(rows)
    ]  # fmt: skip


def _batch_state(row: Row) -> str:
    if row["is_withdrawn"]:
        return f"withdrawn: {row['withdrawn_reason']}"
    reasons = texts_in(row, "incomplete")
    return f"in use, incomplete: {'; '.join(reasons)}" if reasons else "in use"


def texts_in(row: Row, name: str) -> list[str]:
    """A list of texts in a row."""
    values = row[name]
    return [str(value) for value in values] if isinstance(values, list) else []


def reject_rows(rows: Sequence[Row]) -> list[Cells]:
    """Rejected records: where, why, and the value's shape."""
    return [
        {
            "line": row["line"], "column": row["column"], "reason": row["reason"], "code": row["code"], "shape of the value": row["shape"], "table": row["table"],
        }
        for row in rows
    ]  # fmt: skip


def run_rows(rows: Sequence[Row]) -> list[Cells]:
    """Analyses, newest first."""
    return [
        {
            "run": row["run_id"], "when": moment(row["created"]), "by": row["created_by"], "findings": row["findings"],
            "stands on": f"version {row['snapshot_version']}" + (", facts changed since" if row["is_stale"] else ""), "engine": row["engine"],
        }
        for row in rows
    ]  # fmt: skip


def column_rows(rows: Sequence[Row]) -> list[Cells]:
    """Columns of a file that is not loaded yet."""
    return [{"column": row["name"], "taken for": call(FIELDS, row["meaning"]) or "?", "holds": row["holds"]} for row in rows]


def sample_rows(sample: object) -> list[Cells]:
    """First rows as they would load: a row a line of the file, a column a field."""
    found: dict[int, Cells] = {}
    for one in rows_of(sample):
        found.setdefault(whole(one["line"]), {"line": number(one["line"])})[call(FIELDS, one["field"]).replace("_", " ")] = one["value"]
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    return [{name: row.get(name, "") for name in names} for row in found.values()]


def reason_words(reasons: object) -> str:
    """Reject reasons with their counts, in one sentence; empty when there is none."""
    return ", ".join(f"{number(one['records'])} × {str(one['code']).replace('_', ' ')}" for one in rows_of(reasons))
