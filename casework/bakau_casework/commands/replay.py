"""``bakau replay``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.option("--from", "first", required=True, metavar="DATE", help="First day of the window, UTC (2026-01-01).")
@click.option("--to", "last", required=True, metavar="DATE", help="Last day of the window: nothing after it counts.")
@click.option(
    "--pack", "packs", multiple=True, help="The other rules: a shipped pack (ph, au …) or a file, as --packs of analyse. Repeatable."
)
@click.option("--rule", "rules", multiple=True, metavar="RULE_ID", help="A draft or shadow rule, taken as if it were active. Repeatable.")
@click.option("--against", multiple=True, help="Packs to hold it against, instead of what is in force. Repeatable.")
@click.option(
    "--a-day", type=click.IntRange(1, 1_000), help="Findings that one analyst reads in a working day. [default: 10, a default of ours]"
)
@click.option("--top", type=click.IntRange(min=1), help="The first N accounts only.")
@desk_options
@click.pass_context
def replay(
    ctx: click.Context, first: str, last: str, packs: tuple[str, ...], rules: tuple[str, ...], against: tuple[str, ...], a_day: int | None,
    top: int | None, purpose: str, case_id: str | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Say who would have been found in a past window by other rules, who is new and who is gone. Stores nothing.

    By the pipeline of `analyse`, over the transfers from the first day of the window to the last. Without --pack and --rule: what the rules in force
    would ask of analysts. What is protected now stays hidden.
    """
    from bakau_casework.views.replay import A_DAY, ReplayQuestion

    question = ReplayQuestion.parse(first, last, packs=packs, rules=rules, against=against, a_day=a_day or A_DAY, top=top)
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.replay(question).to_document()
    if as_json:
        echo_json(document)
        return
    _show(document, own=a_day is None)


def _show(document: dict[str, object], *, own: bool) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import first_texts, foot, objects, table, texts

    rows = objects(document["accounts"])
    table(("change", "account", "kind", "role", "age", "score", "in force", "evidence", "rules"), [
        (
            row["change"], short(row["account_id"]), row["kind"], row["role"], row["age_state"], row["score"], row["score_in_force"],
            f"{str(row['first_ts'])[:10]} … {str(row['last_ts'])[:10]}", first_texts(row["rules"], 3),
        )
        for row in rows
    ], right=(5, 6))  # fmt: skip
    added = texts(document["rules_added"])
    foot(
        document,
        f"{document['first_day']} to {document['last_day']} ({document['days']} days, {document['transfers']} transfers): {document['packs']}"
        + (f" with {', '.join(added)}" if added else "")
        + f" against {document['in_force']}",
        f"{document['found']} accounts would have been found: {document['new']} new; {document['gone']} gone",
        f"findings: {_load(document, '')}; in force: {_load(document, '_in_force')}",
        f"one analyst-day: {document['a_day']} findings read" + (" (a default of ours: --a-day)" if own else ""),
        f"{document['touching_protected']} of these findings touch protected accounts, which are counted and never named",
        "nothing was stored",
    )


def _load(document: dict[str, object], ending: str) -> str:
    rate = document[f"alerts_per_1000_days{ending}"]
    a_day = rate / 1_000 if isinstance(rate, int) else 0
    return f"{document[f'findings{ending}']} ({a_day:.2f} a day, {document[f'analyst_days{ending}']} analyst-days)"
