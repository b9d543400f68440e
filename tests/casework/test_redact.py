"""From a draft to a view: what is not declared is refused, what the purpose does not show is null, who is protected stops the answer."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import ProtectedError, RefusedError
from bakau.markings import Marking
from bakau.model import ACCOUNT, TRANSFER
from bakau_casework.documents import VIEWS
from bakau_casework.purpose import TERMS, Purpose, Reveals
from bakau_casework.redact import redact
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, nested, text

CLEAR = [
    Shown("number", pa.string(), "a number", Marking.PERSONAL, Reveals.NUMBER),
    Shown("name", pa.string(), "a name", Marking.PERSONAL, Reveals.NAME),
    Shown("purpose", pa.string(), "a text", Marking.FREE_TEXT, Reveals.TEXT),
]
VIEW = Declaration(
    "test",
    "A view for this test.",
    "rows",
    (account_id("id", "the account"), *CLEAR, nested("others", "more accounts", {"id": pa.string(), "points": pa.int64()}, holds_ids=True)),
    (count("total", "a count"), account_id("asked", "the account asked about")),
)
NONE = pa.array([], pa.string())


def draft(ids=("acc_a", "acc_b"), **facts) -> Draft:
    rows = [
        {"id": one, "number": "XB1", "name": "Silo Delmit", "purpose": "thanks", "others": [{"id": f"{one}x", "points": 1}]} for one in ids
    ]
    return Draft(pa.Table.from_pylist(rows, VIEW.arrow_schema), {"total": len(rows), "asked": "acc_q", **facts})


def redacted(found: Draft, purpose: Purpose = Purpose.EXPLORATION, protected: pa.Array = NONE, view: Declaration = VIEW):
    return redact(view, found, purpose=purpose, terms=TERMS[purpose], protected_ids=protected)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_shows_what_its_terms_list_and_masks_the_rest_with_a_reason(purpose):
    shown, masked = redacted(draft(), purpose)
    for column in CLEAR:
        is_shown = column.reveals in TERMS[purpose].unmasks
        assert (column.name in masked) is not is_shown
        assert shown.rows[column.name].null_count == (0 if is_shown else 2)
        assert is_shown or purpose in masked[column.name]
    assert shown.rows["id"].to_pylist() == ["acc_a", "acc_b"]


def test_a_masked_fact_is_null():
    view = Declaration("test", "m", "rows", (count("n", "a count"),), (CLEAR[1],))
    shown, masked = redacted(Draft(pa.table({"n": [1]}), {"name": "Silo Delmit"}), view=view)
    assert shown.facts == {"name": None}
    assert set(masked) == {"name"}


def test_a_column_or_fact_that_was_not_declared_is_refused():
    found = draft()
    with pytest.raises(RefusedError, match="extra is not declared"):
        redacted(Draft(found.rows.append_column("extra", pa.array(["x", "y"])), found.facts))
    with pytest.raises(RefusedError, match="extra is not declared"):
        redacted(draft(extra=1))
    with pytest.raises(RefusedError, match="number is not declared"):
        redacted(Draft(found.rows.drop_columns(["number"]), found.facts))


@pytest.mark.parametrize("marking", [None, Marking.PERSONAL, Marking.FREE_TEXT])
def test_a_column_without_a_marking_or_without_saying_what_it_reveals_is_refused(marking):
    view = Declaration("test", "m", "rows", (Shown("name", pa.string(), "a name", marking),))
    with pytest.raises(RefusedError, match="not declared with a marking"):
        redacted(Draft(pa.table({"name": ["Silo Delmit"]})), Purpose.TRAINING, view=view)


@pytest.mark.parametrize("hidden", ["acc_a", "acc_bx", "acc_q"])
@pytest.mark.parametrize("purpose", Purpose)
def test_a_protected_surrogate_stops_the_answer_wherever_it_stands(hidden, purpose):
    with pytest.raises(ProtectedError) as stopped:
        redacted(draft(), purpose, pa.array([hidden]))
    assert hidden not in str(stopped.value)


@given(ids=st.lists(st.text("ab", min_size=1, max_size=3), max_size=6), hidden=st.lists(st.text("ab", min_size=1, max_size=3), max_size=3))
def test_an_answer_either_stops_or_holds_no_protected_surrogate(ids, hidden):
    inside = {*ids, *(f"{one}x" for one in ids)}
    if inside & set(hidden):
        with pytest.raises(ProtectedError):
            redacted(draft(ids), protected=pa.array(hidden, pa.string()))
    else:
        assert len(redacted(draft(ids), protected=pa.array(hidden, pa.string()))[0].rows) == len(ids)


def test_what_is_made_of_several_columns_takes_the_highest_marking():
    both = Shown.of(ACCOUNT["kind"], TRANSFER["purpose"], reveals=Reveals.TEXT)
    assert both.marking is Marking.FREE_TEXT
    assert Shown.of(ACCOUNT["kind"]).marking is ACCOUNT["kind"].marking


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_declares_a_marking_for_everything_and_ids_as_ids(view):
    for one in (*view.columns, *view.facts):
        assert one.marking is not None
        assert not one.marking.in_vault or one.reveals is not None
        if one.name in {"id", "account_id", "src_id", "dst_id", "from_id", "to_id", "subjects", "context_ids", "account_ids"}:
            assert one.holds_ids, one.name


def test_text_columns_of_views_are_restricted_unless_said_otherwise():
    assert text("a", "b").marking is Marking.RESTRICTED
