"""Passes: what lets a browser fetch one object that lies outside its session's own connection.

A pass is 256 bits of chance, good for one person, one object and five minutes. Only its hash is kept, and it is compared in constant
time. It dies with the Desk that gave it out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long a pass is good for.
LIFE_S = 300
#: Bytes of chance in a pass.
PASS_BYTES = 32
#: Passes a Desk remembers; the oldest go first.
MOST_PASSES = 200


@dataclass(frozen=True, slots=True)
class _Given:
    digest: bytes
    person: str
    object_id: str
    until_s: float


class PassBook:
    """The passes one Desk gave out. `clock` counts seconds and never goes back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._given: list[_Given] = []

    def give(self, person: str, object_id: str) -> str:
        """A new pass for this person and object."""
        token = secrets.token_urlsafe(PASS_BYTES)
        now = self._clock()
        kept = [one for one in self._given if one.until_s > now][-(MOST_PASSES - 1) :]
        self._given = [*kept, _Given(_hash(token), person, object_id, now + LIFE_S)]
        return token

    def honours(self, token: str, *, person: str, object_id: str) -> bool:
        """Whether this pass was given to this person for this object, less than five minutes ago."""
        digest, now, found = _hash(token), self._clock(), False
        for one in self._given:
            same = hmac.compare_digest(one.digest, digest)
            found |= same and one.person == person and one.object_id == object_id and one.until_s > now
        return found


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
