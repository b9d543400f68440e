"""The hash tree of RFC 6962 (Certificate Transparency, section 2.1): SHA-256, leaves prefixed 0x00, inner nodes 0x01."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def hash_leaf(data: bytes) -> bytes:
    """The hash of one entry: 32 bytes."""
    return sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in order; SHA-256 of nothing for none.

    One pass with a stack of complete subtrees: each new leaf is merged as often as its number has trailing ones, and what is
    left at the end is folded from the right, which is the RFC's split at the largest power of two below the size.
    """
    stack: list[bytes] = []
    for number, leaf in enumerate(leaves):
        stack.append(leaf)
        merges = number
        while merges & 1:
            right = stack.pop()
            stack[-1] = hash_children(stack[-1], right)
            merges >>= 1
    if not stack:
        return sha256().digest()
    root = stack.pop()
    while stack:
        root = hash_children(stack.pop(), root)
    return root
