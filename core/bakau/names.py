"""Names made comparable: Latin letters whatever the script, words in no order, and keyed hashes of them.

A name key is BLAKE2b-64 under a secret that nobody has without the vault key (`name_secret`), so that a list of likely names
tells nothing to whoever has the keys alone. Letters are turned one by one (`anyascii`), without regard to language: Arabic, for one,
is written without most vowels. What that loses is taken up by the *sound*: the consonants of every word, doubled ones once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Words of a name that are looked at; a default of ours.
MOST_WORDS = 12
#: Words whose every order is tried when they may have been written as one (王小明, Wang Xiaoming, Xiaoming Wang); a default of ours.
MOST_ORDERED = 4
#: Fewest consonants a name must have for its sound to say anything; a default of ours.
FEWEST_CONSONANTS = 5
_APOSTROPHES = dict.fromkeys(map(ord, "'`´ʹʻʼʿ‘’"))
#: Scripts written without blanks, in which every sign is a syllable: Han, Hangul.
_SYLLABLE = re.compile(r"([\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003134f])")
_VOWELS = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r"(.)\1+")


def latin_words(name: str) -> tuple[str, ...]:
    """The words of a name in small Latin letters, in order; every sign of a syllabic script is a word. Empty when nothing is left."""
    from anyascii import anyascii

    plain = _SYLLABLE.sub(r" \1 ", unicodedata.normalize("NFKC", name))
    letters = anyascii(plain.translate(_APOSTROPHES)).translate(_APOSTROPHES).lower()
    return tuple(re.findall(r"[a-z0-9]+", letters))[:MOST_WORDS]


def sound_of(word: str) -> str:
    """The consonants of a word, doubled ones once; the word itself when it has none."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word)) or word


@dataclass(frozen=True, slots=True)
class NameKeys:
    """The keys of one name: of each word, of all words in no order, of their sound, and of the words written as one."""

    words: tuple[int, ...]
    whole: int
    sound: int | None
    joined: tuple[int, ...]

    def all(self) -> tuple[int, ...]:
        """Every key there is."""
        return (*self.words, self.whole, *(() if self.sound is None else (self.sound,)), *self.joined)


def name_secret(vault_key: bytes) -> bytes:
    """The secret behind name keys, made of the vault key: who has not that one can neither make nor guess a name key."""
    return hmac.new(vault_key, b"bakau name keys", hashlib.sha256).digest()


def name_keys(secret: bytes, name: str, *, any_order: bool = False) -> NameKeys | None:
    """The keys of a name; None when it holds no letter. `any_order`: joined keys for every order of a few words (of what is sought)."""
    words = latin_words(name)
    if not words:
        return None
    distinct = sorted(set(words))
    sounds = sorted({sound_of(word) for word in words})
    orders: Iterable[tuple[str, ...]] = permutations(words) if any_order and len(words) <= MOST_ORDERED else [words]
    has_sound = len(sounds) > 1 and sum(map(len, sounds)) >= FEWEST_CONSONANTS
    return NameKeys(
        words=tuple(_key(secret, "word", word) for word in distinct),
        whole=_key(secret, "whole", " ".join(distinct)),
        sound=_key(secret, "sound", " ".join(sounds)) if has_sound else None,
        joined=tuple(sorted({_key(secret, "joined", "".join(order)) for order in orders})),
    )


def _key(secret: bytes, what: str, text: str) -> int:
    digest = hashlib.blake2b(f"{what}\x1f{text}".encode(), digest_size=8, key=secret, person=b"bakau-name-key-1").digest()
    return int.from_bytes(digest, "big") >> 1
