"""From a draft to a view: undeclared columns refused, clear values masked by purpose, protected surrogates caught.

View functions keep protected accounts out themselves (they count them instead); the check here is the net below: a surrogate of a
protected subject in any declared id column stops the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import ProtectedError, RefusedError
from bakau_casework.view import Draft, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakau_casework.purpose import Purpose, Terms
    from bakau_casework.view import Declaration


def redact(
    declaration: Declaration, draft: Draft, *, purpose: Purpose, terms: Terms, protected_ids: pa.Array
) -> tuple[Draft, dict[str, str]]:
    """The draft as the purpose may see it, and the reason for every masked column.

    RefusedError when a column or fact was not declared or has no marking; ProtectedError when a protected surrogate would show.
    """
    _check_declared(declaration, draft)
    masked: dict[str, str] = {}
    arrays, facts = [], dict(draft.facts)
    for column in declaration.columns:
        values = draft.rows[column.name].combine_chunks().cast(column.type)
        reason = _why_masked(column, purpose, terms)
        if reason:
            masked[column.name] = reason
            values = pa.nulls(len(draft.rows), column.type)
        arrays.append(values)
    for fact in declaration.facts:
        reason = _why_masked(fact, purpose, terms)
        if reason:
            masked[fact.name], facts[fact.name] = reason, None
    rows = pa.Table.from_arrays(arrays, schema=declaration.arrow_schema)
    shown = Draft(rows, facts)
    _refuse_protected(declaration, shown, protected_ids)
    return shown, masked


def _check_declared(declaration: Declaration, draft: Draft) -> None:
    for kind, declared, found in (
        ("column", declaration.columns, draft.rows.schema.names),
        ("fact", declaration.facts, list(draft.facts)),
    ):
        names = {one.name for one in declared}
        undeclared = [name for name in found if name not in names] + [name for name in names if name not in found]
        unmarked = [one.name for one in declared if one.marking is None or (one.marking.in_vault and one.reveals is None)]
        if undeclared or unmarked:
            raise RefusedError(
                f"view {declaration.name}: {kind} {', '.join(sorted({*undeclared, *unmarked}))} is not declared with a marking"
            )


def _why_masked(column: Shown, purpose: Purpose, terms: Terms) -> str:
    if column.marking is None or not column.marking.in_vault or column.reveals in terms.unmasks:
        return ""
    return f"purpose {purpose} does not show {column.reveals}"


def _refuse_protected(declaration: Declaration, shown: Draft, protected_ids: pa.Array) -> None:
    if not len(protected_ids):
        return
    for column in declaration.columns:
        if column.holds_ids and any(_any_in(texts, protected_ids) for texts in texts_of(shown.rows[column.name].combine_chunks())):
            raise ProtectedError(f"view {declaration.name}: column {column.name} would name a protected account")
    for fact in declaration.facts:
        value = shown.facts[fact.name]
        if fact.holds_ids and value is not None and _any_in(_texts_of_value(value, fact), protected_ids):
            raise ProtectedError(f"view {declaration.name}: {fact.name} would name a protected account")


def _any_in(texts: pa.Array, protected_ids: pa.Array) -> bool:
    return bool(pc.any(pc.is_in(texts, value_set=protected_ids)).as_py())


def _texts_of_value(value: object, fact: Shown) -> pa.Array:
    return pa.concat_arrays(list(texts_of(pa.array([value], fact.type))))


def texts_of(values: pa.Array) -> Iterable[pa.Array]:
    """Every string inside a column, however deep."""
    if pa.types.is_string(values.type):
        yield values
    elif pa.types.is_list(values.type):
        yield from texts_of(values.flatten())
    elif pa.types.is_struct(values.type):
        for part in values.flatten():
            yield from texts_of(part)


def objects_of(declaration: Declaration, shown: Draft) -> list[str]:
    """Distinct surrogates in the declared id columns, in order of appearance."""
    columns = [column.name for column in declaration.columns if column.holds_ids or column.name in ("finding_id", "batch_id", "case_id")]
    texts = [part for name in columns for part in texts_of(shown.rows[name].combine_chunks())]
    if not texts:
        return []
    found = pc.unique(pa.concat_arrays(texts)).drop_null().to_pylist()
    return [str(one) for one in found if "_" in one or "-" in one]


def count_clear(declaration: Declaration, shown: Draft) -> int:
    """How many clear values of the vault the rows show."""
    vault = [column.name for column in declaration.columns if column.marking is not None and column.marking.in_vault]
    return sum(len(shown.rows) - shown.rows[name].null_count for name in vault)
