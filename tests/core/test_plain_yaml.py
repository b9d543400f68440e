from __future__ import annotations

import pytest
import yaml

from bakau.errors import InputError
from bakau.plain_yaml import LARGEST, read_yaml


def read(text: str):
    return read_yaml("page.yaml", text, what="a page", error=InputError)


def test_plain_data_comes_back_with_the_lines_it_stands_on():
    page = read("one: 1\nlist:\n  - 'a & b'\n  - \"*.csv\"\n")
    assert page.document == {"one": 1, "list": ["a & b", "*.csv"]}
    assert page.tree.value[1][0].start_mark.line == 1


def test_an_empty_page_is_nothing():
    assert (read("").document, read("").tree) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["x: &a 1", "x: &a [1]\ny: *a", "x: &-a [1]\ny: *-a", "{x: a'b, y: &a [1], z: c'd, w: *a}", "{a#b: &a [1], c: *a}", "y: *nobody"],
)
def test_no_anchor_and_no_alias_passes_however_it_hides(text):
    with pytest.raises(InputError, match="aliases") as caught:
        read(text)
    assert caught.value.at.file == "page.yaml"


def test_a_bomb_of_aliases_is_refused_before_it_is_built():
    lines = ["a: &a [x, x]", *(f"{name}: &{name} [*{before}, *{before}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True))]
    with pytest.raises(InputError, match="aliases"):
        read("\n".join(lines))


@pytest.mark.parametrize("text", ["x: [", "x: 2025-13-45", "x: " + "9" * 5_000, "x: \x00", "x: \ud800", "a: 1\n---\nb: 2"])
def test_what_is_not_yaml_is_one_sentence(text):
    with pytest.raises(InputError, match="not YAML"):
        read(text)


def test_lists_within_lists_end_somewhere():
    with pytest.raises(InputError, match="more than 100 deep"):
        read("x: " + "[" * 5_000)
    assert read("x: " + "[" * 50 + "]" * 50)


@pytest.mark.parametrize("text", ["- " * 200_000 + "x", "? " * 50_000, "".join(" " * depth + "a:\n" for depth in range(500))])
def test_lists_within_lists_end_somewhere_without_brackets_too(text):
    with pytest.raises(InputError, match="more than 100 deep"):
        read(text)


def test_a_python_without_libyaml_reads_the_same(monkeypatch):
    text = "one: 1\nlist:\n  - 'a & b'\n  - [2025-01-01, null, 1.5, yes]\n"
    quick = read(text)
    monkeypatch.setattr("bakau.plain_yaml._Loader", yaml.SafeLoader)
    slow = read(text)
    assert slow.document == quick.document
    assert [key.start_mark.line for key, _ in slow.tree.value] == [key.start_mark.line for key, _ in quick.tree.value]
    with pytest.raises(InputError, match="aliases"):
        read("x: &a [1]\ny: *a")


def test_a_page_has_a_largest_size():
    with pytest.raises(InputError, match="1 MB"):
        read("x: " + "a" * LARGEST)
