"""Who stands in review: accounts of people whose age nobody stated that show a sign of danger (R2; docs/decisions/0016).

They are no suspects and carry no number, until a person says that the holder is an adult. Their payments stay in the analysis. Whoever
empties them is accused of nothing by that alone, before somebody says that they are protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.referrals.detect import find_signs
from bakau_analytics.referrals.pack import load_victim_pack

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    Keys = npt.NDArray[np.int64]

HAS_REVIEW = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'review_account' AND temporary"
KEEP = "CREATE TEMPORARY TABLE review_account AS SELECT account_key FROM found_review ORDER BY account_key"
COUNT = "CREATE TEMPORARY TABLE referral_count AS SELECT CAST($count AS BIGINT) AS number"
READ_COUNT = "SELECT number FROM referral_count"
DROP_FLOW = "DROP TABLE temp.flow"
READ = "SELECT account_key FROM review_account ORDER BY account_key"


def list_review(signs: pa.Table) -> Keys:
    """Of some signs the accounts that are not protected: sorted, each once."""
    return np.unique(np.asarray(signs.filter(pc.invert(signs["is_protected"]))["account_key"], np.int64))


def count_referred(signs: pa.Table) -> int:
    """Of some signs how many accounts are protected: the referrals."""
    return len(pc.unique(signs.filter(signs["is_protected"])["account_key"]))


def set_review(connection: duckdb.DuckDBPyConnection) -> Keys:
    """The accounts in review of a connection of `Snapshot.connect`, sorted.

    From then on `review_account` names them on this connection. The first time its table `flow` is dropped: it was that of the signs.
    """
    if not connection.execute(HAS_REVIEW).fetchall():
        signs = find_signs(connection, load_victim_pack())
        connection.register("found_review", pa.table({"account_key": list_review(signs)}))
        connection.execute(KEEP)
        connection.execute(COUNT, {"count": count_referred(signs)})
        connection.execute(DROP_FLOW)
        connection.unregister("found_review")
    return np.asarray(connection.execute(READ).fetchnumpy()["account_key"], np.int64)


def load_referred(connection: duckdb.DuckDBPyConnection) -> int:
    """How many accounts `set_review` saw referred on this connection."""
    [(number,)] = connection.execute(READ_COUNT).fetchall()
    return int(number)
