"""``bakau leads``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from bakau_casework.commands.options import desk_options, echo_json, json_option, opened_desk

if TYPE_CHECKING:
    from bakau.workspace import Workspace
    from bakau_casework.view import View

_FILE = click.Path(path_type=Path)
SEARCH = "search"


class LeadGroup(click.Group):
    """A group in which a file stands for its search: ``bakau leads FILE`` is ``bakau leads search FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the word in where the first one is no sub-command."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [SEARCH, *args]
        return super().parse_args(ctx, args)


@click.group(cls=LeadGroup)
def leads() -> None:
    """Look up a list of leads (phones, accounts, names …): signal, not proof; see what links the hits.

    `bakau leads FILE` is short for `bakau leads search FILE`.
    """


@leads.command(SEARCH)
@click.argument("file", type=_FILE)
@click.option("--giver", help="Who gave the list, where its head does not say. Kept in clear: no names of people.")
@click.option("--terms", help="On which terms, where its head does not say. Kept in clear.")
@click.option("--expires", metavar="DATE", help="Its last day (2027-01-31), where its head does not say.")
@click.option("--terms-allow-watch", is_flag=True, help="The terms allow a standing watch, where its head does not say.")
@click.option("--watch-until", metavar="DATE", help="Watch what did not hit until this day; later ingests say when it does.")
@click.option(
    "--html", "html_path", type=_FILE, help="Draw hits and links to this file (or into this directory): one page that needs nothing else."
)
@click.option("--force", is_flag=True, help="With --html: overwrite a file that stands there.")
@desk_options
@click.pass_context
def search(
    ctx: click.Context, file: Path, giver: str | None, terms: str | None, expires: str | None, watch_until: str | None, html_path: Path | None,
    purpose: str, case_id: str | None, *, terms_allow_watch: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Look up the leads in FILE (CSV: kind,value,institution,country,note) and print hits, and what links them.

    At most 500. Every lead answers hit, no_hit or not_searchable. Hits are kept by surrogate until the list expires; what did not hit is not kept
    in any form, unless the terms allow a standing watch: then by keyed hash, until its day.
    """
    from bakau_casework.leads.listing import Said

    _refuse_overwriting(html_path, force=force)
    said = Said(giver, terms, expires, terms_allow_watch)
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        view = desk.leads(file, said, watch_until=watch_until)
    _show(view, html_path, force=force, as_json=as_json)


@leads.command("show")
@click.argument("list_id", metavar="LIST")
@click.option("--html", "html_path", type=_FILE, help="Draw it to this file (or into this directory).")
@click.option("--force", is_flag=True, help="With --html: overwrite a file that stands there.")
@desk_options
@click.pass_context
def show(
    ctx: click.Context, list_id: str, html_path: Path | None, purpose: str, case_id: str | None, *, force: bool, as_json: bool
) -> None:
    """Show the hits of a kept LIST (id or unique beginning) as they may be shown now, and what links them."""
    _refuse_overwriting(html_path, force=force)
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        view = desk.lead_list(list_id)
    _show(view, html_path, force=force, as_json=as_json)


@leads.command("list")
@desk_options
@click.pass_context
def list_(ctx: click.Context, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """List the lead lists that are kept: yours, and those of your cases."""
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        view = desk.lead_lists()
    _list(view, as_json=as_json)


@leads.command("forget")
@click.argument("list_id", metavar="LIST")
@json_option
@click.pass_context
def forget(ctx: click.Context, list_id: str, *, as_json: bool) -> None:
    """Delete a kept LIST of yours, its hits and its standing watch; prints the lists that are left."""
    with opened_desk(ctx) as desk:
        view = desk.forget_leads(list_id)
    _list(view, as_json=as_json)


@leads.command("check")
@desk_options
@click.pass_context
def check(ctx: click.Context, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Say what your standing watches hit since you last asked. Names are looked at where the purpose shows names."""
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.check_leads().to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import foot, objects, table

    rows = objects(document["leads"])
    click.echo("" if rows else "no new hit", nl=not rows)
    table(("list", "line", "kind", "points at", "how", "giver"), [
        (row["list_id"], row["line"], row["kind"], _name_of(match), match["how"], row["giver"])
        for row in rows for match in objects(row["matches"])
    ])  # fmt: skip
    names = document["not_searched"]
    foot(document, _protected(document), f"still watched: {document['watched']}", f"names were not looked at: {names}" if names else "")


def tell_watcher(workspace: Workspace) -> None:
    """After an ingest: say on stderr when a standing watch of this person has hit. Never stops the ingest that calls it."""
    if not _watches_anything(workspace.casework):
        return
    from bakau.errors import BakauError
    from bakau_casework.desk import Desk

    try:
        with Desk.open(workspace.path) as desk:
            if not desk.has_watches():
                return
            found = desk.check_leads(settle=False)
    except BakauError:  # a purpose, a source or a network that says no: the command says why when it is run
        click.echo("your standing watches were not looked at\n  → bakau leads check", err=True)
        return
    count = len(found.rows)
    if count:
        click.echo(f"{count} of the leads you watch {'has' if count == 1 else 'have'} a hit now\n  → bakau leads check", err=True)


def _watches_anything(casework: Path) -> bool:
    """Whether anybody watches anything: asked first, so that an ingest without a watch loads and opens nothing for it."""
    try:
        with closing(sqlite3.connect(f"{casework.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM lead_watch LIMIT 1").fetchone() is not None
    except sqlite3.Error:  # no database yet, or one from before there were leads
        return False


# --- on the screen ---------------------------------------------------------------------------------------------------------------


def _refuse_overwriting(path: Path | None, *, force: bool) -> None:
    from bakau_casework.export import choose_html_path

    if path is not None and not path.is_dir():
        choose_html_path(path, "", force=force)  # before anything is looked up


def _show(view: View, html_path: Path | None, *, force: bool, as_json: bool) -> None:
    if html_path is not None:
        from bakau_casework.drawing import draw_leads
        from bakau_casework.export import choose_html_path, write_html

        write_html(draw_leads(view), choose_html_path(html_path, str(view.facts["list_id"] or "leads"), force=force))
    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import facts, foot, objects, table

    rows = objects(document["leads"])
    first = rows[0] if rows else {}
    facts([(name.replace("_", " "), first.get(name)) for name in ("weight", "giver", "terms", "expires_on")])
    facts([("list", document["list_id"]), ("watched until", document["watch_until"])])
    table(("line", "kind", "lead", "answer", "points at", "how", "age"), [line for row in rows for line in _lines(row)])
    _show_ties(document)
    foot(document, *_counts(document), _protected(document))


def _lines(row: dict[str, object]) -> list[tuple[object, ...]]:
    from bakau_casework.commands.screen import objects

    head = (row["line"], row["kind"], row["value"])
    matches = objects(row["matches"])
    if not matches:
        answer = "no hit" if row["outcome"] == "no_hit" else "not searchable"
        return [(*head, answer, None, row["reason"], None)]
    return [(*head, f"hit ({match['strength']})", _name_of(match), match["how"], match["age_state"]) for match in matches]


def _name_of(match: dict[str, object]) -> str:
    from bakau.ids import short

    return short(match["account_id"] or match["party_id"])


def _show_ties(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import amount, objects, table

    links = objects(document["links"])
    table(("payer", "payee", "transfers", "in all", "first", "last"), [
        (short(one["src_id"]), short(one["dst_id"]), one["transfers"], amount(one["sum_minor"], one["currency"]), one["first_ts"], one["last_ts"])
        for one in links
    ], right=(2, 3))  # fmt: skip
    steps = objects(document["steps"])
    table(("chain", "payer", "payee", "amount", "when"), [
        (one["chain"], short(one["src_id"]), short(one["dst_id"]), amount(one["amount_minor"], one["currency"]) if one["currency"] else None, one["time"])
        for one in steps
    ], right=(3,))  # fmt: skip


def _counts(document: dict[str, object]) -> list[str]:
    asked, left, pairs = document["asked"], document["left_out"], document["pairs_left_out"]
    of = f" of {asked} leads" if asked is not None else ""
    return [
        f"{document['hits']} hits{of}, {len(cast('list[object]', document['links']))} links, {len(cast('list[object]', document['chains']))} chains",
        f"{document['watched']} leads watched" if document["watched"] else "",
        f"{left} more matches" if left else "",
        f"{pairs} pairs for which no chain was looked for" if pairs else "",
        "" if document["is_complete"] else "not everything around the hits was looked at: links and chains may be missing",
    ]


def _protected(document: dict[str, object]) -> str:
    return f"protected ({document['protected']})" if document["protected"] else ""


def _list(view: View, *, as_json: bool) -> None:
    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import foot, objects, table

    names = ("list_id", "giver", "terms", "expires_on", "hits", "watched", "watch_until", "case_id", "person", "made")
    rows = objects(document["lists"])
    table([name.removesuffix("_id").replace("_", " ") for name in names], [tuple(row[name] for name in names) for row in rows])
    foot(document, f"{len(rows)} lists")
