"""The flow: the settled transfers between two different accounts that every feature and indicator looks at.

One temporary table, made once per connection, so that Parquet is decoded once. Portable SQL over it runs on DuckDB and Spark alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

#: Columns: transfer_id, src, dst (account keys), ts_us, time_known, local_hour, amount (minor units, null when not stated), currency,
#: channel, src_country, dst_country, src_outlet, dst_outlet.
FLOW = """
CREATE OR REPLACE TEMPORARY TABLE flow AS
SELECT transfer_id, src_key AS src, dst_key AS dst, ts_us, time_known, local_hour, amount_minor AS amount, currency, channel, src_country, dst_country,
       src_outlet, dst_outlet
FROM transfer WHERE status = 'settled' AND src_key <> dst_key AND ts_us >= $first_us
"""

#: Before every payment there is.
BEGINNING_US = -(2**62)

NO_AMOUNTS = "UPDATE flow SET amount = NULL"

HAS_FLOW = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'flow' AND temporary"

#: Accounts of which an owner is stated, and those that need none: they serve everybody.
_OWNED = "(SELECT account_key FROM holding UNION ALL SELECT account_key FROM account WHERE kind IN ('merchant', 'cash_point', 'platform_account'))"
#: Wallets of which something is not stated: a wallet's opening day and its holder's tier are asked for on wallets alone.
_WALLETS_WITHOUT_DAY = "(SELECT account_key FROM account WHERE kind = 'e_wallet' AND opened_us IS NULL)"
_WALLETS_WITHOUT_TIER = """(SELECT account_key FROM account WHERE kind = 'e_wallet' AND account_key NOT IN (
    SELECT h.account_key FROM holding h JOIN party p ON h.party_key = p.party_key WHERE p.kyc_level IS NOT NULL))"""
#: Accounts reached by a phone, a document, an address or a device: their own, their holder's, or one that a source ties to them.
_REACHED = """(SELECT account_key FROM raw_identifier WHERE account_key IS NOT NULL
    UNION SELECT h.account_key FROM raw_identifier i JOIN holding h ON i.party_key = h.party_key
    UNION SELECT object_key FROM relation WHERE subject_realm = 'identifier' AND object_realm = 'account')"""
#: When an optional column is known on a transfer (a column nobody filled is "not evaluable"). An outlet is asked for on rails that have them alone,
#: an institution on all but crypto.
KNOWN = {
    "amount": "amount IS NOT NULL",
    "time_known": "time_known",
    "local_hour": "local_hour IS NOT NULL",
    "currency": "currency <> 'XXX'",
    "src_country": "src_country IS NOT NULL",
    "dst_country": "dst_country IS NOT NULL",
    "dst_outlet": "(dst_outlet IS NOT NULL OR channel NOT IN ('remittance', 'cash'))",
    "dst_kind": "dst IN (SELECT account_key FROM account WHERE kind <> 'unknown')",
    "src_institution": "(channel = 'crypto' OR src IN (SELECT account_key FROM account WHERE institution_id IS NOT NULL))",
    "dst_institution": "(channel = 'crypto' OR dst IN (SELECT account_key FROM account WHERE institution_id IS NOT NULL))",
    "src_owner": f"src IN {_OWNED}",
    "dst_owner": f"dst IN {_OWNED}",
    "src_status": "src IN (SELECT account_key FROM account WHERE status IS NOT NULL)",
    "dst_opened": f"dst NOT IN {_WALLETS_WITHOUT_DAY}",
    "dst_tier": f"dst NOT IN {_WALLETS_WITHOUT_TIER}",
    "dst_contact": f"dst IN {_REACHED}",
}
#: The same for what stands in a table beside the flow.
KNOWN_BESIDE = {"tokens": "transfer_id IN (SELECT transfer_id FROM payment_word)"}


def build_flow(connection: duckdb.DuckDBPyConnection, *, amounts: bool = True, first_us: int = BEGINNING_US) -> None:
    """Make the table `flow` from the view `transfer`, from `first_us` on; without `amounts` every amount is null (for evaluation)."""
    connection.execute(FLOW, {"first_us": first_us})
    if not amounts:
        connection.execute(NO_AMOUNTS)


def ensure_flow(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `flow` unless this connection has one already."""
    if not connection.execute(HAS_FLOW).fetchall():
        build_flow(connection)


def load_coverage(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> dict[str, int]:
    """For each of these optional columns (of `KNOWN`), on how many transfers it is known; under ``transfers`` how many there are."""
    counts = [f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in KNOWN.items() if name in names]
    found = connection.execute(f"SELECT {', '.join(['count(*) AS transfers', *counts])} FROM flow").fetchnumpy()
    return {name: int(values[0]) for name, values in found.items()}


def count_known(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> int:
    """On how many transfers all these columns are known together."""
    tests = KNOWN | KNOWN_BESIDE
    test = " AND ".join(tests[name] for name in columns) or "true"
    [(count,)] = connection.execute(f"SELECT count(*) FROM flow WHERE {test}").fetchall()
    return int(count)
