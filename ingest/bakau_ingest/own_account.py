"""One account's statement as a table: from "own account, counterparty, plus or minus" to payer, payee and amount. Pure, by the column.

The counterparty becomes an account as in a bank's messages (`readers.payments.place_account`): its IBAN, its number within the source, a
name as seen from this account, or nothing known. So a table and a camt.053 of one account name the same ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_ingest.checks import Fault, is_iban
from bakau_ingest.readers.payments import clean, fold, place_account
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.mapping import Cell, Statement
    from bakau_ingest.reader import Chunk

    Flags = npt.NDArray[np.bool_]
    Faults = npt.NDArray[np.uint8]

#: Characters kept of a counterparty's name; a bank's message has at most 140.
LONGEST_NAME = 140
_MARK = "\x1f"
_ENDS = ("own", "own_scheme", "other", "other_scheme", "other_kind", "other_party", "other_name")


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The chunk with the columns that `Statement` promises (``@payer`` …), and faults: column, one per row, the texts at fault."""

    chunk: Chunk
    faults: list[tuple[str, Faults, Texts]]


def unfold(chunk: Chunk, statement: Statement) -> Unfolded:
    """Who pays and who is paid, row by row, and how much."""
    count = len(chunk.lines)
    faults: list[tuple[str, Faults, Texts]] = []
    leaves, amount = _direct(chunk, statement, faults)
    ends = _place_ends(chunk, statement)
    out = pa.array(leaves)
    nothing = pa.repeat(pa.scalar("", pa.string()), count)
    made = {
        "@payer": pc.if_else(out, ends["own"], ends["other"]),
        "@payer_scheme": pc.if_else(out, ends["own_scheme"], ends["other_scheme"]),
        "@payer_party": pc.if_else(out, nothing, ends["other_party"]),
        "@payee": pc.if_else(out, ends["other"], ends["own"]),
        "@payee_scheme": pc.if_else(out, ends["other_scheme"], ends["own_scheme"]),
        "@payee_party": pc.if_else(out, ends["other_party"], nothing),
        "@amount": amount,
        **{f"@{name}": values for name, values in ends.items()},
    }
    return Unfolded(replace(chunk, columns=chunk.columns | {name: Texts.of(values) for name, values in made.items()}), faults)


def _rows(chunk: Chunk, cell: Cell | None) -> pa.StringArray:
    """The texts of a cell, one a row; empty ones where there is no cell."""
    count = len(chunk.lines)
    if cell is None or cell.column is None:
        return pa.repeat(pa.scalar((cell.value if cell else "") or "", pa.string()), count)
    texts = chunk.columns[cell.column]
    return texts.values if texts.codes is None else texts.values.take(pa.array(texts.codes))


def _note(faults: list[tuple[str, Faults, Texts]], cell: Cell, wrong: Flags, fault: Fault, texts: pa.StringArray) -> None:
    if wrong.any():
        faults.append((cell.column or "", np.where(wrong, np.uint8(fault), np.uint8(0)), Texts(texts)))


def _is_filled(texts: pa.StringArray) -> Flags:
    """Does a debit or credit column say an amount: anything but nothing, or nought?"""
    filled: Flags = np.asarray(pc.match_substring_regex(texts, r"[^-+0.,' ]"))
    return filled


def _direct(chunk: Chunk, statement: Statement, faults: list[tuple[str, Faults, Texts]]) -> tuple[Flags, pa.StringArray]:
    """Per row: does money leave the account, and the amount as a text (its sign may still stand there)."""
    if statement.debit is not None and statement.credit is not None:
        debit, credit = _rows(chunk, statement.debit), _rows(chunk, statement.credit)
        leaves, comes = _is_filled(debit), _is_filled(credit)
        _note(faults, statement.credit, leaves & comes, Fault.BOTH_WAYS, credit)
        amount = pc.if_else(pa.array(leaves), debit, pc.if_else(pc.equal(credit, ""), debit, credit))
        _note(faults, statement.credit, np.asarray(pc.equal(amount, "")), Fault.MISSING_VALUE, amount)
        return leaves, amount
    cell = statement.amount
    if cell is None:  # the model sees to it
        raise AssertionError
    amount = pc.replace_substring_regex(_rows(chunk, cell), r"^\((.+)\)$", r"-\1")
    _note(faults, cell, np.asarray(pc.equal(amount, "")), Fault.MISSING_VALUE, amount)
    if statement.direction is not None:
        said = _rows(chunk, statement.direction)
        words = statement.direction.map or {}
        spots = pc.index_in(said, value_set=pa.array(list(words), pa.string()))
        _note(faults, statement.direction, np.asarray(pc.is_null(spots)), Fault.UNKNOWN_CODE, said)
        way = pa.array([word == "out" for word in words.values()], pa.bool_()).take(spots)
        return np.asarray(pc.fill_null(way, fill_value=False)), amount
    minus = np.asarray(pc.starts_with(amount, "-"))
    return (minus if statement.minus == "out" else ~minus), amount


def _place_ends(chunk: Chunk, statement: Statement) -> dict[str, pa.StringArray]:
    """The columns `_ENDS`, one text a row: worked out once for each different combination of own account, counterparty and name."""
    parts = [_rows(chunk, cell) for cell in (statement.own, statement.other, statement.other_name)]
    coded = pc.binary_join_element_wise(*parts, _MARK).dictionary_encode()
    placed = [_place(statement, *text.split(_MARK)) for text in coded.dictionary.to_pylist()]
    columns = list(zip(*placed, strict=True)) or [()] * len(_ENDS)
    return {name: pa.array(values, pa.string()).take(coded.indices) for name, values in zip(_ENDS, columns, strict=True)}


def _place(statement: Statement, own: str, other: str, name: str) -> tuple[str, ...]:
    bare = "".join(own.split()).replace("-", "").upper()
    anchor = bare if is_iban(bare) else own
    name = clean(name)[:LONGEST_NAME]
    asked = statement.other.scheme if statement.other is not None else None
    if other and asked not in {None, "iban", "local"}:
        scheme, number, kind = str(asked), other, "unknown"
    else:
        scheme, number, kind = place_account("", other, "", "", name, anchor)
    party = f"{scheme}:{number}|{fold(name)}" if name and number else ""
    return anchor, str(statement.own.scheme), number, scheme, kind, party, name if party else ""
