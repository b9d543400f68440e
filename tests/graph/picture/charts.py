"""Charts for the tests of pictures."""

from __future__ import annotations

from bakau_graph.picture import Account, Chart, Link

MADE = "2026-03-01T12:00:00Z"


def account(name: str, **values) -> Account:
    return Account(**{"id": f"acc_{name * 26}"[:30], "kind": "e_wallet", "age_state": "adult_known", **values})


def small_chart(**values) -> Chart:
    """Two payers, a mule with a protected account beside it, a collector."""
    a, b, mule, end = account("a", kind="bank_account"), account("b"), account("m", part="subject", role="mule", points=80), account("z", part="subject", role="facilitator", points=120, age_state="age_unknown")  # fmt: skip
    links = (
        Link(src_id=a.id, dst_id=mule.id, currency="PHP", transfers=3, sum_minor=1_500_050, first_ts="2026-01-02T10:00:00Z", last_ts="2026-01-09", evidence=3),
        Link(src_id=b.id, dst_id=mule.id, currency="USD", transfers=1, sum_minor=4_000, first_ts="2026-01-03T10:00:00Z", last_ts="2026-01-03T10:00:00Z"),
        Link(src_id=mule.id, dst_id=end.id, currency="PHP", transfers=2, sum_minor=1_400_000, first_ts="2026-01-04", last_ts="2026-01-10", evidence=2),
        Link(src_id=mule.id, dst_id=None, transfers=4, evidence=1),
        Link(src_id=end.id, dst_id=mule.id, currency="BTC", transfers=1, sum_minor=150_000_000, first_ts="2026-01-11", last_ts="2026-01-11"),
    )  # fmt: skip
    standard = {
        "title": "Finding f-test: a network with 200 points", "accounts": (end, mule, a, b), "links": links, "protected": 2,
        "notes": ("A network of 2 accounts.",), "reasons": ("NET-02 (version 1.0): observed 2.",), "snapshot": "s3-abcdef", "run": "r-1",
        "purpose": "exploration",
    }  # fmt: skip
    return Chart(**{**standard, **values})


def hostile_chart(text: str) -> Chart:
    """The same text in every field that holds one."""
    ends = [Account(id=text, kind=text, part="subject", role=text, age_state=text, points=1, number=text), account("b", number=text)]
    links = (
        Link(src_id=text, dst_id=ends[1].id, currency=text, transfers=2, sum_minor=5, first_ts=text, last_ts=text, evidence=1),
        Link(src_id=text, dst_id=None, currency=text, transfers=1),
    )
    return Chart(
        title=text, accounts=tuple(ends), links=links, protected=1, notes=(text,), reasons=(text,), snapshot=text, run=text, purpose=text, case=text
    )  # fmt: skip
