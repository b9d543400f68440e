"""Fixed vectors of every kind of identity. They are law: if one changes, every stored workspace is lost. Never edit them."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled, ids
from bakau.ids import Identity, Realm, SurrogateKey

KEY = SurrogateKey(bytes(range(32)))

SURROGATES = [
    (Realm.ACCOUNT, "iban", "GB33BUKB20201555555555", "acc_jyiqsbhfelzqbuhvcindf5t56e", 2812643663095626112),
    (Realm.PARTY, "local:bank-a", "4711", "par_6qbbuot35bsbr3purtq3kfy7zu", 8791322366848545292),
    (Realm.IDENTIFIER, "phone", "+15550100", "idn_utkhiayqgdyfogddybika35ywy", 5938622836894103595),
    (Realm.ACCOUNT, "local:bank-a", "", "acc_wn5ph736gioy5hqwlq6g2w3424", 6466458779303612103),
]
REFERENCES = {
    "": "24fb2851a5cfbee017912185d14646fb",
    "REF-1": "1bd66bf3a9ee4053b6c490de96cdbe32",
    "ünï": "21293f08af1283f2029f115e1941d7ca",
}
CONTENT_COLUMNS = [
    pa.array([0, 1, None], pa.int64()),
    pa.array([True, False, None]),
    pa.array(["a", "", "bé"]),
    pa.array([None, 10, 20], pa.decimal128(38, 0)),
    pa.array([None, None, None], pa.int64()),
]
CONTENT = ["18e6dfeceb3349ea49fd76d4c77fda23", "a66c849b5d32695982381cd8972ce6f2", "ea7ce0c9f375542fe0e5b55c4fd83445"]
FIRST_OCCURRENCE = ["d5da4cff850d393097a36a4c9d4d5a2f", "d6cc4f1f98c2d38fce242c2ed6fcd117", "2dd61246cb555b16c98301762f6653e8"]
SECOND_OCCURRENCE = ["f74e5b8f4dac50d7a588e0192bdf3601", "300e69e4d48497add6f1227b4308121b", "10a722d775af6c3343c68f1436a0c853"]

rows_of_text = st.lists(st.one_of(st.none(), st.text(max_size=6)), min_size=1, max_size=20)


def printed(identity: Identity) -> list[str]:
    return [value.hex() for value in identity.to_binary().to_pylist()]


# --- surrogates ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("realm", "scheme", "value", "surrogate", "key"), SURROGATES)
def test_surrogates_are_what_they_always_were(realm, scheme, value, surrogate, key):
    made = KEY.surrogates(realm, scheme, pa.array([value]))
    assert (made.ids.to_pylist(), made.keys.to_pylist()) == ([surrogate], [key])


@pytest.mark.parametrize(("realm", "scheme", "value", "surrogate", "key"), SURROGATES)
def test_a_surrogate_is_keyed_blake2b_over_realm_scheme_and_value(realm, scheme, value, surrogate, key):
    text = f"{realm.value}\x1f{scheme}\x1f{value}".encode()
    digest = hashlib.blake2b(text, digest_size=16, key=KEY.secret, person=b"bakau-surrogate1").digest()
    assert (ids.to_id(realm, digest), ids.to_key(digest)) == (surrogate, key)


@given(st.sampled_from(Realm), st.lists(st.text(max_size=9), min_size=1, max_size=20, unique=True))
def test_many_surrogates_at_once_are_what_each_is_alone(realm, values):
    made = KEY.surrogates(realm, "local:x", pa.array(values))
    digests = [KEY.digest(realm, "local:x", value) for value in values]
    assert made.ids.to_pylist() == [ids.to_id(realm, digest) for digest in digests]
    assert made.keys.to_pylist() == [ids.to_key(digest) for digest in digests]


@pytest.mark.parametrize(("_realm", "_scheme", "_value", "surrogate", "key"), SURROGATES)
def test_the_key_can_be_read_from_the_id(_realm, _scheme, _value, surrogate, key):
    assert ids.key_of_id(surrogate) == key


@pytest.mark.parametrize("text", ["", "acc_", "acc_jyiqsbhfelzqbuhv", "acc_????????????????????????????", "4711"])
def test_what_is_no_full_id_has_no_key(text):
    with pytest.raises(ValueError, match=r".*"):
        ids.key_of_id(text)


@given(rows_of_text)
def test_equal_values_get_equal_surrogates_and_null_gets_null(values):
    made = KEY.surrogates(Realm.ACCOUNT, "local:x", pa.array(values, pa.string()))
    pairs = list(zip(values, made.ids.to_pylist(), made.keys.to_pylist(), strict=True))
    assert all((surrogate is None) == (value is None) == (key is None) for value, surrogate, key in pairs)
    assert len({value for value, _, _ in pairs}) == len({surrogate for _, surrogate, _ in pairs})
    assert all(0 <= key < 2**63 for _, _, key in pairs if key is not None)


@given(rows_of_text)
def test_chunks_and_dictionaries_give_the_same_surrogates_as_plain_columns(values):
    plain = pa.array(values, pa.string())
    chunked = pa.chunked_array([plain.slice(0, 1), plain.slice(1)])
    expected = KEY.surrogates(Realm.PARTY, "s", plain)
    for form in (chunked, plain.dictionary_encode(), chunked.dictionary_encode()):
        assert KEY.surrogates(Realm.PARTY, "s", form) == expected


def test_realm_scheme_and_secret_all_change_the_surrogate():
    other = SurrogateKey(bytes(32))
    made = [
        key.surrogates(realm, scheme, pa.array(["1"])).keys[0].as_py()
        for key in (KEY, other)
        for realm in Realm
        for scheme in ("iban", "phone")
    ]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_surrogate_key_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        SurrogateKey(bytes(size))


def test_the_secret_never_prints():
    assert KEY.secret.hex() not in repr(KEY)
    assert "\\x01" not in repr(KEY)


# --- transfers -----------------------------------------------------------------------------------------------------------------


def test_derived_keys_are_what_they_always_were():
    assert KEY.transfer_key().hex() == "a986809b67ed3c9f4d8d50e8c948fcc8"
    assert KEY.text_key().hex() == "25a95726f03b2b7dd5a6a9b3301c6abf"
    assert int(ids.scope_word("training")) == 12829695209272630461


def test_identity_by_reference_is_what_it_always_was():
    assert printed(ids.identify_by_reference(KEY, "training", pa.array(list(REFERENCES)))) == list(REFERENCES.values())


def test_identity_by_content_is_what_it_always_was():
    content = ids.hash_content(KEY, CONTENT_COLUMNS)
    assert printed(content) == CONTENT
    assert printed(ids.identify_by_content(KEY, "training", content, np.zeros(3, np.int64))) == FIRST_OCCURRENCE
    assert printed(ids.identify_by_content(KEY, "training", content, np.ones(3, np.int64))) == SECOND_OCCURRENCE


def test_the_id_of_a_tag_is_what_it_always_was_and_each_source_has_its_own():
    columns = [pa.array(one) for one in ([7], ["account"], ["reported"], ["STR"], ["goaml:1"], [1_742_461_200_000_000])]
    assert ids.identify_tags(KEY, "training", columns).to_pylist() == ["tag_662ezfp3apqizy4zivaip47kx4"]
    assert ids.identify_tags(KEY, "other", columns).to_pylist() != ["tag_662ezfp3apqizy4zivaip47kx4"]


def test_the_same_reference_from_two_sources_is_two_transfers():
    references = pa.array(["R1"])
    assert printed(ids.identify_by_reference(KEY, "a", references)) != printed(ids.identify_by_reference(KEY, "b", references))


@given(rows_of_text, st.lists(st.integers(-(2**63), 2**63 - 1), min_size=20, max_size=20))
def test_content_differs_exactly_where_a_value_differs(texts, numbers):
    count = len(texts)
    rows = list(zip(texts, numbers[:count], strict=True))
    content = ids.hash_content(KEY, [pa.array(texts, pa.string()), pa.array(numbers[:count], pa.int64())])
    assert len(set(printed(content))) == len(set(rows))


@pytest.mark.parametrize(
    ("kind", "zero"), [(pa.string(), ""), (pa.int64(), 0), (pa.int32(), 0), (pa.bool_(), False), (pa.decimal128(38, 0), 0)]
)
def test_nothing_known_differs_from_zero_and_from_empty(kind, zero):
    assert len(set(printed(ids.hash_content(KEY, [pa.array([None, zero], kind)])))) == 2


@given(rows_of_text)
def test_content_does_not_depend_on_how_a_column_is_coded_or_cut(texts):
    plain = pa.array(texts, pa.string())
    whole = printed(ids.hash_content(KEY, [plain]))
    assert printed(ids.hash_content(KEY, [plain.dictionary_encode()])) == whole
    assert printed(ids.hash_content(KEY, [plain.slice(0, 1)])) + printed(ids.hash_content(KEY, [plain.slice(1)])) == whole


def test_two_columns_do_not_change_places_unnoticed():
    first, second = pa.array(["a"]), pa.array(["b"])
    assert printed(ids.hash_content(KEY, [first, second])) != printed(ids.hash_content(KEY, [second, first]))


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), max_size=10))
def test_stored_ids_read_back_and_sort_like_numbers(pairs):
    low, high = (np.array([pair[side] for pair in pairs], np.uint64) for side in (0, 1))
    stored = Identity(low, high).to_binary()
    again = Identity.from_binary(pa.chunked_array([stored.slice(0, len(stored) // 2), stored.slice(len(stored) // 2)]))
    assert (again.low.tolist(), again.high.tolist()) == (low.tolist(), high.tolist())
    numbers = [int(h) << 64 | int(w) for w, h in zip(low, high, strict=True)]
    assert sorted(range(len(pairs)), key=lambda row: stored[row].as_py()) == sorted(range(len(pairs)), key=numbers.__getitem__)


@given(st.lists(st.text(max_size=150), unique=True, max_size=12), st.text("abc:", max_size=120))
def test_the_compiled_digests_are_those_of_hashlib(values, scheme):
    column = pa.array(values, pa.string())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH_ROWS", 0)
        quick = KEY.surrogates(Realm.ACCOUNT, scheme, column)
        patch.setattr(compiled, "WORTH_ROWS", 1 << 62)
        assert KEY.surrogates(Realm.ACCOUNT, scheme, column) == quick
    assert quick.ids.to_pylist() == [ids.to_id(Realm.ACCOUNT, KEY.digest(Realm.ACCOUNT, scheme, value)) for value in values]
