from __future__ import annotations

import itertools
import time

from drawn import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bakau_graph.picture.layout import ROOM, place


@st.composite
def drawings(draw):
    count = draw(st.integers(0, 40))
    end = st.integers(0, max(count - 1, 0))
    links = draw(st.lists(st.tuples(end, end, st.integers(1, 50)), max_size=60)) if count else []
    return count, links


@settings(max_examples=examples(40))
@given(drawings())
def test_the_same_drawing_has_the_same_places_and_nobody_stands_on_somebody(drawing):
    spots = place(*drawing)
    assert spots == place(*drawing)
    assert len(set(spots)) == len(spots) == drawing[0]


def test_two_components_do_not_overlap():
    star = [(n, 0, 1) for n in range(1, 9)]
    chain = [(n, n + 1, 1) for n in range(20, 25)]
    spots = place(26, star + chain)
    boxes = [(min(c), max(c)) for part in (range(9), range(20, 26)) for c in zip(*(spots[n] for n in part), strict=True)]
    (ax, ay), (bx, by) = (boxes[0], boxes[1]), (boxes[2], boxes[3])
    assert ax[1] < bx[0] or bx[1] < ax[0] or ay[1] < by[0] or by[1] < ay[0]


def test_money_runs_to_the_right():
    spots = place(7, [(0, 3, 5), (1, 3, 5), (2, 3, 5), (3, 4, 9), (4, 5, 9), (5, 6, 9)])
    assert max(spots[n][0] for n in (0, 1, 2)) < spots[3][0] < spots[4][0] < spots[5][0] < spots[6][0]


def test_labels_of_a_star_have_room():
    spots = place(13, [(n, 0, 1) for n in range(1, 13)])
    for (ax, ay), (bx, by) in itertools.combinations(spots, 2):
        assert abs(ax - bx) > ROOM[0] * 0.8 or abs(ay - by) > ROOM[1] * 0.8


def test_a_chart_of_five_hundred_is_laid_out_in_seconds():
    links = [(n, n // 3, 1) for n in range(1, 500)] + [(n, (n * 7) % 500, 1) for n in range(0, 500, 5)]
    begin = time.process_time()
    assert len(set(place(500, links))) == 500
    assert time.process_time() - begin < 20
