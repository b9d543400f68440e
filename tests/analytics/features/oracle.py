"""Every feature once more, in plain Python, as its header says it: loops over the payments of one small case.

`expect(case, clock)` gives, for each column, the value of each key; a key that is not there is null (or 0, where the header says never).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from analytics.features.cases import CHANNELS, Case, protected_parties

from bakau.times import DAY_US, HOUR_US
from bakau_analytics.features.plan import Clock

WINDOWS = {"1h": HOUR_US, "24h": DAY_US, "7d": 7 * DAY_US, "30d": 30 * DAY_US, "90d": 90 * DAY_US}
INTRADAY = ("1h", "24h")


class Book(defaultdict):
    """Column → key → value; a value of None is not written."""

    def __init__(self):
        super().__init__(dict)

    def put(self, column, key, value):
        if value is not None:
            self[column][key] = value


def expect(case: Case, clock: Clock) -> Book:
    seen = [p for p in case.payments if p.status == "settled" and p.src != p.dst and p.known <= clock.as_of_us]
    book = Book()
    ends = {end for p in seen for end in (p.src, p.dst)}
    for key in ends:
        got, gave = [p for p in seen if p.dst == key], [p for p in seen if p.src == key]
        for way, word, rows in (("in", "received", got), ("out", "sent", gave)):
            _crowds(book, key, way, word, rows, clock)
            _gaps(book, key, way, rows, clock)
            _fans(book, key, way, rows, clock)
            _habits(book, key, way, [p for p in rows if p.ts > clock.as_of_us - WINDOWS["90d"]], case)
        _values(book, key, got, gave, clock)
        _dwell(book, key, got, gave, clock)
        _silence(book, key, got + gave, clock)
        _whole(book, key, got, gave, seen)
    _ages(book, case, seen, clock)
    _pairs(book, seen, clock)
    _twins(book, seen, clock)
    _parties(book, case, seen, clock)
    _networks(book, case, seen, clock)
    return book


def frame(rows, end, span):
    return [p for p in rows if end - span < p.ts <= end]


def peak(rows, events, span, clock, measure):
    found = [measure(frame(rows, e.ts, span)) for e in events if e.known > clock.since_us]
    return max(found, default=None)


def timed(rows):
    return [p for p in rows if p.timed]


def ppm(part, whole):
    """A ratio of money: both sides cut by the same number first, so that 64 bits are enough."""
    cut = whole // 10**12 + 1
    return part // cut * 1_000_000 // (whole // cut)


def total(rows):
    return sum(p.amount for p in rows)


def main_currency(rows):
    counts = Counter(p.currency for p in rows)
    return min(counts, key=lambda c: (-counts[c], c)) if counts else None


def _crowds(book, key, way, word, rows, clock):
    for name, span in WINDOWS.items():
        counted = timed(rows) if name in INTRADAY else rows
        book.put(f"{word}_{name}", key, peak(counted, counted, span, clock, len))
    crowded = [
        len(frame(timed(rows), e.ts, DAY_US)) * 1_000_000 // len(frame(rows, e.ts, WINDOWS["30d"]))
        for e in timed(rows)
        if e.known > clock.since_us and len(frame(timed(rows), e.ts, DAY_US)) >= 3
    ]
    book.put(f"burst_{way}_ppm", key, max(crowded, default=None))


def _gaps(book, key, way, rows, clock):
    ordered = sorted(p.ts for p in timed(rows))
    gaps = [b - a for a, b in pairwise(ordered) if b > clock.since_us and b - a <= WINDOWS["90d"]]
    if gaps:
        book.put(f"gap_{way}_shortest", key, min(gaps) // 1_000_000)
        book.put(f"gap_{way}_mean", key, sum(gaps) // len(gaps) // 1_000_000)


def _fans(book, key, way, rows, clock):
    def other(p):
        return p.src if way == "in" else p.dst

    for name in ("7d", "30d", "90d"):
        book.put(f"fan_{way}_{name}", key, peak(rows, rows, WINDOWS[name], clock, lambda f: len({other(p) for p in f})))
    new = []
    for counterparty in {other(p) for p in rows}:
        series = sorted((p for p in rows if other(p) == counterparty), key=lambda p: (p.ts, p.known))
        new += [p for before, p in pairwise([None, *series]) if before is None or p.ts - before.ts > 60 * DAY_US]
    who = "senders" if way == "in" else "receivers"
    book.put(f"new_{who}_30d", key, peak(new, rows, WINDOWS["30d"], clock, len))
    best = [climbs for (src, dst), climbs in _climbs(rows, clock).items() if key == (dst if way == "in" else src)]
    book.put(f"escalation_{way}", key, max(best, default=None))


def _climbs(rows, clock):
    """For each pair the most rises in 90 days."""
    found = {}
    for pair in {(p.src, p.dst) for p in rows if p.amount is not None}:
        mine = [p for p in rows if (p.src, p.dst) == pair and p.amount is not None]
        rises = []
        for currency in {p.currency for p in mine}:
            series = sorted((p for p in mine if p.currency == currency), key=lambda p: (p.ts, p.known, p.amount))
            rises += [b for a, b in pairwise(series) if b.amount > a.amount and b.ts - a.ts <= 20 * DAY_US]
        found[pair] = peak(rises, mine, WINDOWS["90d"], clock, len)
    return {pair: climbs for pair, climbs in found.items() if climbs is not None}


def _values(book, key, got, gave, clock):
    priced = [p for p in got + gave if p.amount is not None]
    currency = main_currency([p for p in priced if p.known > clock.since_us])
    mine = [p for p in priced if p.currency == currency]
    for name in ("24h", "7d", "30d"):
        span = WINDOWS[name]
        for way, rows in (("in", [p for p in mine if p.dst == key]), ("out", [p for p in mine if p.src == key])):
            if name in INTRADAY:
                book.put(f"value_{way}_{name}", key, peak(timed(rows), timed(mine), span, clock, total))
            else:
                book.put(f"value_{way}_{name}", key, peak(rows, mine, span, clock, total))
    for name in ("24h", "7d"):
        counted = timed(mine) if name in INTRADAY else mine

        def passed(rows):
            into, out = total([p for p in rows if p.dst == key]), total([p for p in rows if p.src == key])
            return ppm(min(out, into), into) if into else 0

        book.put(f"pass_through_ppm_{name}", key, peak(counted, [p for p in counted if p.src == key], WINDOWS[name], clock, passed))
    recent = [p for p in priced if p.ts > clock.as_of_us - WINDOWS["90d"]]
    currency = main_currency(recent)
    for name in ("7d", "30d", "90d"):
        rows = [p for p in recent if p.currency == currency and p.ts > clock.as_of_us - WINDOWS[name]]
        into, out = total([p for p in rows if p.dst == key]), total([p for p in rows if p.src == key])
        book.put(f"retention_ppm_{name}", key, ppm(max(into - out, 0), into) if into else None)


def _dwell(book, key, got, gave, clock):
    waits = []
    for p in timed(gave):
        before = [q.ts for q in timed(got) if p.ts - WINDOWS["7d"] < q.ts <= p.ts]
        if before and p.known > clock.since_us:
            waits.append(p.ts - max(before))
    if waits:
        book.put("dwell_shortest", key, min(waits) // 1_000_000)
        book.put("dwell_mean", key, sum(waits) // len(waits) // 1_000_000)


def _silence(book, key, rows, clock):
    ordered = sorted(rows, key=lambda p: (p.ts, p.known))
    gaps = [b.ts - a.ts for a, b in pairwise(ordered) if b.known > clock.since_us and b.ts - a.ts <= WINDOWS["90d"]]
    book.put("silence_days", key, max(gaps) // DAY_US if gaps else None)
    recent = [p.ts for p in rows if p.ts > clock.as_of_us - WINDOWS["90d"]]
    book.put("dormant_days", key, (clock.as_of_us - max(recent)) // DAY_US if recent else None)


def _habits(book, key, way, rows, case):
    if not rows:
        return
    count = len(rows)
    near = [(p.dst_country, p.dst_outlet) if way == "in" else (p.src_country, p.src_outlet) for p in rows]
    far = [p.src_country if way == "in" else p.dst_country for p in rows]
    hours = [p.hour for p in rows if p.hour is not None]
    amounts = [(p.currency, p.amount) for p in rows if p.amount is not None]
    corridors = [(a, b) for (a, _), b in zip(near, far, strict=True) if a and b]
    book.put(f"night_ppm_{way}", key, sum(h >= 22 or h < 6 for h in hours) * 1_000_000 // len(hours) if hours else None)
    book.put(f"round_ppm_{way}", key, sum(a % 1000 == 0 for _, a in amounts) * 1_000_000 // len(amounts) if amounts else None)
    book.put(f"price_points_{way}", key, len(set(amounts)) or None)
    book.put(f"commonest_amount_ppm_{way}", key, max(Counter(amounts).values()) * 1_000_000 // len(amounts) if amounts else None)
    book.put(f"countries_{way}", key, len({b for a, b in corridors if a != b}))
    book.put(f"cross_border_ppm_{way}", key, sum(a != b for a, b in corridors) * 1_000_000 // len(corridors) if corridors else None)
    book.put(f"outlets_{way}", key, len({o for _, o in near if o}))
    for name, values in (("top_country_ppm", [f for f in far if f]), ("top_outlet_ppm", [o for _, o in near if o])):
        book.put(f"{name}_{way}", key, max(Counter(values).values()) * 1_000_000 // len(values) if values else None)
    book.put(f"rails_{way}", key, len({p.channel for p in rows}))
    for channel in CHANNELS:
        book.put(f"rails_{way}_ppm_{channel}", key, sum(p.channel == channel for p in rows) * 1_000_000 // count)
    slots = Counter(slot for p in rows for account, slot in case.exposed if account == (p.src if way == "in" else p.dst))
    for slot in (1, 2, 3, 4):
        book.put(f"exposed_{way}_{slot}", key, slots[slot] if slots else None)


def _whole(book, key, got, gave, seen):
    """The features without a bounded window."""
    book.put("payments_in", key, len(got))
    book.put("payments_out", key, len(gave))
    book.put("senders", key, len({p.src for p in got}))
    book.put("receivers", key, len({p.dst for p in gave}))
    every = [p.ts for p in got + gave]
    book.put("active_days", key, (max(every) - min(every)) // DAY_US + 1)
    pairs = {(p.src, p.dst) for p in seen}
    paid = {p.dst for p in gave}
    book.put("reciprocity_ppm", key, sum((b, key) in pairs for b in paid) * 1_000_000 // len(paid) if paid else None)
    months = [len({p.ts // (30 * DAY_US) for p in gave if p.dst == b}) >= 2 for b in paid]
    book.put("repeat_payees_ppm", key, sum(months) * 1_000_000 // len(months) if months else None)
    followed = [any(q.timed and 0 <= q.ts - p.ts <= DAY_US for q in gave) for p in timed(got)]
    book.put("onward_24h_ppm", key, sum(followed) * 1_000_000 // len(followed) if followed else None)
    prices = Counter((p.currency, p.amount) for p in got if p.amount is not None)
    book.put("top_amounts_ppm", key, sum(sorted(prices.values())[-3:]) * 1_000_000 // sum(prices.values()) if prices else None)
    abroad = {p.src_country for p in got if p.src_country and p.dst_country and p.src_country != p.dst_country}
    book.put("corridors", key, len(abroad) or None)
    instants = {p.ts for p in got} | {p.ts + WINDOWS["30d"] for p in got}
    most = max((len({p.src for p in got if t - WINDOWS["30d"] <= p.ts <= t}) for t in instants), default=None)
    book.put("senders_30d", key, most)
    for name, rows in (("burst_sent_24h", gave), ("burst_received_24h", got)):
        runs = [sum((q.src, q.dst) == (p.src, p.dst) and 0 <= p.ts - q.ts < DAY_US for q in rows) for p in rows]
        book.put(name, key, max(runs, default=None))
    priced = [p for p in got if p.amount is not None and p.amount > 0]
    if priced:
        currency = main_currency(priced)
        into, out = (sum(p.amount for p in rows if p.amount is not None and p.currency == currency) for rows in (got, gave))
        book.put("passed_on_ppm", key, 4_000_000 if out >= into * 4 else out // (into // 1_000_000 + 1))


def _ages(book, case, seen, clock):
    for key, (opened, _) in case.accounts.items():
        if opened is None:
            continue
        book.put("account_age_days", key, (clock.as_of_us - opened) // DAY_US if opened <= clock.as_of_us else None)
        first = min((p.ts for p in seen if p.dst == key and p.ts > clock.as_of_us - WINDOWS["90d"]), default=None)
        book.put("first_receipt_days", key, (first - opened) // DAY_US if first is not None and opened <= first else None)
    tiers = defaultdict(list)
    for (party, account), (since, until) in case.holdings:
        level = case.parties.get(party)
        if _holds(since, until, clock) and level in ("0", "1", "2", "3", "4"):
            tiers[account].append(int(level))
    for account, levels in tiers.items():
        book.put("kyc_tier", account, min(levels))


def _holds(since, until, clock):
    return (since is None or since <= clock.as_of_us) and (until is None or until > clock.as_of_us)


def _pairs(book, seen, clock):
    climbs = _climbs(seen, clock)
    for pair in {(p.src, p.dst) for p in seen}:
        rows = [p for p in seen if (p.src, p.dst) == pair]
        for name in ("24h", "7d", "30d"):
            counted = timed(rows) if name in INTRADAY else rows
            book.put(f"pair_payments_{name}", pair, peak(counted, counted, WINDOWS[name], clock, len))
        ordered = sorted(rows, key=lambda p: (p.ts, p.known))
        gaps = [b.ts - a.ts for a, b in pairwise(ordered) if b.known > clock.since_us and b.ts - a.ts <= WINDOWS["90d"]]
        if gaps:
            book.put("pair_gap_days_shortest", pair, min(gaps) // DAY_US)
            book.put("pair_gap_days_mean", pair, sum(gaps) // len(gaps) // DAY_US)
        book.put("pair_escalation", pair, climbs.get(pair))
        priced = [p for p in rows if p.amount is not None]
        currency = main_currency([p for p in priced if p.known > clock.since_us])
        mine = [p for p in priced if p.currency == currency]
        book.put("pair_value_30d", pair, peak(mine, mine, WINDOWS["30d"], clock, total))
        recent = [p for p in seen if p.ts > clock.as_of_us - WINDOWS["90d"]]
        own = sum((p.src, p.dst) == pair for p in recent)
        if own:
            book.put("pair_share_ppm_of_sent", pair, own * 1_000_000 // sum(p.src == pair[0] for p in recent))
            book.put("pair_share_ppm_of_received", pair, own * 1_000_000 // sum(p.dst == pair[1] for p in recent))


def _twins(book, seen, clock):
    recent = [p for p in seen if p.ts > clock.as_of_us - WINDOWS["90d"]]
    senders, receivers = defaultdict(set), defaultdict(set)
    for p in recent:
        senders[p.dst].add(p.src)
        receivers[p.src].add(p.dst)
    for one, mine in senders.items():
        shared = {other: len({s for s in mine & theirs if len(receivers[s]) <= 30}) for other, theirs in senders.items() if other != one}
        shared = {other: n for other, n in shared.items() if n}
        if shared:
            book.put("shared_senders", one, max(shared.values()))
            book.put("co_sender_ppm", one, max(n * 1_000_000 // (len(mine) + len(senders[other]) - n) for other, n in shared.items()))


def _parties(book, case, seen, clock):
    recent = [p for p in seen if p.ts > clock.as_of_us - WINDOWS["90d"]]
    held = defaultdict(set)
    for (party, account), (since, until) in case.holdings:
        if _holds(since, until, clock) and account not in case.protected:
            held[party].add(account)
    for party, accounts in held.items():
        book.put("party_accounts_number", party, len(accounts))
        book.put("party_accounts_institutions", party, len({case.accounts[a][1] for a in accounts} - {None}))
        got = [p for p in recent if p.dst in accounts and p.src not in accounts]
        gave = [p for p in recent if p.src in accounts and p.dst not in accounts]
        if got or gave:
            book.put("party_payments_in", party, len(got))
            book.put("party_payments_out", party, len(gave))
            book.put("party_counterparties_in", party, len({p.src for p in got}))
            book.put("party_counterparties_out", party, len({p.dst for p in gave}))


def _networks(book, case, seen, clock):
    recent = [p for p in seen if p.ts > clock.as_of_us - WINDOWS["90d"]]
    for network in {n for n, _ in case.members}:
        own = {account for n, account in case.members if n == network}
        inside = [p for p in recent if p.src in own and p.dst in own]
        got = [p for p in recent if p.dst in own and p.src not in own]
        gave = [p for p in recent if p.src in own and p.dst not in own]
        if not inside + got + gave:
            continue
        book.put("network_members", network, len({end for p in inside + got + gave for end in (p.src, p.dst)} & own))
        for name, rows in (("inside", inside), ("in", got), ("out", gave)):
            book.put(f"network_payments_{name}", network, len(rows))
        book.put("network_outside_senders", network, len({p.src for p in got}))
        book.put("network_outside_receivers", network, len({p.dst for p in gave}))
        fed = defaultdict(set)
        for p in got:
            fed[p.src].add(p.dst)
        book.put("network_shared_senders", network, sum(len(members) >= 2 for members in fed.values()) if fed else None)
        priced = [p for p in got + gave if p.amount is not None]
        counts = {c: sum(p.currency == c for p in got if p.amount is not None) for c in {p.currency for p in priced}}
        if counts:
            currency = min(counts, key=lambda c: (-counts[c], c))
            into, out = (total([p for p in rows if p.amount is not None and p.currency == currency]) for rows in (got, gave))
            book.put("network_retention_ppm", network, ppm(max(into - out, 0), into) if into else None)


def smallest_amounts(cases: list[Case], clock: Clock) -> dict[int, int]:
    """The one feature that compares with everybody: the rank of an account's smallest payment in its currency."""
    seen = [
        p
        for case in cases
        for p in case.payments
        if p.status == "settled" and p.src != p.dst and p.known <= clock.as_of_us and p.amount is not None
    ]
    counts = defaultdict(Counter)
    for p in seen:
        counts[p.currency][p.amount] += 1
    rank = {}
    for currency, amounts in counts.items():
        below = 0
        for amount in sorted(amounts):
            rank[currency, amount] = below * 1_000_000 // sum(amounts.values())
            below += amounts[amount]
    least: dict[tuple[int, str], int] = {}
    for p in seen:
        for end in (p.src, p.dst):
            least[end, p.currency] = min(p.amount, least.get((end, p.currency), p.amount))
    found: dict[int, int] = {}
    for (end, currency), amount in least.items():
        found[end] = min(rank[currency, amount], found.get(end, 10**9))
    return found


def has_row(grain: str, key, cases_by_number: dict[int, Case], stride: int) -> bool:
    """Whether a key may carry a number: no protected account, no pair with one, no protected party."""
    case = cases_by_number[(key[0] if isinstance(key, tuple) else key) // stride]
    if grain == "party":
        return key not in protected_parties([case])
    return not ({key} if grain == "account" else set(key) if grain == "pair" else set()) & case.protected
