"""No content, ever: what is refused by signature, whatever the name, and that nothing of it is kept."""

from __future__ import annotations

import base64
import gzip
import io
import stat
import struct
import tarfile
import wave
import zipfile
import zlib

import pyarrow as pa
import pytest

from bakau.errors import FileError
from bakau_ingest.content import holds_content, refuse_content
from bakau_ingest.signatures import find_signature, load_signatures

from .conftest import HEADER

GOOD = f"{HEADER}\n2025-03-01T10:00:00Z,A,B,10.00,EUR,hello,0\n"


def png(side: int = 64) -> bytes:
    """A real picture: a grey square."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\0" + bytes((x * y) % 251 for x in range(side)) for y in range(side))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def wav() -> bytes:
    """A real sound: a second of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    return made.getvalue()


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


def tarred(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("statement.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


BODY = bytes(range(256)) * 4
MEDIA = {
    "png": png(),
    "wav": wav(),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + BODY,
    "gif": b"GIF89a" + BODY,
    "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + BODY,
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00" + BODY,
    "mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + BODY,
    "quicktime": b"\x00\x00\x00\x14ftypqt  " + BODY,
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + BODY,
    "avi": b"RIFF\x10\x00\x00\x00AVI LIST" + BODY,
    "mpeg stream": (b"G" + bytes(187)) * 5,
    "wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + BODY,
    "mp3 with a tag": b"ID3\x04\x00\x00" + BODY,
    "mp3": b"\xff\xfb\x90\x64" + BODY,
    "aac": b"\xff\xf1\x50\x80" + BODY,
    "flac": b"fLaC\x00\x00\x00\x22" + BODY,
    "ogg": b"OggS\x00\x02" + BODY,
    "amr": b"#!AMR\n" + BODY,
    "voice message": b"\x02#!SILK_V3" + BODY,
    "tiff": b"II*\x00\x08\x00\x00\x00" + BODY,
    "bmp": b"BM" + struct.pack("<IHHI", 1078, 0, 0, 54) + BODY,
    "svg": b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>',
    "zip with a picture": zipped(statement__csv=GOOD.encode(), scan__csv=png()),
    "zip with a name of a film": zipped(clip__mp4=b"0000"),
    "spreadsheet with a picture": zipped(xl_workbook__xml=b"<workbook/>", **{"xl/media/image1__png": png()}),
    "gzip of a picture": gzip.compress(png()),
    "gzip of a zip with a picture": gzip.compress(zipped(a__png=png())),
    "gzip of gzip of a sound": gzip.compress(gzip.compress(wav())),
    "tar": tarred(png()),
    "tar in gzip": gzip.compress(tarred(png())),
    "rar": b"Rar!\x1a\x07\x01\x00" + BODY,
    "7-zip": b"7z\xbc\xaf\x27\x1c\x00\x04" + BODY,
    "xz": b"\xfd7zXZ\x00" + BODY,
}


@pytest.mark.parametrize("name", ["payments.csv", "payments.csv.gz", "payments.xlsx", "payments.json", "clip"])
@pytest.mark.parametrize("kind", MEDIA)
def test_media_are_refused_by_what_they_are_and_not_by_their_name(kind, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(MEDIA[kind])
    with pytest.raises(FileError) as refused:
        refuse_content(path)
    assert refused.value.hint
    assert name in str(refused.value)


@pytest.mark.parametrize("kind", ["png", "zip with a picture"])
def test_nothing_of_a_refused_file_is_kept_not_even_its_hash(kind, desk):
    import hashlib

    assert desk.load(GOOD, name="good.csv").code == 0
    before = {path: path.stat().st_size for path in desk.workspace.rglob("*") if path.is_file()}
    ran = desk.load(MEDIA[kind], name="payments.csv")
    assert ran.code == 2
    assert "content" in ran.err
    after = {path: path.stat().st_size for path in desk.workspace.rglob("*") if path.is_file()}
    assert set(after) == set(before)
    digest = hashlib.sha256(MEDIA[kind]).hexdigest().encode()
    assert not [path for path in after if digest in path.read_bytes() or MEDIA[kind][:64] in path.read_bytes()]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(), b"GIFT,amount\n1,2\n", b"BMI,amount\n1,2\n", b"ID3,name\n1,2\n", b"RIFF,name\n", b"MM,SS\n", b"\xff\xfea\x00,\x00b\x00\n\x00", b"{}\n",
        b"<Document xmlns='urn:iso:std:iso:20022'><svg>1</svg></Document>", gzip.compress(GOOD.encode()), zipped(pacs__xml=b"<Document/>"), b"G" * 1000,
    ],
)  # fmt: skip
def test_what_only_looks_a_little_like_media_is_not_refused(content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    refuse_content(path)


HIDDEN = {
    "a data URI": "see data:image/png;base64,iVBORw0KGgoAAAANSUhEUg",
    "a data URI in capitals": "DATA:IMAGE/PNG;BASE64,iVBORw0KGgoAAAANSUhEUg",
    "a data URI without a type": "data:;base64,aGVsbG8gd29ybGQ=",
    "a data URI written for a URL": "x=data%3Aimage%2Fpng%3Bbase64%2CiVBORw0KGgo",
    "a data URI that is not base64": "data:image/svg+xml,%3Csvg%3E%3C/svg%3E",
    "a picture in base64": base64.b64encode(png(8)).decode(),
    "a small jpeg in base64": "note /9j/" + base64.b64encode(BODY[:60]).decode(),
    "a film in base64": base64.b64encode(MEDIA["mp4"][:120]).decode(),
    "a sound in base64": base64.b64encode(MEDIA["wav"][:90]).decode(),
    "unknown bytes in base64": base64.b64encode(bytes(range(200, 256)) * 6).decode(),
    "unknown bytes in base64 for URLs": base64.urlsafe_b64encode(bytes(range(200, 256)) * 6).decode(),
    "base64 broken into lines": base64.encodebytes(bytes(range(256))).decode(),
    "bytes in hexadecimal": png(8).hex() * 4,
}


def test_records_with_content_in_a_field_are_set_aside_and_nothing_of_them_is_kept(desk):
    fields = dict(zip(HEADER.split(","), ["2025-03-01T10:00:00Z", "A", "B", "10.00", "EUR", "hello", "0"], strict=True))
    cells = [(column, text) for text in HIDDEN.values() for column in ("note", "from")]
    rows = [",".join((fields | {column: '"' + text.replace("\n", " ").replace('"', '""') + '"'}).values()) for column, text in cells]
    ran = desk.load(GOOD + "\n".join(rows) + "\n")
    assert (ran.code, ran.document["loaded"], ran.document["rejected"]) == (0, 1, len(cells)), ran.err
    rejects = desk.rejects(ran.document["batches"][0]["batch_id"])
    assert [(row["record"], row["column"], row["code"]) for row in rejects] == [
        (place + 3, column, "embedded_content") for place, (column, _) in enumerate(cells)
    ]
    kept = b"".join(path.read_bytes() for path in desk.workspace.rglob("*") if path.is_file())
    assert not [kind for kind, text in HIDDEN.items() if text.encode()[:40] in kept]


HARMLESS = [
    "", "rent", "invoice data: see mail", "metadata:image", "date:2025-01-01;base64 is a word", "0x" + "ab" * 32, "f" * 128, "xpub" + "A1b2" * 27,
    "addr1" + "q" * 98, "รายการโอนเงิน" * 40, "a-very-long-reference/" * 9, " ".join(["word"] * 300), "DE89 3704 0044 0532 0130 00", "/9j/short", "//////////" * 3,
    " ".join("x" * 30 for _ in range(60)),
]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_references_and_ordinary_text_are_no_content(text):
    assert not holds_content(pa.array([text, "x"])).any()


def test_content_is_found_in_its_row_and_in_no_other():
    values = pa.array(["a", HIDDEN["a data URI"], "b" * 30, HIDDEN["unknown bytes in base64"], ""])
    assert holds_content(values).tolist() == [False, True, False, True, False]
    assert holds_content(values.slice(1, 2)).tolist() == [True, False]


def test_every_signature_names_its_source_and_finds_itself():
    assert len(load_signatures()) > 60
    for one in load_signatures():
        assert one.source
        first = one.magic + bytes(600)
        if len(one.magic) > 3 and one.pattern.match(first, one.offset):
            found = find_signature(first)
            assert found is not None
            assert found.kind is one.kind


def hostile_zip(**changes: object) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(str(changes.get("name", "a.xml")))
        entry.external_attr = int(changes.get("attributes", 0o644 << 16))  # type: ignore[call-overload]
        archive.writestr(entry, changes.get("content", b"<a/>"), zipfile.ZIP_DEFLATED)
    return made.getvalue()


BAD_ZIPS = {
    "a name that climbs": hostile_zip(name="../../etc/cron"),
    "a name from the root": hostile_zip(name="/etc/cron"),
    "a name with a drive": hostile_zip(name="C:/x.csv"),
    "a name that climbs backwards": hostile_zip(name="..\\x.csv"),
    "a link": hostile_zip(attributes=(stat.S_IFLNK | 0o777) << 16),
    "a bomb": hostile_zip(content=bytes(30 << 20)),
    "a zip in a zip": hostile_zip(content=hostile_zip()),
    "a program": hostile_zip(content=b"\x7fELF" + BODY),
    "a list of too many": zipped(**{f"f{number}": b"" for number in range(20_001)}),
    "cut off": hostile_zip(content=BODY)[:-30],
    "a password": hostile_zip().replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00").replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_ZIPS)
def test_an_archive_made_to_do_harm_is_refused(kind, tmp_path):
    path = tmp_path / "payments.xlsx"
    path.write_bytes(BAD_ZIPS[kind])
    with pytest.raises(FileError) as refused:
        refuse_content(path)
    assert refused.value.hint or "harm" in str(refused.value)


def test_every_byte_cut_off_an_archive_is_a_plain_refusal_or_none(tmp_path):
    whole = zipped(a__csv=GOOD.encode(), b__csv=GOOD.encode())
    path = tmp_path / "file.zip"
    for length in range(4, len(whole), 3):
        path.write_bytes(whole[:length])
        with pytest.raises(FileError):
            refuse_content(path)
