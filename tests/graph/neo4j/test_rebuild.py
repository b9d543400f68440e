"""A rebuild by the offline import gives what a sync gives, and nothing personal reaches the server's disk."""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from neo4j_server import install

from bakau.errors import NetworkError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.progress import SilentProgress
from bakau_graph.archive import Archive, Run
from bakau_graph.archive.derived import FINDING, FINDING_REASON, FINDING_SUBJECT, SCORE
from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.neo4j import server
from bakau_graph.neo4j.bulk import rebuild
from bakau_graph.neo4j.emptying import EMPTY
from bakau_graph.neo4j.endpoint import find_endpoint
from bakau_graph.neo4j.home import Home
from bakau_graph.neo4j.in_step import open_in_step
from bakau_graph.neo4j.network import Neo4jNetwork
from bakau_graph.neo4j.schema import SCHEMA_VERSION
from bakau_graph.neo4j.session import Session
from bakau_graph.neo4j.sync import bring_up
from bakau_graph.neo4j.verify import verify

from .conftest import Bench

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

PIECES = [
    "'", '"', '""', "\\", "\\n", "\n", "\r\n", "\r", "\t", ",", ";", "|", "`", "$x", "{}", "}) DETACH DELETE n //", "' OR 1=1", "\u0000", "\u0007",
    " ", "", "é", "\u0301", "ﬁ", "\u202e", "\ufeff", "\u2028", "😀", "𝔄", "null", "NULL", "-1", "1e5", "=1+1", "<b>", "%s", "../..", "ß", "İ",
]  # fmt: skip
#: Longer than Neo4j packs into a record, so that a search of its files would find them.
CANARY = "canary of a person that must stay out of the server " * 3
CODE = "a code that is meant to be there, as a control of the search " * 3


def hostile(count: int) -> list[str]:
    """That many different texts, made of what breaks quoting, encodings and queries."""
    chance = random.Random(4)
    found = dict.fromkeys(PIECES)
    while len(found) < count:
        found["".join(chance.choices(PIECES, k=chance.randint(2, 6)))] = None
    return list(found)[:count]


