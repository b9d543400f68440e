from __future__ import annotations

import io
import json
import string

import structlog
from hypothesis import given
from hypothesis import strategies as st

from bakau.logs import configure_logs, get_logger, shape_of

FRAME = set("9Aa?.…") | (set(string.printable) - set(string.ascii_letters) - set(string.digits))


@given(st.text(max_size=60))
def test_no_letter_and_no_digit_of_a_value_survives_in_its_shape(text):
    assert set(shape_of(text)) <= FRAME
    assert shape_of(text).isprintable()


@given(st.text(alphabet=string.ascii_letters + string.digits, max_size=24), st.randoms())
def test_values_of_the_same_make_have_the_same_shape(text, random):
    pools = {"9": string.digits, "A": string.ascii_uppercase, "a": string.ascii_lowercase}
    twin = "".join(random.choice(pools[mark]) for mark in shape_of(text))
    assert shape_of(twin) == shape_of(text)


@given(st.text(min_size=1, max_size=60))
def test_a_shape_is_as_long_as_its_value_and_never_longer_than_asked(text):
    shape = shape_of(text, longest=24)
    assert len(shape) == (len(text) if len(text) <= 24 else 25)
    assert shape.endswith("…") is (len(text) > 24 or shape_of(text[-1]) == "…")


def test_shapes_read_like_the_values_they_stand_for():
    assert shape_of("1234-AB") == "9999-AA"
    assert shape_of("Ana María") == "Aaa Aaa?a"
    assert shape_of("a\x00\n") == "a.."
    assert shape_of("") == ""


def test_events_are_structured_and_go_to_the_stream_they_were_sent_to():
    stream = io.StringIO()
    try:
        configure_logs(level="info", stream=stream, json=True)
        get_logger("bakau.test").info("loaded", rows=3)
        get_logger("bakau.test").debug("silent")
    finally:
        structlog.reset_defaults()
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["room"], event["rows"], event["level"]) == ("loaded", "bakau.test", 3, "info")
