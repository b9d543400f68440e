"""Files of leads: small, plain, complete; whatever is wrong is said with file, line and column and never with a value."""

from __future__ import annotations

import gzip
import os
import random
import zipfile
from contextlib import suppress
from datetime import date

import pytest

from bakau.errors import BakauError, FileError, InputError
from bakau_casework.leads.listing import LARGEST_FILE, MOST_LEADS, Said, read_lead_list

TODAY = date(2026, 11, 1)
SAID = Said("Agency", "this case", "2027-01-31")
HEAD = "---\ngiver: Agency\nterms: this case\nexpires: 2027-01-31\n---\n"
CANARY = "zqkanary"


def write(tmp_path, content):
    path = tmp_path / "leads.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_list_says_who_gave_it_in_its_head_or_beside_it(tmp_path, encoding, line_end):
    rows = "kind;value;note\nphone;+999 917 000;\nname;王小明;seen twice\n"
    in_head = read_lead_list(write(tmp_path, (HEAD + rows).replace("\n", line_end).encode(encoding)), Said(), today=TODAY)
    beside = read_lead_list(write(tmp_path, rows.replace("\n", line_end).encode(encoding)), SAID, today=TODAY)
    assert in_head.provenance == beside.provenance
    assert [(lead.kind, lead.value, lead.note) for lead in in_head.leads] == [(lead.kind, lead.value, lead.note) for lead in beside.leads]
    assert [lead.line for lead in in_head.leads] == [7, 8]
    assert (in_head.leads[1].value, in_head.leads[1].note) == ("王小明", "seen twice")


def test_a_head_may_allow_a_standing_watch(tmp_path):
    path = write(tmp_path, HEAD.replace("expires", "watch: true\nexpires") + "kind,value\nphone,12345\n")
    assert read_lead_list(path, Said(), today=TODAY).provenance.may_watch


