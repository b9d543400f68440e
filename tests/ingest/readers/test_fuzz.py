"""Files that were damaged at random: every parser says a sentence or accounts for every record, and nothing else ever leaves it.

Seeded, so a failure comes back; `make nightly` tries many more.
"""

from __future__ import annotations

import io
import random
import zipfile
import zlib

import pytest
from drawn import is_nightly

from bakau.errors import BakauError
from bakau_ingest.dry_run import check_file
from bakau_ingest.mapping import load_mapping
from bakau_ingest.preview.inspection import inspect_file
from bakau_ingest.reader import recognise
from bakau_ingest.selection import Chosen

from .cases import CASES

DAMAGED_FILES = 5_000 if is_nightly() else 40
#: What parsers stumble over, in any format.
TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"', b"'", b"<", b"</", b"/>", b"<!--", b"]]>", b"&#0;", b"&amp;", b"{", b"}", b"[", b":",
    b"-", b"+", b".", b",", b"1e999", b"-0", b"NaN", b"99999999999999999999999", b"0000-00-00", b"\xe2\x80\xae", b"\xc3", b"=1+1", b":61:", b"-}", b"<Ntry>",
    b"<STMTTRN>", b't="s"', b'r="A0"', b"x" * 3_000,
)  # fmt: skip


def damage(rng: random.Random, content: bytes) -> bytes:
    """The content after one to four accidents."""
    parts = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place, other = (rng.randrange(len(parts) + 1) for _ in range(2))
        first, last = sorted((place, other))
        accident = rng.randrange(6)
        if accident == 0 and parts:
            parts[min(place, len(parts) - 1)] ^= 1 << rng.randrange(8)
        elif accident == 1:
            del parts[first : min(last, first + 40)]
        elif accident == 2:
            parts[place:place] = parts[first : min(last, first + 200)]
        elif accident == 3:
            parts[place:place] = rng.choice(TOKENS)
        elif accident == 4:
            parts[place:place] = rng.choice(CASES).small[:300]
        else:
            del parts[last:]
    return bytes(parts)


def damage_inside(rng: random.Random, content: bytes) -> bytes:
    """A ZIP of which one member was damaged before it was packed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = rng.choice(sorted(members))
    members[chosen] = damage(rng, members[chosen])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return stream.getvalue()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_damaged_file_is_a_sentence_or_is_accounted_for(case, tmp_path):
    mapping = load_mapping(case.mapping or case.name)
    chosen = Chosen(tmp_path / case.file_name, mapping, mapping.files[0])
    if case.mapping:
        chosen = Chosen(chosen.path, mapping, mapping.files[0].model_copy(update={"reader": case.name}))
    sentences = set()
    for seed in range(DAMAGED_FILES):
        rng = random.Random(seed * 1_000 + zlib.crc32(case.name.encode()) % 1_000)
        is_packed = case.small.startswith(b"PK\x03\x04") and rng.random() < 0.8
        chosen.path.write_bytes((damage_inside if is_packed else damage)(rng, case.small))
        try:
            recognise(chosen.path)
            found = check_file(chosen, None)
            assert found["received"] == found["accepted"] + found["rejected"]
        except BakauError as error:
            sentences.add(error.message)
        try:
            inspect_file(chosen.path, {})
        except BakauError as error:
            sentences.add(error.message)
    assert sentences, "no damage was ever noticed"
    assert all("\n" not in sentence and "Traceback" not in sentence for sentence in sentences)
