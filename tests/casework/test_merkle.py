from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau_casework.merkle import hash_children, hash_leaf, root_of

# Leaves and roots published with the Certificate Transparency reference implementations (google/certificate-transparency,
# transparency-dev/merkle testonly/constants.go); data only.
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_published_for_rfc_6962(size: int) -> None:
    assert root_of(hash_leaf(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size]


def _by_the_letter(leaves: list[bytes]) -> bytes:
    """The RFC's own recursive definition."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_children(_by_the_letter(leaves[:split]), _by_the_letter(leaves[split:]))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_one_pass_gives_what_the_recursive_definition_gives(entries: list[bytes]) -> None:
    leaves = [hash_leaf(entry) for entry in entries]
    assert root_of(leaves) == _by_the_letter(leaves)
