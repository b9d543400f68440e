"""One definition of the rules on two engines: hits, observed values and evidence, row by row, on DuckDB and on a real local Spark.

The data are the cases of all rules in one flow, so that every rule has something to find, with a small synthetic world beside them; all packs at
once, so that rules of a country and rules about texts are among them.
"""

from __future__ import annotations

import json

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import small_world
from analytics.engines.spark_run import install_spark, run_job

from bakau.protection import ProtectionSet
from bakau_analytics.flow import build_flow
from bakau_analytics.indicators.engine import evaluate, load_evidence
from bakau_analytics.indicators.load import load_packs, shipped_names
from bakau_analytics.indicators.trial import build_facts
from bakau_graph.archive import Archive

PACKS = load_packs(shipped_names())
#: Rows are few: code that is compiled for each of some hundred queries would cost more than it saves.
INTERPRETED = ("spark.sql.codegen.wholeStage=false", "spark.sql.codegen.factoryMode=NO_CODEGEN", "spark.sql.shuffle.partitions=1")
#: A rule that holds an outlet against all others of its country: the one case that hits lies in a country of its own.
AMONG_OUTLETS, ITS_COUNTRY = "NET-04", "XA"
#: What a case uses of keys, at most.
APART = 1_000


def gather_cases():
    """The facts of every case of every rule, each with keys of its own."""
    cases = [(rule.id, case) for rule in PACKS.rules for case in rule.cases if rule.id != AMONG_OUTLETS or case.expect == "hit"]
    found = [set_apart(name, build_facts(case, place * APART)) for place, (name, case) in enumerate(cases, start=1)]
    return {name: pa.concat_tables([facts[name] for facts in found]) for name in found[0]}


def set_apart(rule, facts):
    """The facts of a case with outlets that no case of another rule has."""
    columns = {name: facts["flow"][name] for name in facts["flow"].column_names}
    columns["dst_outlet"] = pc.binary_join_element_wise(pa.scalar(rule), columns["dst_outlet"], " ")
    if rule == AMONG_OUTLETS:
        for name in ("src_country", "dst_country"):
            columns[name] = pc.if_else(pc.equal(columns[name], "PH"), ITS_COUNTRY, columns[name])
    return facts | {"flow": pa.table(columns, schema=facts["flow"].schema)}


def gather_world(archive, facts):
    """The facts of an archive, in the columns of `facts`."""
    with archive.snapshot().connect() as connection:
        build_flow(connection)
        tables = {name: connection.sql(f"SELECT {', '.join(facts[name].column_names)} FROM {name}").to_arrow_table() for name in facts}
    return {name: table.cast(facts[name].schema) for name, table in tables.items()}


def run_here(facts):
    """What DuckDB says: hits and evidence as tables, and what was missing by rule."""
    keys = facts["scorable_account"]["account_key"].combine_chunks()
    none = pa.array([], pa.int64())
    protection = ProtectionSet.build(
        protected_accounts=facts["protected_account"]["account_key"].to_numpy(), protected_parties=none.to_numpy(),
        adult_accounts=none.to_numpy(), adult_parties=none.to_numpy(),
    )  # fmt: skip
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in facts.items():
            if name not in ("scorable_account", "flow"):
                connection.register(name, table)
        connection.register("given_flow", facts["flow"])
        connection.execute("CREATE TEMPORARY TABLE flow AS SELECT * FROM given_flow")
        rows = evaluate(connection, PACKS, protection.scorable(keys.to_numpy()))
        evidence = load_evidence(connection, PACKS, rows)
    missing = {row["indicator"]: row["missing"] for row in rows.filter(pc.is_null(rows["account_key"])).to_pylist()}
    return rows.filter(pc.is_valid(rows["account_key"])), evidence, missing


def differing(rule, here, there):
    """Rows of one table that the other does not have, of either."""
    with duckdb.connect() as connection:
        connection.register("here", here)
        connection.execute(
            f"CREATE TABLE there AS SELECT {', '.join(here.column_names)} FROM '{there}/*.parquet' WHERE indicator = $rule", {"rule": rule}
        )
        sums = "(SELECT count(*) FROM ({})) + (SELECT count(*) FROM ({}))"
        words = sums.format("FROM here EXCEPT ALL FROM there", "FROM there EXCEPT ALL FROM here")
        return connection.execute(f"SELECT {words}").fetchall()[0][0]


def compare(folder, facts):
    """Per rule: hits here, rows of hits that differ, rows of evidence that differ; and that both say the same of what was missing."""
    given, out = folder / "facts", folder / "out"
    given.mkdir()
    protected = facts["protected_account"]["account_key"]
    scorable = facts["account"].filter(pc.invert(pc.is_in(facts["account"]["account_key"], value_set=protected.combine_chunks())))
    facts = facts | {"scorable_account": scorable.select(["account_key"])}
    for name, table in facts.items():
        pq.write_table(table, given / f"{name}.parquet")
    run_job(install_spark(), "rules_job", given, out, "--packs", *shipped_names(), settings=INTERPRETED)
    hits, evidence, missing = run_here(facts)
    assert {rule: words for rule, words in json.loads((out / "missing.json").read_text()).items() if words} == missing
    columns = ["account_key", "observed", "evidence_count", "first_us", "last_us"]
    found = {}
    for rule in [rule.id for rule in PACKS.rules]:
        mine = hits.filter(pc.equal(hits["indicator"], rule)).select(columns)
        ids = evidence.filter(pc.equal(evidence["indicator"], rule)).select(["account_key", "transfer_id"])
        found[rule] = len(mine), differing(rule, mine, out / "hit.parquet"), differing(rule, ids, out / "evidence.parquet")
    return found


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_spark_and_duckdb_agree_on_every_hit_and_its_evidence(tmp_path):
    found = compare(tmp_path, gather_cases())
    assert {rule: counts[1:] for rule, counts in found.items()} == dict.fromkeys(found, (0, 0))
    assert [rule for rule, (hits, _, _) in found.items() if not hits] == [], "a rule that hits nobody proves nothing"


@pytest.mark.nightly
@pytest.mark.timeout(7_200)
def test_spark_and_duckdb_agree_on_a_world(tmp_path):
    world = small_world.SmallWorld(tmp_path / "world", tmp_path / "workspace")
    small_world.bakau(None, "world", "make", world.files, "--accounts", "20000", "--seed", "13", "--as", "files")
    small_world.load(world)
    cases = gather_cases()
    beside = gather_world(Archive.open(world.workspace), cases)
    found = compare(tmp_path, {name: pa.concat_tables([table, beside[name]]) for name, table in cases.items()})
    assert {rule: counts[1:] for rule, counts in found.items()} == dict.fromkeys(found, (0, 0))
    assert all(hits for hits, _, _ in found.values())
