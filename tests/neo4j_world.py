"""Bring a small made-up world into Neo4j in a few statements, for tests of reading: written apart from `sync`, which has tests of its own."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from hashlib import sha256
from struct import pack

from neo4j_server import empty, shared_server

from bakau_graph.neo4j.session import Session

_LIMIT = 2**63
_NONE = -_LIMIT
CREATE = """
CALL () { UNWIND $accounts AS row CREATE (x:Account:BankAccount) SET x = row WITH x WHERE x.degree >= $row.hub_degree SET x:Hub }
CALL () {
  UNWIND $transfers AS row MATCH (a:Account {key: row.src_key}) MATCH (b:Account {key: row.dst_key})
  CREATE (a)-[:FROM]->(t:Transfer)-[:TO]->(b) SET t = row
}
CALL () {
  UNWIND $paid AS row MATCH (a:Account {key: row.src_key}) MATCH (b:Account {key: row.dst_key}) CREATE (a)-[p:PAID]->(b) SET p = row
}
MERGE (x:Bakau {id: 1}) SET x += $row
"""


def load_world(world, hub_degree: int, packed_above: int | None = None, most_payees: int = 1_000) -> Session:
    """The session of the shared server, holding this world and nothing else. Newest transfers are not packed when there is no bound."""
    workspace, session = shared_server()
    empty(session)
    paid = _paid(world)
    of = {key: [row for row in paid if row["src_key"] == key] for key in world.ids}
    payees = {key: _payees(rows) if len(rows) <= most_payees else {} for key, rows in of.items()}
    parameters = {
        "accounts": [row | _packs(world, row["key"], packed_above) | payees[row["key"]] for row in _accounts(world)],
        "transfers": [_transfer(t) for t in world.transfers],
        "paid": paid,
        "row": _bakau(world, workspace.workspace_id, hub_degree) | {"packed_above": packed_above},
    }
    session.write(CREATE, parameters)
    return session


def _accounts(world) -> list[dict[str, object]]:
    sent, received, times = defaultdict(int), defaultdict(int), defaultdict(list)
    for t in world.transfers:
        sent[t.src] += 1
        received[t.dst] += 1
        times[t.src].append(t.ts_us)
        times[t.dst].append(t.ts_us)
    return [
        {
            "key": key, "id": id_, "kind": "bank_account", "stub": False, "transfers_in": received[key], "transfers_out": sent[key],
            "degree": sent[key] + received[key], "first_us": min(times[key], default=None), "last_us": max(times[key], default=None),
        }
        for key, id_ in world.ids.items()
    ]  # fmt: skip


def _packs(world, key: int, above: int | None) -> dict[str, str]:
    """What is packed of an account's newest transfers, put together pair by pair."""
    found = {}
    for name, own, other in (("newest_sent", "src", "dst"), ("newest_received", "dst", "src")):
        mine = sorted((t for t in world.transfers if getattr(t, own) == key), key=lambda t: (t.ts_us, t.transfer_id), reverse=True)
        if above is None or len(mine) <= above:
            continue
        begin = mine[above - 1].ts_us
        pairs = defaultdict(list)
        for t in mine[:above]:
            pairs[getattr(t, other), t.currency].append(t)
        text = pack(">qqqqqII", 0, 0, 0, 0, begin, 0, 0)
        for (end, currency), some in sorted(pairs.items()):
            if min(t.ts_us for t in mine if (getattr(t, other), t.currency) == (end, currency)) <= begin:
                sums = (_sum(some), max((t.amount for t in some if t.amount is not None), default=_NONE), min(t.ts_us for t in some))
                text += pack(">q", end) + _code(currency) + pack(">qqqII", *sums, len(some), sum(t.amount is None for t in some))
        found[name] = b64encode(text).decode()
    return found


def _sum(transfers) -> int:
    stated = [t.amount for t in transfers if t.amount is not None]
    return sum(stated) if stated and -_LIMIT <= sum(stated) < _LIMIT else _NONE


def _payees(pairs: list[dict[str, object]]) -> dict[str, str]:
    """Whom an account paid, put together pair by pair."""
    payees = repeats = b""
    for row in sorted(pairs, key=lambda row: (row["dst_key"], row["currency"])):
        total, largest = (_NONE if row[name] is None else row[name] for name in ("sum_minor", "max_minor"))
        payees += pack(">qqq", row["dst_key"], row["last_us"], total) + _code(row["currency"]) + pack("B", row["n"] > 1)
        if row["n"] > 1:
            repeats += pack(">IIqq", row["n"], row["null_amounts"], largest, row["first_us"])
    return {name: b64encode(raw).decode() for name, raw in (("payees", payees), ("repeats", repeats)) if raw}


def _code(currency: str) -> bytes:
    return sha256(currency.encode()).digest()[:8]


def _transfer(t) -> dict[str, object]:
    return {
        "id": t.transfer_id.hex(), "src_key": t.src, "dst_key": t.dst, "ts_us": t.ts_us, "time_known": t.time_known,
        "amount_minor": t.amount, "currency": t.currency, "batch": "b1",
    }  # fmt: skip


def _paid(world) -> list[dict[str, object]]:
    pairs = defaultdict(list)
    for t in world.transfers:
        pairs[t.src, t.dst, t.currency].append(t)
    rows = []
    for (src, dst, currency), found in pairs.items():
        stated = [t.amount for t in found if t.amount is not None]
        total = sum(stated) if stated and -_LIMIT <= sum(stated) < _LIMIT else None
        times = [t.ts_us for t in found]
        rows.append(
            {
                "id": sha256(f"{src}|{dst}|{currency}".encode()).hexdigest()[:32], "src_key": src, "dst_key": dst, "currency": currency, "n": len(found), "sum_minor": total,
                "max_minor": max(stated, default=None), "null_amounts": len(found) - len(stated), "first_us": min(times), "last_us": max(times),
            }
        )  # fmt: skip
    return rows


def _bakau(world, workspace_id: str, hub_degree: int) -> dict[str, object]:
    codes = sorted({t.currency for t in world.transfers})
    times = [t.ts_us for t in world.transfers]
    of = {code: [t for t in world.transfers if t.currency == code] for code in codes}
    return {
        "workspace_id": workspace_id, "schema_version": 4, "snapshot_version": 1, "label": world.label, "digest": world.digest, "state": "ready",
        "hub_degree": hub_degree, "built_us": 1, "accounts": len(world.ids), "transfers": len(world.transfers),
        "null_amounts": sum(t.amount is None for t in world.transfers), "first_us": min(times, default=None), "last_us": max(times, default=None),
        "currencies": codes, "currency_transfers": [len(of[code]) for code in codes],
        "currency_null_amounts": [sum(t.amount is None for t in of[code]) for code in codes],
    }  # fmt: skip
