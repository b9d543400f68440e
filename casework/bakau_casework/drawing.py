"""From a view of the Desk to something to look at: the hardened picture, or a networkx graph for a notebook."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from bakau_graph.picture import MOST_ACCOUNTS, Account, Chart, Link, draw

if TYPE_CHECKING:
    import networkx as nx

    from bakau_casework.view import View
    from bakau_graph.picture import Picture

_LEAD_LINK = ("src_id", "dst_id", "currency", "transfers", "sum_minor", "first_ts", "last_ts")


def to_chart(view: View) -> Chart:
    """The chart of a `picture` view."""
    facts = view.facts
    accounts = view.rows.to_pylist()
    what = "an account" if facts["kind"] == "account" else "a network"
    stale = ["Facts or marks changed since that run. Analyse again before relying on this picture."] if facts["is_stale"] else []
    masked = sorted(set(view.masked.values()))
    sentences = [str(one) for one in cast("list[str]", facts["sentences"])]
    notes = list(takewhile(lambda one: "(version " not in one, sentences))
    return Chart(
        title=f"Finding {facts['finding_id']}: {what} with {facts['score']} points",
        accounts=tuple(Account(**row) for row in accounts),
        links=tuple(_link(row) for row in _rows(facts["links"])),
        protected=int(str(facts["protected_accounts"])),
        left_out=int(str(facts["left_out"])),
        notes=(*notes, *stale),
        reasons=(*sentences[len(notes) :], *(f"Left out: {reason}." for reason in masked)),
        snapshot=view.snapshot,
        run=str(facts["run"]),
        purpose=view.purpose,
        case=view.case,
    )


def draw_view(view: View, *, made: str | None = None) -> Picture:
    """The picture of a `picture` view, made now unless said otherwise."""
    return draw(to_chart(view), made=made or _now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def to_lead_chart(view: View) -> Chart:
    """The chart of a `leads` view: the hits, what is between them on chains, and what was paid. Nobody on it is accused of anything."""
    facts, rows = view.facts, view.rows.to_pylist()
    who = rows[0] if rows else {"giver": "", "terms": "", "expires_on": ""}
    drawn = _rows(facts["accounts"])[:MOST_ACCOUNTS]
    known = {row["id"] for row in drawn} | {None}
    links = [_link({name: row[name] for name in _LEAD_LINK}) for row in _rows(facts["links"])]
    links += _links_of_steps(_rows(facts["steps"]), {(link.src_id, link.dst_id, link.currency) for link in links})
    return Chart(
        title=f"Leads {facts['list_id'] or ''}: signal, not proof",
        accounts=tuple(
            Account(id=str(row["id"]), kind=_text(row["kind"]), part="context", age_state=_text(row["age_state"])) for row in drawn
        ),
        links=tuple(link for link in links if {link.src_id, link.dst_id} <= known),
        protected=int(str(facts["protected"])),
        left_out=len(_rows(facts["accounts"])) - len(drawn),
        notes=(
            f"Given by: {who['giver']}. Terms: {who['terms']}. Last day: {who['expires_on']}.",
            "A lead points somewhere; it says nothing about whom it points at.",
        ),
        reasons=tuple(f"Left out: {reason}." for reason in sorted(set(view.masked.values()))),
        snapshot=view.snapshot,
        purpose=view.purpose,
        case=view.case,
    )


def draw_leads(view: View) -> Picture:
    """The picture of a `leads` view, made now."""
    return draw(to_lead_chart(view), made=_now())


def _links_of_steps(steps: list[dict[str, object]], drawn: set[tuple[str | None, str | None, str | None]]) -> list[Link]:
    """The transfers of chains as links, where there is none yet; the same transfer on two chains once."""
    seen = {(step["transfer_id"], step["src_id"], step["dst_id"]): step for step in steps}
    groups: dict[tuple[str | None, str | None, str | None], list[dict[str, object]]] = {}
    for step in seen.values():
        groups.setdefault((_text(step["src_id"]), _text(step["dst_id"]), _text(step["currency"])), []).append(step)
    return [_link_of_steps(pair, group) for pair, group in groups.items() if pair not in drawn and pair[:2] != (None, None)]


def _link_of_steps(pair: tuple[str | None, str | None, str | None], group: list[dict[str, object]]) -> Link:
    amounts = [step["amount_minor"] for step in group if isinstance(step["amount_minor"], int)]
    times = sorted(str(step["time"]) for step in group if step["time"] is not None)
    span = (times[0], times[-1]) if times else (None, None)
    return Link(
        src_id=pair[0], dst_id=pair[1], currency=pair[2], transfers=len(group), sum_minor=sum(amounts) if amounts else None, first_ts=span[0],
        last_ts=span[1],
    )  # fmt: skip


def to_graph(view: View) -> nx.MultiDiGraph:
    """A `picture` view as a networkx MultiDiGraph: nodes by surrogate with their columns, one edge per pair and currency (the key).

    Protected accounts are one node named ``protected``, with their number in `accounts`.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(finding_id=view.facts["finding_id"], snapshot=view.snapshot, run=view.facts["run"])
    graph.add_nodes_from((row.pop("id"), row) for row in view.rows.to_pylist())
    if view.facts["protected_accounts"]:
        graph.add_node("protected", part="protected", accounts=view.facts["protected_accounts"])
    for row in _rows(view.facts["links"]):
        src, dst = (row.pop(name) or "protected" for name in ("src_id", "dst_id"))
        graph.add_edge(src, dst, row["currency"], **row)
    return graph


def _link(row: dict[str, object]) -> Link:
    return Link(**{name: value for name, value in row.items() if name != "null_amounts"})  # type: ignore[arg-type]


def _rows(value: object) -> list[dict[str, object]]:
    return [dict(row) for row in cast("list[dict[str, object]]", value)]
