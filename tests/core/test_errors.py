from __future__ import annotations

import inspect
import re

import pytest

from bakau import errors
from bakau.errors import BakauError, Place

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, BakauError)}


def drawn_tree() -> dict[str, str | None]:
    """Each error of the drawing at the top of the module, with the error it hangs under."""
    tree: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^([ │├└─]*)([A-Z]\w+Error)\b", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        above = [(at, parent) for at, parent in above if at < depth]
        tree[name] = above[-1][1] if above else None
        above.append((depth, name))
    return tree


def drawn_exit_codes() -> dict[str, int]:
    return {found[1]: int(found[2]) for found in re.finditer(r"([A-Z]\w+Error)\s+exit code (\d)", errors.__doc__ or "")}


def test_the_drawn_tree_is_the_tree_of_classes():
    real = {name: None if kind is BakauError else kind.__bases__[0].__name__ for name, kind in CLASSES.items()}
    assert drawn_tree() == real


def test_every_error_has_one_parent_only():
    assert all(len(kind.__bases__) == 1 for kind in CLASSES.values())


def test_the_drawn_exit_codes_are_the_exit_codes():
    drawn = drawn_exit_codes()
    for name, kind in CLASSES.items():
        nearest = next(parent.__name__ for parent in kind.__mro__ if parent.__name__ in drawn)
        assert kind.exit_code == drawn[nearest], name


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_what_it_means(name):
    assert CLASSES[name].__doc__


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), "bad"),
        (Place("rows.csv"), "rows.csv: bad"),
        (Place("rows.csv", 7, "amount", "r1"), "rows.csv, line 7, column amount, record r1: bad"),
        (Place(line=0), "line 0: bad"),
    ],
)
def test_an_error_says_where_as_far_as_it_knows(place, text):
    assert str(BakauError("bad", at=place)) == text


def test_an_error_keeps_its_advice_apart_from_its_message():
    error = BakauError("bad", hint="do this")
    assert (str(error), error.message, error.hint) == ("bad", "bad", "do this")
