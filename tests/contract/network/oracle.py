"""What every network must answer, by brute force over Python lists. Written from docs/network.md, sharing no code with any network.

Answers are plain tuples and dicts; `shape.py` brings a network's answers into the same form.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, permutations

from contract.network.world import Transfer, World

from bakau.times import DAY_US
from bakau_graph.network import Bounds


class Oracle:
    def __init__(self, world: World, bounds: Bounds):
        self.world, self.bounds = world, bounds
        self.order = sorted(world.transfers, key=lambda t: (t.ts_us, t.transfer_id))
        self.place = {t.transfer_id: at for at, t in enumerate(self.order)}
        self.degree = defaultdict(int)
        for t in world.transfers:
            self.degree[t.src] += 1
            self.degree[t.dst] += 1

    # --- pieces -------------------------------------------------------------------------------------------------------

    def is_hub(self, key):
        return self.degree[key] >= self.bounds.hub_degree

    def window(self, since_us=None, until_us=None):
        return [t for t in self.order if (since_us is None or t.ts_us >= since_us) and (until_us is None or t.ts_us < until_us)]

    @staticmethod
    def of_currency(transfers, currency):
        return [t for t in transfers if currency is None or t.currency == currency]

    def fits(self, transfers, currency, min_minor):
        of = self.of_currency(transfers, currency)
        return [t for t in of if min_minor is None or (t.amount is not None and t.amount >= min_minor)]

    def nulls(self, transfers, currency):
        return sum(t.amount is None for t in self.of_currency(transfers, currency))

    def capped(self, count):
        count = max(0, count)
        return min(count, self.bounds.counted), count <= self.bounds.counted

    @staticmethod
    def sums(transfers):
        found = []
        for currency in sorted({t.currency for t in transfers}):
            of = [t for t in transfers if t.currency == currency]
            stated = [t.amount for t in of if t.amount is not None]
            found.append((currency, len(of), sum(stated), max(stated, default=None), len(of) - len(stated)))
        return tuple(found)

    # --- operations ---------------------------------------------------------------------------------------------------

    def find_accounts(self, prefix, limit):
        found = sorted((id_, key) for key, id_ in self.world.ids.items() if id_.startswith(prefix))
        return [key for _, key in found[:limit]], self.capped(len(found) - limit)

    def hubs(self, limit, min_degree):
        found = [key for key in self.world.ids if self.degree[key] >= min_degree]
        found.sort(key=lambda key: (-self.degree[key], self.world.ids[key]))
        return found[:limit], self.capped(len(found) - limit)

    def neighbours(self, key, *, direction, since_us, until_us, min_minor, currency, limit, order):
        groups, nulls, unseen = defaultdict(list), 0, 0
        for way in ("in", "out"):
            if direction not in (way, "both"):
                continue
            mine = [t for t in self.window(since_us, until_us) if (t.src if way == "out" else t.dst) == key]
            if min_minor is None and currency is None and order == "newest":
                examined = mine[-self.bounds.examined :]
                unseen += len(mine) - len(examined)
                mine = examined
            nulls += self.nulls(mine, currency)
            for t in self.fits(mine, currency, min_minor):
                groups[t.dst if way == "out" else t.src, way].append(t)

        def rank(group):
            (other, way), transfers = group
            first = -self.place[transfers[-1].transfer_id] if order == "newest" else -sum(t.amount or 0 for t in transfers)
            return first, self.world.ids[other], way

        ranked = sorted(groups.items(), key=rank)
        rows = [
            (other, way, len(ts), self.sums(ts), ts[0].ts_us, ts[-1].ts_us, tuple(t.transfer_id for t in ts[:-4:-1]), self.is_hub(other))
            for (other, way), ts in ranked[:limit]
        ]
        left_out, exact = self.capped(len(ranked) - limit)
        return {"rows": rows, "left_out": left_out, "exact": exact and not unseen, "nulls": nulls, "not_examined": unseen}

    def transfers_between(self, a, b, *, direction, since_us, until_us, min_minor, currency, limit, order):
        ways = {(a, b)} if direction == "out" else {(b, a)} if direction == "in" else {(a, b), (b, a)}
        mine = [t for t in self.window(since_us, until_us) if (t.src, t.dst) in ways]
        fit = self.fits(mine, currency, min_minor)[::-1]
        if order == "largest":
            fit.sort(key=lambda t: (t.amount is None, -(t.amount or 0)))
        left_out, exact = self.capped(len(fit) - limit)
        return {"rows": [t.transfer_id for t in fit[:limit]], "left_out": left_out, "exact": exact, "nulls": self.nulls(mine, currency)}

    def find_paths(self, a, b, *, max_hops, limit, direction, since_us, until_us, min_minor, currency, include_hubs):
        inside = self.window(since_us, until_us)
        links = defaultdict(list)
        for t in inside:
            if direction != "in":
                links[t.src, t.dst].append((t, "forward"))
            if direction != "out":
                links[t.dst, t.src].append((t, "backward"))
        steps = {pair for pair, found in links.items() if self.fits([t for t, _ in found], currency, min_minor)}
        between = [key for key in self.world.ids if key not in (a, b) and (include_hubs or not self.is_hub(key))]
        paths = []
        for inner in range(max_hops):
            for middle in permutations(between, inner):
                nodes = (a, *middle, b)
                if all(pair in steps for pair in pairwise(nodes)):
                    paths.append(nodes)
        paths.sort(key=lambda nodes: (len(nodes), [self.world.ids[key] for key in nodes]))
        shown = paths[:limit]
        pairs = {pair for nodes in shown for pair in pairwise(nodes)}
        hops = {
            pair: tuple(
                self.sums(self.fits([t for t, way in links[pair] if way == wanted], currency, min_minor))
                for wanted in ("forward", "backward")
            )
            for pair in pairs
        }
        counted = {t.transfer_id: t for pair in pairs for t, _ in links[pair]}
        left_out, exact = self.capped(len(paths) - limit)
        return {
            "rows": [(nodes, tuple(hops[pair] for pair in pairwise(nodes))) for nodes in shown],
            "left_out": left_out,
            "exact": exact,
            "nulls": self.nulls(counted.values(), currency),
            "hubs": 0 if include_hubs else len(self._hubs_met(a, b, steps, max_hops)),
        }

    def _hubs_met(self, a, b, steps, max_hops):
        """Hubs within max_hops - 1 of a, not passing a hub or b."""
        layer, seen, hubs = {a}, {a}, set()
        for _ in range(max_hops - 1):
            layer = {y for x, y in steps if x in layer} - seen
            seen |= layer
            hubs |= {key for key in layer if self.is_hub(key) and key != b}
            layer -= hubs | {b}
        return hubs

    def timed_path(self, a, b, *, since_us, until_us, min_minor, currency, strict, max_hops, include_hubs):
        """Every chain of transfers, tried one by one; instants assigned as early as possible."""
        usable = self.fits(self.window(since_us, until_us), currency, min_minor)
        walls = set() if include_hubs else {key for key in self.world.ids if self.is_hub(key)} - {a, b}
        found, arrivals = [], {}

        def extend(chain: list[Transfer], instants: list[int], node: int):
            if node == b:
                found.append(
                    (instants[-1], len(chain), [(self.world.ids[t.dst], self.place[t.transfer_id]) for t in chain], chain, instants)
                )
                return
            if len(chain) == max_hops or (node in walls):
                return
            for t in usable:
                if t.src != node or t.dst == a or t.dst in {x.dst for x in chain}:
                    continue
                last = t.ts_us if t.time_known else t.ts_us + DAY_US - 1
                earliest = max(t.ts_us, instants[-1] + strict) if instants else t.ts_us
                if earliest <= last:
                    if t.dst in walls and len(chain) + 1 < max_hops:
                        arrivals[t.dst] = min(earliest, arrivals.get(t.dst, earliest))
                    extend([*chain, t], [*instants, earliest], t.dst)

        extend([], [], a)
        best = min(found, key=lambda each: each[:3], default=None)
        met = sum(best is None or arrival <= best[0] for arrival in arrivals.values())
        if best is None:
            return {"rows": [], "arrival": None, "date_only": False, "hubs": met}
        chain, instants = best[3], best[4]
        rows = [(t.transfer_id, t.src, t.dst, at) for t, at in zip(chain, instants, strict=True)]
        return {"rows": rows, "arrival": best[0], "date_only": any(not t.time_known for t in chain), "hubs": met}

    def subgraph(self, seeds, *, hops, direction, since_us, until_us, min_minor, currency, max_entities, include_hubs):
        inside = self.window(since_us, until_us)
        sent = {key: [t for t in inside if t.src == key] for key in self.world.ids}
        received = {key: [t for t in inside if t.dst == key] for key in self.world.ids}
        cap = self.bounds.per_account
        seeds = sorted(set(seeds), key=lambda key: self.world.ids[key])
        reached, frontier = [(key, 0) for key in seeds], seeds
        for distance in range(1, hops + 1):
            newest: dict[int, int] = {}
            known = {key for key, _ in reached}
            for key in frontier:
                ways = [(t, t.dst) for t in sent[key][-cap:] if direction != "in"] + [
                    (t, t.src) for t in received[key][-cap:] if direction != "out"
                ]
                for t, other in ways:
                    if other not in known and self.fits([t], currency, min_minor):
                        newest[other] = max(newest.get(other, -1), self.place[t.transfer_id])
            layer = sorted(newest, key=lambda key: -newest[key])
            reached += [(key, distance) for key in layer]
            frontier = [key for key in layer if include_hubs or not self.is_hub(key)]
        kept = reached[:max_entities]
        reach = reached[max_entities][1] if len(reached) > max_entities else hops
        nodes = [key for key, _ in kept]
        looked_at = {t.transfer_id: t for key in nodes for t in sent[key][-cap:] + received[key][-cap:]}
        among = sorted((t for t in looked_at.values() if t.src in nodes and t.dst in nodes), key=lambda t: self.place[t.transfer_id])
        beyond = {key: (max(0, len(sent[key]) - cap), max(0, len(received[key]) - cap)) for key in nodes}

        def passes(key, distance):
            return include_hubs or not self.is_hub(key) or distance == 0

        entities = [
            (key, self.world.ids[key], distance, self.is_hub(key), passes(key, distance) and distance < reach, sum(beyond[key]))
            for key, distance in kept
        ]
        links = []
        for src in nodes:
            for dst in nodes:
                fit = self.fits([t for t in among if (t.src, t.dst) == (src, dst)], currency, min_minor)
                for code, n, total, largest, unstated in self.sums(fit):
                    times = [t.ts_us for t in fit if t.currency == code]
                    partial = beyond[src][0] > 0 and beyond[dst][1] > 0
                    links.append((src, dst, code, n, None if largest is None else total, largest, unstated, times[0], times[-1], partial))
        left_out, exact = self.capped(len(reached) - max_entities)
        return {
            "entities": entities,
            "links": links,
            "left_out": left_out,
            "exact": exact,
            "nulls": self.nulls(among, currency),
            "hubs": sum(self.is_hub(key) and not passes(key, distance) and distance < reach for key, distance in kept),
        }
