"""Signatures of packs: what was signed is taken, and nothing else where keys are listed."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bakau.errors import InputError, PackError
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.signing import check_key, sign_pack, signature_path, verify_pack

TEXT = 'pack: own\nversion: "1.0"\nextends: common\ntitle: "Own"\nrules: []\n'


def write_key(path, key=None):
    made = key or Ed25519PrivateKey.generate()
    path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_signed_pack_is_taken_and_one_letter_more_is_refused(pack, tmp_path):
    public = sign_pack(pack, write_key(tmp_path / "key"))
    assert verify_pack(pack) == check_key(public) == public
    assert load_packs((pack,), trusted={public}).digest == load_packs().digest
    pack.write_text(TEXT.replace("Own", "Owns"), encoding="utf-8")
    with pytest.raises(PackError, match=r"own\.yaml: the signature does not fit the pack"):
        load_packs((pack,), trusted={public})
    assert load_packs((pack,)), "where no key is listed any pack is taken"


def test_a_pack_without_a_signature_or_of_another_key_is_refused_and_a_shipped_one_is_not(pack, tmp_path):
    trusted = {"0" * 64}
    with pytest.raises(PackError, match=r"own\.yaml: the pack has no signature"):
        load_packs((pack,), trusted=trusted)
    sign_pack(pack, write_key(tmp_path / "key"))
    with pytest.raises(PackError, match="does not trust"):
        load_packs((pack,), trusted=trusted)
    assert load_packs(("ph",), trusted=trusted)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"key": 1, "signature": "00", "algorithm": "Ed25519"}'])
def test_a_broken_signature_is_refused_in_a_sentence(pack, text):
    signature_path(pack).write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match="does not fit"):
        verify_pack(pack)


def test_a_signature_of_another_kind_is_refused(pack, tmp_path):
    sign_pack(pack, write_key(tmp_path / "key"))
    stated = json.loads(signature_path(pack).read_text(encoding="ascii"))
    signature_path(pack).write_text(json.dumps(stated | {"algorithm": "none"}), encoding="ascii")
    with pytest.raises(PackError, match="another kind"):
        verify_pack(pack)


def test_what_is_no_key_is_refused(pack, tmp_path):
    (tmp_path / "text").write_text("no key", encoding="ascii")
    for path in (tmp_path / "text", write_key(tmp_path / "other", X25519PrivateKey.generate())):
        with pytest.raises(InputError, match="key is"):
            sign_pack(pack, path)
    for text in ("", "zz" * 32, "00" * 31):
        with pytest.raises(InputError, match="64 hexadecimal"):
            check_key(text)
