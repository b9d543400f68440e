"""A file handed to the Desk: looked at, checked and loaded under the Desk's rules, recorded, and never left lying about."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta

import pytest

from bakau.errors import FileError, InputError, MappingError, RefusedError
from bakau_casework.intake import MOST_BYTES, Upload
from bakau_graph.archive import Archive

AMBIGUOUS = b"Date,Payer,Payee,Amount,Currency\n03/04/2025,KX1001,KX2001,10.00,EUR\n05/06/2025,KX1002,KX2001,12.50,EUR\n05/06/2025,KX1003,KX2001,12.50,\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def desk(own_village, tmp_path, monkeypatch):
    """A Desk of a workspace of its own; whatever it lays on disk would lie in `tmp_path/laid`."""
    (tmp_path / "laid").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "laid"))
    with own_village.desk() as opened:
        yield opened
    assert list((tmp_path / "laid").iterdir()) == [], "nothing of an upload stays on disk"


def audited(desk) -> list[tuple[str, str]]:
    rows = desk.audit(last=None).rows.to_pylist()
    return [(row["action"], row["outcome"]) for row in rows if row["action"].startswith("upload.")]


def test_a_file_is_looked_at_answered_checked_and_loaded_and_each_step_is_recorded(desk, own_village):
    file = Upload("../from a bank.csv", AMBIGUOUS)
    first = desk.intake.look(file, {})
    (question,) = first.facts["questions"]
    assert (first.facts["file"], question["options"]) == ("from a bank.csv", ["day", "month"])
    answered = desk.intake.look(file, {"day_month": "month"})
    assert answered.facts["questions"] == []
    checked = desk.intake.check(file, answered.facts["mapping"])
    assert (checked.facts["looked_at"], checked.facts["rejected"], checked.facts["reasons"]) == (
        3,
        1,
        [{"code": "missing_value", "records": 1}],
    )
    assert {"line": 2, "field": "time", "value": "2025-03-04"} in checked.facts["sample"]
    assert "KX1001" not in str(checked.facts["sample"]) + str(answered.facts), "numbers by their shape only"
    loaded = desk.intake.load(file, answered.facts["mapping"], "training")
    (row,) = loaded.rows.to_pylist()
    assert (row["received"], row["accepted"], row["rejected"]) == (3, 2, 1)
    assert Archive.open(own_village.workspace).batches()[-1].batch_id == row["batch_id"]
    assert audited(desk) == [("upload.look", "shown")] * 3 + [("upload.load", "begun"), ("upload.load", "shown")]


def test_content_damage_size_and_a_wrong_mapping_are_refused_by_the_name_of_the_file(desk):
    before = len(desk.batches().rows)
    mapping = desk.intake.look(Upload("a.csv", AMBIGUOUS), {"day_month": "day"}).facts["mapping"]
    with pytest.raises(FileError, match=r"^holiday\.csv.*content is never taken in"):
        desk.intake.look(Upload("holiday.csv", PNG), {})
    with pytest.raises(FileError, match=r"^holiday\.csv.*content is never taken in"):
        desk.intake.load(Upload("holiday.csv", PNG), mapping, "training")
    with pytest.raises(FileError, match="50 MB"):
        desk.intake.look(Upload("large.csv", bytes(MOST_BYTES + 1)), {})
    with pytest.raises(MappingError):
        desk.intake.load(Upload("a.csv", AMBIGUOUS), "files: [", "training")
    with pytest.raises(InputError):
        desk.intake.load(Upload("a.csv", AMBIGUOUS), None, "training")
    assert len(desk.batches().rows) == before
    assert [outcome for _, outcome in audited(desk)[1:]] == ["failed", "begun", "failed", "failed", "begun", "failed", "begun", "failed"]


def test_nothing_is_loaded_into_a_source_whose_time_is_over_or_that_is_not_there(desk, own_village):
    from bakau_graph.archive import Source

    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    Archive.open(own_village.workspace).add_source(Source("late", "Late", "bank", "a", "b", ("*",), yesterday, training=False))
    mapping = desk.intake.look(Upload("a.csv", AMBIGUOUS), {"day_month": "day"}).facts["mapping"]
    for source in ("late", "nobody"):
        with pytest.raises(RefusedError, match=r"nothing more is loaded|no such source"):
            desk.intake.load(Upload("a.csv", AMBIGUOUS), mapping, source)
    assert audited(desk)[1:] == [("upload.load", "refused")] * 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.csv", "y.csv"),
        (".hidden", "hidden"),
        ("a\x00b\n.csv", "ab.csv"),
        ("", "file"),
    ],
)
def test_a_name_never_leads_anywhere(name, safe):
    assert Upload(name, b"").safe_name == safe


def test_a_long_name_keeps_its_ending():
    assert Upload("x" * 500 + ".csv", b"").safe_name.endswith("x.csv")
    assert len(Upload("x" * 500 + ".csv", b"").safe_name) <= 120