@pytest.mark.parametrize(
    ("content", "said", "where"),
    [
        ("kind,value\nphone,12345\n", Said(None, "t", "2027-01-31"), "line 1, column giver: a list needs its giver"),
        ("kind,value\nphone,12345\n", Said("  ", "t", "2027-01-31"), "line 1, column giver: a list needs its giver"),
        ("kind,value\nphone,12345\n", Said("g", None, "2027-01-31"), "line 1, column terms: a list needs its terms"),
        ("kind,value\nphone,12345\n", Said("g", "t"), "line 1, column expires: a list needs its last day"),
        ("kind,value\nphone,12345\n", Said("g", "t", "2026-10-31"), "line 1, column expires: the list has expired"),
        (HEAD.replace("2027", "2025") + "kind,value\nphone,12345\n", Said(), "line 4, column expires: the list has expired"),
        (HEAD.replace("Agency", "''") + "kind,value\nphone,12345\n", Said(), "line 2, column giver: a list needs its giver"),
        (HEAD.replace("Agency", "[a, b]") + "kind,value\nphone,12345\n", Said(), "line 2, column giver: a list needs its giver"),
        (HEAD.replace("2027-01-31", "someday") + "kind,value\nphone,12345\n", Said(), "line 4, column expires: not a day"),
        (HEAD.replace("2027-01-31", "2027-02-31") + "kind,value\nphone,12345\n", Said(), "leads.csv: not YAML"),
        (HEAD.replace("terms", "watch: maybe\nterms") + "kind,value\nphone,12345\n", Said(), "line 3, column watch: not yes or no"),
        (HEAD + "kind,value\nphone,12345\n", Said("again"), "line 2, column giver: giver is said twice"),
        (HEAD.replace("terms", "watch: false\nterms") + "kind,value\nphone,12345\n", Said(may_watch=True), "line 3, column watch: watch is said twice"),
        (HEAD.replace("terms:", "zqkanary:") + "kind,value\n", Said(), "line 3: an entry of the head is not known"),
        ("---\ngiver: a\nkind,value\n", Said(), "line 1: the head begins and does not end"),
        ("---\n- a\n---\nkind,value\n", Said(), "line 1: the head is no list"),
        ("---\na: &x [1]\nb: *x\n---\nkind,value\n", Said(), "no YAML anchors"),
        ("---\n" + "[" * 5000 + "\n---\nkind,value\n", Said(), "more than 100 deep"),
        ("kind,value\nphone,12345\nsoul,zqkanary\n", SAID, "line 3, column kind: no kind of lead"),
        ("kind,value\nphone,\n", SAID, "line 2, column value: a lead needs a value"),
        ("kind,value,country\nphone,12345,Zqkanary\n", SAID, "line 2, column country: no country"),
        ("kind,value,note\nphone,12345,=cmd zqkanary\n", SAID, "line 2, column note: text that a spreadsheet would run"),
        ("kind,value\nphone,12345,zqkanary\n", SAID, "line 2: 3 fields where there should be 2"),
        ("kind,value\nphone,zq\x00kanary\n", SAID, "line 2, column value: holds a NUL byte"),
        (b"kind,value\nname,zqkanary\xff\n", SAID, "line 2, column value: holds bytes that are not UTF-8"),
        ("kind,value\nname,data:image/png;base64,zqkanary\n", SAID, "line 2"),
        ("kind,value\nname," + "zqkanaryABCDEFGHIJKLMNOP" * 20 + "\n", SAID, "line 2, column value: a picture, film, sound or file"),
        ("kind,zqkanary\nphone,12345\n", SAID, "line 1: lacks the column value"),
        ("kind,value,zqkanary\nphone,12345,x\n", SAID, "line 1: has a column that is not known"),
        ("kind,value\n", SAID, "line 1: holds a header and no leads"),
        ("", SAID, "is empty"),
        ("kind,value\nphone,zqkanary1\n", Said("Agency", "about zqkanary1", "2027-01-31"), "line 2, column value: giver or terms hold a lead"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_taken_says_where_and_why_and_no_value(tmp_path, content, said, where):
    with pytest.raises(InputError) as refused:
        read_lead_list(write(tmp_path, content), said, today=TODAY)
    assert where in str(refused.value)
    assert CANARY not in (str(refused.value) + refused.value.hint).lower()


def test_several_faults_are_said_together(tmp_path):
    rows = "".join(f"soul,{place}\n" for place in range(9))
    with pytest.raises(InputError, match=r"line 2, column kind: .*; line 3, column kind: .*and 4 more"):
        read_lead_list(write(tmp_path, "kind,value\n" + rows), SAID, today=TODAY)


def test_five_hundred_leads_are_taken_and_one_more_is_not(tmp_path):
    rows = "".join(f"phone,{10_000 + place}\n" for place in range(MOST_LEADS))
    assert len(read_lead_list(write(tmp_path, "kind,value\n" + rows), SAID, today=TODAY).leads) == MOST_LEADS
    with pytest.raises(InputError, match=f"line {MOST_LEADS + 2}: has more than 500 leads"):
        read_lead_list(write(tmp_path, "kind,value\n" + rows + "phone,99999\n"), SAID, today=TODAY)


def test_what_is_no_small_plain_file_is_refused_before_it_is_read(tmp_path):
    good = b"kind,value\nphone,12345\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(good + b"\n" * 100_000_000, 1))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", good)
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    with (tmp_path / "sparse.csv").open("wb") as stream:
        stream.truncate(1 << 30)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "wide.csv").write_bytes(b"," * (LARGEST_FILE - 1))
    (tmp_path / "long.csv").write_bytes(b"kind,value\n" + b"a" * (LARGEST_FILE - 100))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(FileError if path.stem != "long" else InputError):
            read_lead_list(path, SAID, today=TODAY)


def test_random_bytes_never_break_it(tmp_path):
    draw = random.Random(7)
    parts = [
        b"---\n",
        b"kind,value\n",
        b"phone,123456\n",
        b'"',
        b",",
        b"\r",
        b"\x00",
        b"giver: a\n",
        "สมชาย".encode(),
        b"\xff\xfe",
        b"&a *a",
        b"\n",
    ]
    taken = 0
    for _ in range(400):
        content = draw.choice([b"", b"kind,value\n"]) + b"".join(draw.choice(parts) for _ in range(draw.randrange(12)))
        with suppress(BakauError):
            taken += len(read_lead_list(write(tmp_path, content), SAID, today=TODAY).leads)
    assert taken, "some of them are lists"
