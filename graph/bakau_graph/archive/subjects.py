"""From what a person types to a subject: a full account or party id, or a beginning of one that is unique."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau.errors import InputError, NotFoundError
from bakau.ids import Realm

if TYPE_CHECKING:
    from bakau_graph.archive.snapshot import Snapshot

_FIND = {
    Realm.ACCOUNT: "SELECT DISTINCT account_id, account_key FROM raw_account WHERE starts_with(account_id, $beginning) LIMIT 2",
    Realm.PARTY: "SELECT DISTINCT party_id, party_key FROM raw_party WHERE starts_with(party_id, $beginning) LIMIT 2",
}

#: Shorter beginnings are refused: a typing slip must not mark the wrong person.
SHORTEST = 12


@dataclass(frozen=True, slots=True)
class FoundSubject:
    """An account or party of a snapshot."""

    realm: Realm
    id: str
    key: int


def find_subject(snapshot: Snapshot, text: str) -> FoundSubject:
    """The account or party whose id is, or begins with, `text`; InputError when that is no id, NotFoundError when none or several."""
    realm = next((realm for realm in (Realm.ACCOUNT, Realm.PARTY) if text.startswith(realm.prefix)), None)
    if realm is None or len(text) < SHORTEST:
        raise InputError("not an account or party id", hint=f"acc_… or par_…, at least {SHORTEST} characters (bakau find)")
    with snapshot.connect(protection=False) as connection:
        rows = connection.execute(_FIND[realm], {"beginning": text}).fetchall()
    if len(rows) != 1:
        raise NotFoundError(f"no such {realm.value}" if not rows else f"more than one {realm.value} has an id that begins so", hint="bakau find")
    return FoundSubject(realm, rows[0][0], rows[0][1])
