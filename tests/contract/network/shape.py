"""A network's answers in the oracle's form."""

from __future__ import annotations


def sums(rows):
    return tuple((each.currency, each.transfers, each.sum_minor, each.max_minor, each.null_amounts) for each in rows)


def about(answer):
    return {"left_out": answer.left_out, "exact": answer.left_out_is_exact, "nulls": answer.null_amounts}


def neighbours(answer):
    rows = [
        (n.account_key, str(n.direction), n.transfers, sums(n.sums), n.first_us, n.last_us, n.newest, n.is_hub) for n in answer.neighbours
    ]
    return {"rows": rows, "not_examined": answer.not_examined, **about(answer)}


def transfers(answer):
    return {"rows": answer.transfers["transfer_id"].to_pylist(), **about(answer)}


def paths(answer):
    rows = [(path.account_keys, tuple((sums(hop.forward), sums(hop.backward)) for hop in path.hops)) for path in answer.paths]
    assert all(
        (hop.src_key, hop.dst_key) == pair
        for path in answer.paths
        for hop, pair in zip(path.hops, zip(path.account_keys, path.account_keys[1:], strict=False), strict=True)
    )
    return {"rows": rows, "hubs": answer.hubs_not_crossed, **about(answer)}


def timed_path(answer):
    rows = [(hop.transfer_id, hop.src_key, hop.dst_key, hop.at_us) for hop in answer.hops]
    return {"rows": rows, "arrival": answer.arrival_us, "date_only": answer.uses_date_only, "hubs": answer.hubs_not_crossed}


def subgraph(answer):
    entities = [tuple(row.values()) for row in answer.entities.drop_columns("kind").to_pylist()]
    links = [tuple(row.values()) for row in answer.links.to_pylist()]
    return {"entities": entities, "links": links, "hubs": answer.hubs_not_expanded, **about(answer)}
