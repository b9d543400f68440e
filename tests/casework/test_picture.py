"""A finding drawn through the Desk: who may see what, what is written down first, what lies on disk."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from analytics.town import Town, ordinary, ring
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import AuditError, FileError, InputError, NotFoundError, RefusedError
from bakau_casework.audit import AuditLog
from bakau_casework.desk import Desk
from bakau_casework.documents import list_schemas
from bakau_casework.drawing import draw_view, to_chart
from bakau_graph.picture.page import hash_content

MADE = "2026-03-01T12:00:00Z"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A ring with a protected collector, analysed."""
    from bakau_analytics.run import analyse

    town = Town(tmp_path_factory.mktemp("picture") / "town")
    town.pay(ring("a") + ordinary())
    town.protect("a-s3")
    analyse(town.archive)
    return town


@pytest.fixture
def finding_id(town):
    with Desk.open(town.archive.workspace.path) as desk:
        rows = desk.findings(kind="network").rows.to_pylist()
    return rows[0]["finding_id"]


def bakau(town, *words):
    result = CliRunner().invoke(root, ["-w", str(town.archive.workspace.path), *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def open_desk(town, **options):
    return Desk.open(town.archive.workspace.path, **options)


def test_exploration_shows_surrogates_only(town, finding_id):
    with open_desk(town) as desk:
        view = desk.picture(finding_id)
        page = draw_view(view, made=MADE).html
    assert view.rows["number"].null_count == len(view.rows)
    assert view.masked == {"number": "purpose exploration does not show account numbers and references"}
    assert not re.search(r"\ba-[sr]\d|\ba-c\b", re.sub(r"(?s)<script>.*?</script>", "", page))


def test_a_purpose_that_shows_numbers_draws_them(town, finding_id):
    with open_desk(town, purpose="training") as desk:
        page = desk.draw(finding_id).html
    assert "a-r0" in page
    assert "a-s3" not in page


def test_a_protected_account_is_counted_and_has_no_id_amount_or_time(town, finding_id):
    protected = town.archive.snapshot().table("account").to_pylist()
    (name,) = [row["account_id"] for row in protected if row["account_key"] == town.key("a-s3")]
    with open_desk(town, purpose="training") as desk:
        view = desk.picture(finding_id)
        page = draw_view(view, made=MADE).html
        graph = desk.graph(finding_id)
    assert view.facts["protected_accounts"] == 1
    hidden = [link for link in view.facts["links"] if None in (link["src_id"], link["dst_id"])]
    assert hidden
    assert all(link[name] is None for link in hidden for name in ("currency", "sum_minor", "first_ts", "last_ts"))
    assert sum(link["transfers"] for link in hidden) == 8
    assert name not in page
    assert name[:14] not in page
    assert "protected (1)" in page
    assert graph.nodes["protected"]["accounts"] == 1


def test_links_are_the_transfers_of_the_finding(town, finding_id):
    with open_desk(town, purpose="training") as desk:
        view = desk.picture(finding_id)
        total = desk.explain(finding_id).facts["evidence_total"]
    names = dict(zip(view.rows["id"].to_pylist(), view.rows["number"].to_pylist(), strict=True))
    found = {(names.get(one["src_id"]), names.get(one["dst_id"])): one for one in view.facts["links"]}
    assert found["a-s1", "a-r0"]["transfers"] == 4
    assert found["a-s1", "a-r0"]["sum_minor"] == 5_000 + 5_001 + 5_002 + 5_003
    assert sum(one["evidence"] for one in view.facts["links"]) == total


def test_the_same_run_gives_the_same_bytes(town, finding_id):
    pages = []
    for _ in range(2):
        with open_desk(town) as desk:
            pages.append(draw_view(desk.picture(finding_id), made=MADE).to_bytes())
    assert pages[0] == pages[1]


def test_the_look_is_written_down_before_anything_is_drawn(town, finding_id, monkeypatch, tmp_path):
    file = tmp_path / "p.html"
    with open_desk(town) as desk:
        before = desk.audit_head().size
    bakau(town, "export", finding_id, "--html", file)
    with open_desk(town) as desk:
        assert desk.audit_head().size == before + 1
        (entry,) = desk.audit(last=1).rows.to_pylist()
    assert entry["action"] == "export.picture"
    file.unlink()

    def fail(*_):
        raise AuditError("full")

    monkeypatch.setattr(AuditLog, "append", fail)
    with pytest.raises(AuditError):
        bakau(town, "export", finding_id, "--html", file)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_private_and_says_its_hash(town, finding_id, tmp_path):
    out = json.loads(bakau(town, "export", finding_id, "--html", tmp_path / "p.html", "--json"))
    page = (tmp_path / "p.html").read_bytes().decode("utf-8")
    assert out["sha256"] == hash_content(page)
    assert out["sha256"] in page
    assert (tmp_path / "p.html").stat().st_mode & 0o777 == 0o600
    assert set(out) == set(list_schemas()["bakau.picture-export/1"]["properties"])
    assert [path.name for path in tmp_path.iterdir()] == ["p.html"]


def test_a_file_that_stands_there_is_kept_unless_forced(town, finding_id, tmp_path):
    file = tmp_path / "p.html"
    file.write_text("mine")
    with open_desk(town) as desk:
        before = desk.audit_head().size
    with pytest.raises(FileError, match="exists already"):
        bakau(town, "export", finding_id, "--html", file)
    with open_desk(town) as desk:
        assert desk.audit_head().size == before
    assert file.read_text() == "mine"
    bakau(town, "export", finding_id, "--html", file, "--force")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_in_a_directory_the_name_is_made_of_the_finding(town, finding_id, tmp_path):
    bakau(town, "export", finding_id[:8], "--html", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"finding-{finding_id}.html"]


@pytest.mark.parametrize("words", [("f-nothing", "--csv", "x.csv"), ("scores", "--html", "x.html"), ("f-nothing",)])
def test_a_finding_is_drawn_and_a_table_is_written_never_the_other_way(town, words):
    with pytest.raises(InputError):
        bakau(town, "export", *words)


def test_an_unknown_finding_is_a_sentence(town, tmp_path):
    with pytest.raises(NotFoundError, match="no such finding"):
        bakau(town, "export", "f-zzzz", "--html", tmp_path / "p.html")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_purpose_draws_nothing(town, finding_id, tmp_path):
    with pytest.raises(RefusedError):
        bakau(town, "export", finding_id, "--html", tmp_path / "p.html", "--purpose", "investigation")
    assert list(tmp_path.iterdir()) == []


def test_the_chart_says_what_it_stands_on(town, finding_id):
    with open_desk(town) as desk:
        chart = to_chart(desk.picture(finding_id))
    assert chart.snapshot == town.archive.snapshot().label
    assert chart.run == town.archive.snapshot().latest_run().run_id
    assert chart.purpose == "exploration"
    assert files("bakau_graph.picture").joinpath("picture.js").is_file()
