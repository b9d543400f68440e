"""Nodes of Neo4j become the rows a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.neo4j.schema import MARK_PREFIX
from bakau_graph.network.answers import AccountRow, CurrencySum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Record

    from bakau.protection import ProtectionSet

#: Sums come in two halves: ``high * HALF + low``.
HALF = 1 << 32


def account_rows(
    nodes: Sequence[Mapping[str, object]], mark_names: Sequence[str], protection: ProtectionSet, hub_degree: int
) -> tuple[AccountRow, ...]:
    """Rows of account nodes, in their order; a protected account shows no marks."""
    keys = np.array([node["key"] for node in nodes], np.int64)
    silent = protection.is_protected(keys).tolist() if len(keys) else []
    return tuple(_account_row(node, () if quiet else mark_names, hub_degree) for node, quiet in zip(nodes, silent, strict=True))


def _account_row(node: Mapping[str, object], mark_names: Sequence[str], hub_degree: int) -> AccountRow:
    sent, received = _int(node, "transfers_out"), _int(node, "transfers_in")
    marks = [(name, node.get(MARK_PREFIX + name)) for name in mark_names]
    return AccountRow(
        account_key=_int(node, "key"),
        account_id=str(node["id"]),
        kind=_text(node, "kind"),
        institution_id=_text(node, "institution_id"),
        country=_text(node, "country"),
        currency=_text(node, "currency"),
        opened_us=_maybe(node, "opened_us"),
        status=_text(node, "status"),
        stub=bool(node.get("stub")),
        transfers_in=received,
        transfers_out=sent,
        is_hub=sent + received >= hub_degree,
        first_us=_maybe(node, "first_us"),
        last_us=_maybe(node, "last_us"),
        marks=tuple((name, value) for name, value in marks if isinstance(value, int | str)),
    )


def sum_rows(rows: Sequence[Record]) -> tuple[CurrencySum, ...]:
    """Sums per currency, exact whatever their size."""
    return tuple(
        CurrencySum(
            currency=row["currency"],
            transfers=row["n"],
            sum_minor=row["high"] * HALF + row["low"],
            max_minor=row["largest"],
            null_amounts=row["nulls"],
        )
        for row in rows
    )


def _text(node: Mapping[str, object], name: str) -> str | None:
    value = node.get(name)
    return value if isinstance(value, str) else None


def _maybe(node: Mapping[str, object], name: str) -> int | None:
    value = node.get(name)
    return value if isinstance(value, int) else None


def _int(node: Mapping[str, object], name: str) -> int:
    return _maybe(node, name) or 0
