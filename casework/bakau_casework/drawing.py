"""From a view of the Desk to something to look at: the hardened picture, or a networkx graph for a notebook."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from bakau_graph.picture import Account, Chart, Link, draw

if TYPE_CHECKING:
    import networkx as nx

    from bakau_casework.view import View
    from bakau_graph.picture import Picture


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
    return draw(to_chart(view), made=made or datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))


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
