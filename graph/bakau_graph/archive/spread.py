"""From birth quarters, marks, tags and holdings to the protection state of every party and account of a snapshot.

The rule stands in `bakau.protection`. "At any instant of the evidence" means the earliest transfer of any account the party holds,
or that names the party as sender or receiver; a party without evidence is looked at on the day of the snapshot's newest batch. Two numbers
that a payment shows to be one account (`same_payment`) share their state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.protection import PROTECTING, ProtectionSet
from bakau_graph.archive.payments import Aliases

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    Keys = npt.NDArray[np.int64]

HELD = "SELECT party_key, account_key FROM holding"

#: Needs `held`, the rows of HELD.
PARTY_STATES = """
WITH evidence AS (
    SELECT account_key, min(ts_us) AS first_us FROM (
        SELECT src_key AS account_key, ts_us FROM transfer UNION ALL SELECT dst_key, ts_us FROM transfer
    ) SEMI JOIN held USING (account_key) GROUP BY account_key
),
first_seen AS (
    SELECT party_key, min(first_us) AS first_us FROM (
        SELECT h.party_key, e.first_us FROM held h JOIN evidence e USING (account_key)
        UNION ALL SELECT src_party_key, ts_us FROM transfer WHERE src_party_key IS NOT NULL
        UNION ALL SELECT dst_party_key, ts_us FROM transfer WHERE dst_party_key IS NOT NULL
    ) GROUP BY party_key
)
SELECT p.party_key, epoch_us(CAST(p.protected_until AS TIMESTAMP)) > coalesce(f.first_us, $loaded_us) AS minor
FROM party p LEFT JOIN first_seen f USING (party_key) WHERE p.protected_until IS NOT NULL
"""

NO_PARTY_STATES = "SELECT party_key, false AS minor FROM party WHERE $loaded_us IS NULL"

MARKS = (
    "SELECT subject_key, subject_realm, last(state ORDER BY recorded_us, added_in) AS state FROM mark GROUP BY subject_key, subject_realm"
)

#: Subjects of tags that protect.
TAGGED = "SELECT DISTINCT subject_key, subject_realm FROM tag WHERE lower(concept) IN (SELECT unnest($concepts))"


def _column(rows: dict[str, npt.NDArray[np.generic]], name: str) -> Keys:
    return np.asarray(rows[name], dtype=np.int64)


def _knows_ages(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT 1 FROM raw_party WHERE protected_until IS NOT NULL LIMIT 1").fetchone() is not None


def load_protection(connection: duckdb.DuckDBPyConnection, loaded_us: int) -> ProtectionSet:
    """The ProtectionSet of the views in `connection` (party, holding, transfer, tag and `mark`)."""
    holdings = connection.sql(HELD).to_arrow_table()
    connection.register("held", holdings)
    minors = connection.execute(PARTY_STATES if _knows_ages(connection) else NO_PARTY_STATES, {"loaded_us": loaded_us}).fetchnumpy()
    connection.unregister("held")
    minor = np.asarray(minors["minor"], dtype=bool)
    minor_parties, adult_parties = _column(minors, "party_key")[minor], _column(minors, "party_key")[~minor]
    marks = connection.execute(MARKS).fetchnumpy()
    realm, state = np.asarray(marks["subject_realm"], dtype=str), np.asarray(marks["state"], dtype=str)
    keys = _column(marks, "subject_key")

    def marked(wanted_realm: str, wanted_state: str) -> Keys:
        chosen: Keys = keys[(realm == wanted_realm) & (state == wanted_state)]
        return chosen

    tagged = connection.execute(TAGGED, {"concepts": list(PROTECTING)}).fetchnumpy()
    tagged_realm, tagged_keys = np.asarray(tagged["subject_realm"], dtype=str), _column(tagged, "subject_key")
    holder, held = np.asarray(holdings["party_key"], np.int64), np.asarray(holdings["account_key"], np.int64)
    adult_parties = np.union1d(adult_parties, marked("party", "adult_known"))
    aliases = Aliases.load(connection)
    marked_accounts = aliases.extend(np.union1d(marked("account", "protected"), tagged_keys[tagged_realm == "account"]))
    young = np.union1d(np.union1d(minor_parties, marked("party", "protected")), tagged_keys[tagged_realm == "party"])
    of_marked = holder[np.isin(held, marked_accounts) & ~np.isin(holder, adult_parties)]
    protected_parties = np.union1d(young, of_marked)
    found = np.union1d(marked_accounts, held[np.isin(holder, protected_parties)])
    protected_accounts = aliases.extend(found)
    # somebody whom another bank knew by name only is the same person
    behind = holder[np.isin(held, np.setdiff1d(protected_accounts, found)) & ~np.isin(holder, adult_parties)]
    protected_parties = np.union1d(protected_parties, behind)
    protected_accounts = np.union1d(protected_accounts, held[np.isin(holder, behind)])
    unsure = held[~np.isin(holder, adult_parties)]
    adult_accounts = np.union1d(np.setdiff1d(held, unsure), marked("account", "adult_known"))
    return ProtectionSet.build(
        protected_accounts=protected_accounts,
        protected_parties=protected_parties,
        adult_accounts=adult_accounts,
        adult_parties=adult_parties,
    )
