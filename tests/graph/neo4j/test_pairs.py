"""What is packed of a payer says what the pairs said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bakau_graph.neo4j.packs import code_places
from bakau_graph.neo4j.pairs import Pairs
from bakau_graph.neo4j.reader import PAIRS

NUMBER = st.integers(-(2**63) + 1, 2**63 - 1)
CODES = ["EUR", "PHP", "€\u202e'", "x" * 40]
PAIR = st.tuples(st.integers(1, 5), st.integers(-3, 3), st.sampled_from(CODES))


@st.composite
def pairs(draw):
    """Rows as the archive has them: a single transfer's sum is its largest amount, its oldest time its newest."""
    rows = []
    for payer, payee, currency in sorted(draw(st.sets(PAIR, max_size=12))):
        row = {"src_key": payer, "dst_key": payee, "currency": currency, "n": draw(st.sampled_from([1, 1, 2, 70_000]))}
        total, last = draw(st.none() | NUMBER), draw(NUMBER)
        row |= {"sum_minor": total, "max_minor": total, "null_amounts": int(total is None), "first_us": last, "last_us": last}
        if row["n"] > 1:
            row |= {"max_minor": draw(st.none() | NUMBER), "null_amounts": draw(st.integers(0, row["n"])), "first_us": draw(NUMBER)}
        rows.append(row)
    return rows


def as_rows(found: Pairs) -> list[dict]:
    figures, codes = found.figures(), sorted(CODES)
    return figures.links(codes, code_places(codes, figures.currency)).select(list(PAIRS)).to_pylist()


@given(pairs())
def test_pairs_come_back_from_their_texts_as_they_were(rows):
    texts = Pairs.of_table(pa.Table.from_pylist(rows, pa.schema(PAIRS))).texts(100)
    columns = [[text or "" for text in texts[name].to_pylist()] for name in ("account_key", "payees", "repeats")]
    found = Pairs.of_texts(*columns)
    assert as_rows(found) == rows
    assert as_rows(found.of_currency("EUR")) == [row for row in rows if row["currency"] == "EUR"]
    assert list(zip(*(column.tolist() for column in found.payee_and_last()), strict=True)) == [
        (row["dst_key"], row["last_us"]) for row in rows
    ]
    assert as_rows(found.where(found.may_pay(np.array([2])) & (found.rows["payee"] == 2))) == [row for row in rows if row["dst_key"] == 2]


@given(pairs())
def test_who_paid_too_many_is_not_packed_and_nobody_shares_a_text(rows):
    texts = Pairs.of_table(pa.Table.from_pylist(rows, pa.schema(PAIRS))).texts(2).to_pylist()
    of = {payer: [row for row in rows if row["src_key"] == payer] for payer in {row["src_key"] for row in rows}}
    assert [text["account_key"] for text in texts] == sorted(payer for payer, some in of.items() if len(some) <= 2)
    for text in texts:
        assert as_rows(Pairs.of_texts([text["account_key"]], [text["payees"]], [text["repeats"] or ""])) == of[text["account_key"]]
