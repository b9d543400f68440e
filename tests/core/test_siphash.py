"""SipHash is held to the published vectors, and the columns to a plain reading of the paper, one value at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled, siphash

KEY = bytes(range(16))

# Reference implementation's vectors_128 (key 00..0f, message 00..n-1), output bytes in order.
PUBLISHED = {
    0: "a3817f04ba25a8e66df67214c7550293",
    1: "da87c1d86b99af44347659119b22fc45",
    8: "3b62a9ba6258f5610f83e264f31497b4",
    15: "5493e99933b0a8117e08ec0f97cfc3d9",
}


@pytest.fixture(scope="module", params=["numpy", "numba"], autouse=True)
def loops(request):
    """Every test runs on the NumPy loops and on the compiled ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH_ROWS", 0 if request.param == "numba" else 1 << 62)
        yield request.param


def read_the_paper(key: bytes, message: bytes) -> bytes:
    """SipHash-2-4-128 of one message, written down from the paper without NumPy."""
    mask = 2**64 - 1

    def rotate(word: int, bits: int) -> int:
        return (word << bits | word >> (64 - bits)) & mask

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & mask
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(4)
    low = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(4)
    return low.to_bytes(8, "little") + (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


def as_bytes(low, high) -> list[bytes]:
    return [int(a).to_bytes(8, "little") + int(b).to_bytes(8, "little") for a, b in zip(low, high, strict=True)]


@pytest.mark.parametrize("length", PUBLISHED)
def test_the_published_vectors_hold(length):
    message = pa.array([bytes(range(length))], pa.binary())
    assert as_bytes(*siphash.hash_strings(KEY, message)) == [bytes.fromhex(PUBLISHED[length])]
    assert read_the_paper(KEY, bytes(range(length))).hex() == PUBLISHED[length]


@given(st.binary(min_size=16, max_size=16), st.lists(st.binary(max_size=40), max_size=30))
def test_a_column_of_values_hashes_like_one_value_at_a_time(key, values):
    assert as_bytes(*siphash.hash_strings(key, pa.array(values, pa.binary()))) == [read_the_paper(key, value) for value in values]


def test_lengths_beyond_one_byte_count_modulo_256():
    values = [b"x" * 255, b"x" * 256, b"x" * 1_000]
    assert as_bytes(*siphash.hash_strings(KEY, pa.array(values))) == [read_the_paper(KEY, value) for value in values]


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=3, max_size=3), min_size=1, max_size=8))
def test_rows_of_words_hash_like_their_little_endian_bytes(rows):
    columns = [np.array(column, np.uint64) for column in zip(*rows, strict=True)]
    expected = [read_the_paper(KEY, b"".join(word.to_bytes(8, "little") for word in row)) for row in rows]
    assert as_bytes(*siphash.hash_words(KEY, columns)) == expected


def test_a_word_that_all_rows_share_may_be_given_once():
    words = np.arange(5_000, dtype=np.uint64)
    scope = np.full(1, 7, np.uint64)
    shared = siphash.hash_words(KEY, [scope, words, scope], len(words))
    spelled = siphash.hash_words(KEY, [np.repeat(scope, len(words)), words, np.repeat(scope, len(words))])
    assert [part.tolist() for part in shared] == [part.tolist() for part in spelled]


def test_a_long_column_is_the_same_in_blocks_as_in_one_piece():
    words = np.arange(siphash._BLOCK * 2 + 3, dtype=np.uint64)
    low, high = siphash.hash_words(KEY, [words])
    for row in (0, 255, 256, siphash._COMPILED_BLOCK, siphash._BLOCK - 1, siphash._BLOCK, len(words) - 1):
        assert as_bytes(low[row : row + 1], high[row : row + 1]) == [read_the_paper(KEY, row.to_bytes(8, "little"))]


def test_text_is_hashed_as_utf_8_and_null_as_the_empty_string():
    low, high = siphash.hash_strings(KEY, pa.array(["ß", None, ""]))
    assert as_bytes(low, high) == [read_the_paper(KEY, text.encode()) for text in ("ß", "", "")]


def test_a_slice_hashes_like_a_copy_of_it():
    values = pa.array(["zero", "one", "two", "three"])
    assert as_bytes(*siphash.hash_strings(KEY, values.slice(1, 2))) == [read_the_paper(KEY, text) for text in (b"one", b"two")]


def test_empty_columns_give_empty_hashes():
    assert [len(part) for part in siphash.hash_strings(KEY, pa.array([], pa.string()))] == [0, 0]
    assert [len(part) for part in siphash.hash_words(KEY, [])] == [0, 0]
