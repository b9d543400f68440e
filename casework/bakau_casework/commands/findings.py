"""``bakau findings``."""

from __future__ import annotations

from collections import defaultdict

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.option("--top", type=click.IntRange(min=1), help="The first N only.")
@click.option("--kind", type=click.Choice(["account", "network"]), help="Findings of this kind only.")
@click.option(
    "--order",
    type=click.Choice(["urgency", "score"]),
    default="urgency",
    show_default=True,
    help="Still happening first, or by score alone.",
)
@click.option("--since", metavar="RUN", help="What is new, changed or gone since that run.")
@desk_options
@click.pass_context
def findings(
    ctx: click.Context,
    top: int | None,
    kind: str | None,
    order: str,
    since: str | None,
    purpose: str,
    case_id: str | None,
    *,
    as_json: bool,
) -> None:
    """List suspect accounts and networks: still happening first, then worst.

    First what was paid in the last 30 days of the data, by score, then all else by score; among equal scores what was paid in the last 7 days, then what
    has more urgency reasons. A score is the sum of the points of its reasons; `bakau explain FINDING_ID` says them in sentences.
    """
    from bakau_casework.documents import changes_document

    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        if since is not None:
            document = changes_document(desk.changes(since, top=top, kind=kind))
            echo_json(document) if as_json else _show_changes(document)
            return
        document = desk.findings(top=top, kind=kind, order=order).to_document()
    echo_json(document) if as_json else _show(document)


def _lines(findings: list[dict[str, object]]) -> list[list[object]]:
    from bakau.ids import short
    from bakau_casework.commands.screen import first_texts, objects

    lines = []
    for number, finding in enumerate(findings, start=1):
        subjects, reasons = objects(finding["subjects"]), objects(finding["reasons"])
        mark = "incomplete" if finding["incomplete"] else ""
        names = list(dict.fromkeys(str(reason["name"]) for reason in reasons if isinstance(reason["points"], int) and reason["points"] > 0))
        whom = short(subjects[0]["id"]) if len(subjects) == 1 else f"{len(subjects)} accounts"
        period = f"{str(finding['first_ts'])[:10]} … {str(finding['last_ts'])[:10]}" if finding["first_ts"] else ""
        lines.append(
            [
                number,
                short(finding["finding_id"]),
                finding["kind"],
                whom,
                finding["score"],
                finding["protected_count"] or "",
                period,
                _SAY_URGENCY[next((str(one["name"]) for one in objects(finding["urgency"])), "")],
                mark,
                first_texts(names, 3),
            ]
        )
    return lines


_HEADINGS = ("", "finding", "kind", "subjects", "score", "protected", "evidence", "paid", "batch", "reasons")
_SAY_URGENCY = defaultdict(str, {"paid_last_7_days": "last 7 days", "paid_last_30_days": "last 30 days"})


def _show(document: dict[str, object]) -> None:
    from bakau_casework.commands.screen import foot, objects, table, texts

    found = objects(document["findings"])
    if not found:
        click.echo("no findings")
    table(_HEADINGS, _lines(found), right=(0, 4, 5))
    review = len({name for finding in found for name in texts(finding["review_ids"])})
    unknown = any(subject["age_state"] == "age_unknown" for finding in found for subject in objects(finding["subjects"]))
    foot(
        document,
        f"{len(found)} of {document['total']} findings, ordered by {document['order']}; {_per_cent(document['tie_share_ppm'])} of the first 100 share their place",
        "age not known for some subjects: establish before naming" if unknown else "",
        f"{review} accounts beside them are in review, may need protection: no subjects, no points" if review else "",
        _say_incomplete(found),
        "facts or marks changed since the run: run `bakau analyse` again" if document["is_stale"] else "",
    )


def _per_cent(ppm: object) -> str:
    return f"{ppm / 10_000:.0f} %" if isinstance(ppm, int) else ""


def _say_incomplete(found: list[dict[str, object]]) -> str:
    """Which batches are not whole, and what rests on them."""
    from bakau_casework.commands.screen import texts

    batches = sorted({batch for finding in found for batch in texts(finding["incomplete"])})
    if not batches:
        return ""
    count = sum(bool(finding["incomplete"]) for finding in found)
    return f"{count} rest on batches that are incomplete ({', '.join(batches[:3])}{' …' if len(batches) > 3 else ''}): see `bakau batches`"


def _show_changes(document: dict[str, object]) -> None:
    from bakau_casework.commands.screen import foot, objects, table

    for change in ("new", "changed", "gone"):
        found = objects(document[change])
        click.echo(f"{change}: {len(found)}")
        table(_HEADINGS, _lines(found), right=(0, 4, 5))
    foot(document, f"since run {document['since']}")
