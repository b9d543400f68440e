"""A flow for the analytics tests: a few transfers in the columns that features and detectors read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bakau.protection import ProtectionSet
from bakau_graph.scratch import connect_scratch

SCHEMA = pa.schema(
    {
        "transfer_id": pa.binary(),
        "src": pa.int64(),
        "dst": pa.int64(),
        "ts_us": pa.int64(),
        "time_known": pa.bool_(),
        "local_hour": pa.int8(),
        "amount": pa.int64(),
        "currency": pa.string(),
        "channel": pa.string(),
        "src_country": pa.string(),
        "dst_country": pa.string(),
        "src_outlet": pa.string(),
        "dst_outlet": pa.string(),
    }
)

#: Nobody holds an account.
NOBODY = (
    "CREATE TABLE party (party_key BIGINT, kyc_level VARCHAR)",
    "CREATE TABLE holding (party_key BIGINT, account_key BIGINT, role VARCHAR, since_us BIGINT, until_us BIGINT)",
    "CREATE TABLE relation (subject_key BIGINT, object_key BIGINT, kind VARCHAR, subject_realm VARCHAR, object_realm VARCHAR)",
    "CREATE TABLE raw_identifier (kind VARCHAR, identifier_key BIGINT, party_key BIGINT, account_key BIGINT)",
    "CREATE TABLE shown_tag (subject_key BIGINT, subject_realm VARCHAR, concept VARCHAR, giver VARCHAR)",
)


#: Every account has a holder of its own, whose number is 10,000 above the account's, and whom a tier and a phone are known of.
EVERYBODY = (
    "INSERT INTO party SELECT account_key + 10000, '3' FROM account",
    "INSERT INTO holding SELECT account_key + 10000, account_key, 'owner', NULL, NULL FROM account",
    "INSERT INTO raw_identifier SELECT 'phone', account_key, NULL, account_key FROM account",
)


def transfer(place, src, dst, ts_us, amount=100, *, currency="XXX", time_known=True, hour=None, src_country=None, dst_country=None):
    """One row of the flow."""
    return {
        "transfer_id": int(place).to_bytes(16, "big"),
        "src": src,
        "dst": dst,
        "ts_us": ts_us,
        "time_known": time_known,
        "local_hour": hour,
        "amount": amount,
        "currency": currency,
        "channel": "bank",
        "src_country": src_country,
        "dst_country": dst_country,
        "src_outlet": None,
        "dst_outlet": None,
    }


class Bench:
    """A connection with a flow and the views a detector may ask for."""

    def __init__(self, rows, protected=(), merchants=(), stated=False):
        """`stated`: of every account its kind, institution, state, opening day, holder, tier and phone are known; else nothing is."""
        self.rows = list(rows)
        keys = sorted({row["src"] for row in self.rows} | {row["dst"] for row in self.rows})
        self.connection = connect_scratch(threads=1)
        self.connection.register("bench_flow", pa.Table.from_pylist(self.rows, SCHEMA))
        self.connection.execute("CREATE TEMPORARY TABLE flow AS SELECT * FROM bench_flow")
        self.connection.register("protected_account", pa.table({"account_key": pa.array(protected, pa.int64())}))
        kinds = pa.array(["merchant" if key in merchants else "bank_account" if stated else None for key in keys], pa.string())
        blank = pa.nulls(len(keys), pa.string())
        at = pa.array([f"BANK{key % 3}" if stated else None for key in keys], pa.string())
        state = pa.array(["active" if stated else None for key in keys], pa.string())
        accounts = {"account_key": pa.array(keys, pa.int64()), "kind": kinds, "mcc": blank, "institution_id": at, "status": state}
        self.connection.register(
            "account", pa.table({**accounts, "opened_us": pa.array([0 if stated else None for key in keys], pa.int64())})
        )
        for statement in (*NOBODY, *(EVERYBODY if stated else ())):
            self.connection.execute(statement)
        none = np.empty(0, np.int64)
        protection = ProtectionSet.build(
            protected_accounts=np.array(protected, np.int64), protected_parties=none, adult_accounts=none, adult_parties=none
        )
        self.scorable = protection.scorable(np.array(keys, np.int64))


@pytest.fixture
def bench():
    """A function that makes a Bench; every connection is closed afterwards."""
    made = []

    def make(rows, **options):
        made.append(Bench(rows, **options))
        return made[-1]

    yield make
    for one in made:
        one.connection.close()


@pytest.fixture
def row():
    """The builder of one flow row."""
    return transfer
