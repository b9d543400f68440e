"""A table that lists one account's movements, drafted: whose it is, who stands on the other side, which way money goes. What is open is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.checks import normalise

if TYPE_CHECKING:
    from bakau_ingest.preview.columns import Column
    from bakau_ingest.preview.open_draft import Cell, Draft

#: Words for which way money goes, as banks write them (debit and credit; Soll and Haben; debet and kredit); a list of ours.
_WAYS = {
    **dict.fromkeys(("D", "DR", "DBIT", "DEBIT", "S", "SOLL", "DEBE", "CARGO", "DEBET"), "out"),
    **dict.fromkeys(("C", "CR", "CRDT", "CREDIT", "H", "HABEN", "ABONO", "K", "KREDIT"), "in"),
}
_SIDES = ("", "_phone", "_outlet", "_party")


def is_statement(draft: Draft) -> bool:
    """No column names a payer or payee, and amounts go both ways."""
    columns = draft.columns
    if any(f"{side}{what}" in columns for side in ("src", "dst") for what in _SIDES):
        return False
    amount = columns.get("amount")
    return {"debit", "credit"} <= set(columns) or (amount is not None and (amount.held.signed or "direction" in columns))


def draft_ends(draft: Draft, sideless: list[Column]) -> dict[str, object]:
    """The own account and the other side, as `statement` says them."""
    made: dict[str, object] = {}
    own, other = _tell_accounts(draft, sideless[:1])
    if own is not None:
        draft.used.add(own.name)
        made["own"] = {"column": own.name, "scheme": "iban" if own.held.is_mostly("iban") else "local"}
    else:
        number = draft.ask("own", "Whose statement is this? The number of the account (its IBAN, or the bank's own number).", ()) or "?"
        made["own"] = {"value": number, "scheme": "iban" if normalise("iban", number) else "local"}
    if other is not None:
        draft.used.add(other.name)
        made["other"] = {"column": other.name, "scheme": "local"}
    name = draft.take("name") or draft.take("party")
    if name is not None:
        made["other_name"] = {"column": name.name}
    return made


def _tell_accounts(draft: Draft, sideless: list[Column]) -> tuple[Column | None, Column | None]:
    """Which column is the own account, which the other side's: asked, unless the column is empty in some rows or names many accounts."""
    if not sideless:
        return None, None
    (column,) = sideless
    if column.held.filled < 1 or len(column.held.values) > 1:
        draft.notes.append(f"{column.name}: taken as the other side's account, because it is not the same in every row")
        return None, column
    text = f"{column.name}: is it the account whose statement this is, or the other side's?"
    return (None, column) if draft.ask("own_account", text, ("own", "other")) == "other" else (column, None)


def draft_way(draft: Draft, style: Cell) -> dict[str, object]:
    """Amounts and which way they go, as `statement` says them; `style` is how their numbers are written."""
    debit, credit = draft.take("debit"), draft.take("credit")
    if debit is not None and credit is not None:
        return {"debit": {"column": debit.name, **style}, "credit": {"column": credit.name, **style}}
    amount, direction = draft.columns["amount"], draft.take("direction")
    made: dict[str, object] = {"amount": {"column": amount.name, **style}}
    if direction is not None:
        unknown = [value for value in direction.held.values if value.upper() not in _WAYS]
        if unknown:
            draft.ask("debit_credit", f"{direction.name}: which of its words means that money leaves the account?", direction.held.values)
        left = draft.answers.get("debit_credit")
        ways = {value: _WAYS.get(value.upper(), "out" if value == left else "in") for value in direction.held.values}
        return made | {"direction": {"column": direction.name, "map": ways}}
    text = f"{amount.name}: what does a minus say: that money goes out of the account, or that it comes in?"
    return made | ({"minus": "in"} if draft.ask("minus", text, ("out", "in")) == "in" else {})