def load_hostile(bench: Bench, texts: list[str]) -> None:
    """Every text as a code of an account, as currency of a transfer and as a tag's id."""
    names = [f"h{place}" for place in range(len(texts))]
    bench.accounts([(name, {"institution_id": text, "status": text, "country": text}) for name, text in zip(names, texts, strict=True)])
    keys = [bench.key(name) for name in names]
    count = len(texts)
    with bench.archive.begin_batch(bench.identity(), file_name="hostile.csv") as batch:
        batch.count(received=2 * count)
        columns = {
            "ts_us": pa.array(range(count), pa.int64()), "time_known": [True] * count, "src_key": keys, "dst_key": keys[1:] + keys[:1],
            "amount_minor": pa.array([1] * count, pa.int64()), "currency": texts, "channel": ["bank"] * count, "status": ["settled"] * count,
            "reference": texts, "purpose": texts, "record": list(range(count)),
        }  # fmt: skip
        batch.append("transfer", pa.table(columns))
        tags = {"tag_id": texts, "subject_key": keys, "subject_realm": ["account"] * count, "concept": texts, "record": list(range(count))}
        batch.append("tag", pa.table(tags))
        batch.commit()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A bench whose workspace has a server of its own, stopped at the end."""
    install()
    bench = Bench(Archive.create(tmp_path_factory.mktemp("own") / "case", network="neo4j"))
    server.start(bench.archive.workspace, heap="512m", page_cache="128m")
    yield bench
    server.stop(bench.archive.workspace)


def equal_accounts(bench: Bench, session: Session) -> bool:
    """Do both networks describe every account alike, to the last character?"""
    snapshot = bench.archive.snapshot()
    embedded = EmbeddedNetwork.open(bench.archive.workspace.network, snapshot)
    return Neo4jNetwork(session, snapshot).hubs(limit=5_000, min_degree=0) == embedded.hubs(limit=5_000, min_degree=0)


def test_a_thousand_hostile_texts_come_back_as_they_were_by_sync_and_by_rebuild(own):
    load_hostile(own, hostile(1_000))
    session, report = open_in_step(own.archive)
    with session:
        assert report.batches_in == len(own.archive.snapshot().batches())
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()
        assert equal_accounts(own, session)
    rebuild(own.archive, SilentProgress())
    with Session.of(own.archive.workspace) as session:
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()
        assert equal_accounts(own, session)


def test_no_name_number_or_text_is_in_the_servers_files(own):
    own.accounts([(CANARY, {"status": CODE})])
    own.people([(CANARY, None)])
    own.holdings([(CANARY, CANARY)])
    own.transfers([(CANARY, "A", 1, 5, CANARY)], file="canary")
    session, _ = open_in_step(own.archive)
    with session:
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()
    server.stop(own.archive.workspace)
    files = [path.read_bytes() for path in Home.of(own.archive.workspace).folder.rglob("*") if path.is_file()]
    server.start(own.archive.workspace)
    part, code = CANARY[:40].encode(), CODE[:40].encode()
    assert any(code in content for content in files)
    assert not any(part in content or part.decode().encode("utf-16-le") in content for content in files)


def test_marks_of_the_newest_run_flow_back_and_are_taken_off_whoever_is_protected_later(own):
    own.transfers([("M", "N", 1, 5)], file="marks")
    keys = [own.key("M"), own.key("N")]
    snapshot = own.archive.snapshot()
    scores = {
        "account_key": keys,
        "points": [40, 30],
        "name": ["x"] * 2,
        "version": ["1"] * 2,
        "kind": ["rule"] * 2,
        "contribution": [40, 30],
    }
    run = Run("r-test", snapshot.version, snapshot.digest, "code", "packs", "engine", 1, "tester")
    own.archive.commit_run(run, {"score": pa.table(scores, schema=SCORE.schema)})
    with open_in_step(own.archive)[0] as session:
        rows = session.read("MATCH (x:Marked) RETURN x.key AS key, x.mark_score AS score")
        assert {row["key"]: row["score"] for row in rows} == dict(zip(keys, [40, 30], strict=True))
    server.stop(own.archive.workspace)
    own.archive.protect([keys[0]], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    server.start(own.archive.workspace)
    with open_in_step(own.archive)[0] as session:
        assert [row["key"] for row in session.read("MATCH (x:Marked) RETURN x.key AS key")] == [keys[1]]
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()


def test_marks_go_even_when_the_facts_cannot_be_brought_in(own):
    key = own.key("N")
    own.archive.protect([key], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    late = own.transfers([("N", "O", 9, 5)], file="late")
    segments = own.archive.workspace.archive / "segments"
    of_transfers = [path for path in segments.rglob("*.parquet") if "amount_minor" in pq.read_schema(path).names]
    newest = max(of_transfers, key=lambda path: path.stat().st_mtime_ns)
    hidden = newest.rename(newest.with_suffix(".hidden"))
    with Session.of(own.archive.workspace) as session:
        with pytest.raises(Exception, match=r"No files found|cannot"):
            bring_up(own.archive, session)
        assert session.read("MATCH (x:Marked) RETURN count(x) AS n")[0]["n"] == 0
        hidden.rename(newest)
        bring_up(own.archive, session)
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()
    own.archive.withdraw(late.batch_id, reason="test")


def test_a_rebuild_that_was_killed_is_said_and_done_again(own):
    (own.archive.workspace.network / "neo4j.rebuilding").touch()
    with pytest.raises(NetworkError, match="interrupted"):
        open_in_step(own.archive)
    rebuild(own.archive, SilentProgress())
    with open_in_step(own.archive)[0] as session:
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()


@pytest.mark.parametrize(("version", "word"), [(99, "newer"), (1, "has layout 1"), (None, "no layout")])
def test_another_layout_is_refused_with_a_sentence(own, version, word):
    with Session.of(own.archive.workspace) as session:
        session.write("MATCH (x:Bakau) SET x.schema_version = $version", {"version": version})
        with pytest.raises(NetworkError, match=word):
            bring_up(own.archive, session)
        session.write("MATCH (x:Bakau) SET x.schema_version = $version", {"version": SCHEMA_VERSION})


def test_somebody_elses_database_is_left_alone(own, make_bench):
    other = make_bench()
    other.transfers([("A", "B", 1, 5)])
    with open_in_step(own.archive)[0] as session:
        before = session.read("MATCH (x) RETURN count(x) AS n")[0]["n"]
        with pytest.raises(NetworkError, match="another workspace"):
            bring_up(other.archive, session)
        assert session.read("MATCH (x) RETURN count(x) AS n")[0]["n"] == before


GROW = """
MATCH (hub:Account {key: $key}) CALL (hub) {
    UNWIND range(1, 8) AS part CALL (hub, part) {
        UNWIND range(1, 1000) AS n CREATE (hub)-[:FROM]->(:Transfer {id: 'left over ' + part + ' ' + n})-[:TO]->(hub)
    }
}
"""


@pytest.fixture
def elsewhere(monkeypatch, neo4j_workspace, neo4j_session):
    """The server of all tests as one that somebody else runs; its session."""
    endpoint = find_endpoint(neo4j_workspace)
    monkeypatch.setenv("BAKAU_NEO4J_URI", endpoint.uri)
    monkeypatch.setenv("BAKAU_NEO4J_PASSWORD", endpoint.password)
    return neo4j_session


def test_a_server_of_somebody_else_is_emptied_and_filled_over_bolt(bench, elsewhere):
    bench.transfers([("A", "B", 1, 100), ("B", "C", 2, 50), ("A", "C", 3, None)])
    bring_up(bench.archive, elsewhere)
    elsewhere.write(GROW, {"key": bench.key("A")})
    assert verify(elsewhere, bench.archive.snapshot(), SilentProgress()).problems
    report = rebuild(bench.archive, SilentProgress())
    assert (report.batches_in, report.batches_out) == (1, 0)
    assert verify(elsewhere, bench.archive.snapshot(), SilentProgress()).problems == ()
    assert elsewhere.read("MATCH (x:Transfer) RETURN count(x) AS n")[0]["n"] == 3


def test_an_emptying_that_was_killed_is_said_and_done_again(bench, elsewhere, monkeypatch):
    bench.transfers([("A", "B", 1, 100), ("B", "C", 2, 50)])
    bring_up(bench.archive, elsewhere)
    with monkeypatch.context() as patch:
        patch.setattr("bakau_graph.neo4j.emptying.EMPTY", (*EMPTY[:4], "no statement"))
        with pytest.raises(NetworkError):
            rebuild(bench.archive, SilentProgress())
    with pytest.raises(NetworkError, match="interrupted"):
        open_in_step(bench.archive)
    rebuild(bench.archive, SilentProgress())
    with open_in_step(bench.archive)[0] as session:
        assert verify(session, bench.archive.snapshot(), SilentProgress()).problems == ()


def test_rebuilding_on_a_server_that_holds_another_workspace_leaves_it_alone(bench, make_bench, elsewhere):
    bench.transfers([("A", "B", 1, 100)])
    bring_up(bench.archive, elsewhere)
    other = make_bench()
    other.transfers([("X", "Y", 1, 5)])
    with pytest.raises(NetworkError, match="another workspace"):
        rebuild(other.archive, SilentProgress())
    assert verify(elsewhere, bench.archive.snapshot(), SilentProgress()).problems == ()


def test_marks_of_others_follow_when_somebody_in_their_finding_is_protected(own):
    own.transfers([("P", "Q", 1, 5)], file="others")
    p, q = own.key("P"), own.key("Q")
    snapshot = own.archive.snapshot()
    finding = {
        "finding_id": ["f-1", "f-2"],
        "revision": [1, 1],
        "kind": ["network", "account"],
        "score": [60, 30],
        "protected_count": [0, 0],
    }
    subject = {"finding_id": ["f-1", "f-1", "f-2"], "account_key": [p, q, q], "points": [40, 20, 30]}
    reason = {**subject, "name": ["x"] * 3, "version": ["1"] * 3}
    tables = {FINDING: finding, FINDING_SUBJECT: subject, FINDING_REASON: reason}
    run = Run("r-others", snapshot.version, snapshot.digest, "code", "packs", "engine", 2, "tester")
    own.archive.commit_run(run, {table.name: filled(table.schema, columns) for table, columns in tables.items()})
    ask = "MATCH (x:Marked {key: $key}) RETURN x.mark_finding AS finding"
    with open_in_step(own.archive)[0] as session:
        assert session.read(ask, {"key": q})[0]["finding"] == "f-1"
        own.archive.protect([p], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
        left = own.archive.workspace.network / ".neo4j-export"
        left.mkdir()
        (left / "Transfer.csv").write_text("of a rebuild that was killed")
        bring_up(own.archive, session)
        assert session.read(ask, {"key": q})[0]["finding"] == "f-2"
        assert verify(session, own.archive.snapshot(), SilentProgress()).problems == ()
        assert not left.exists()


def filled(schema, columns):
    rows = len(columns["finding_id"])
    return pa.table({name: columns.get(name, [None] * rows) for name in schema.names}, schema=schema)
