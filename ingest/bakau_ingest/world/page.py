"""The page about the world (docs/world.md), written from its distributions so that it cannot go stale.

One command writes it anew: ``python -m bakau_ingest.world.page``. A test compares the page with `render_page`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakau_ingest.world import columns, lookalikes, ordinary, population
from bakau_ingest.world.distributions import CONSUMER_AGES, CONSUMER_MEN, CORRIDORS, FIGURES, LAWS, SOURCES
from bakau_ingest.world.files import DIRTY_SHARE, WORLD_VERSION
from bakau_ingest.world.habits import ORDINARY
from bakau_ingest.world.make import ACCOUNTS_PER_NETWORK, BLOCK, TURNS
from bakau_ingest.world.other_forms import FORMS
from bakau_ingest.world.rails import RAILS
from bakau_ingest.world.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Where the page lies in a checkout.
PAGE = Path(__file__).resolve().parents[3] / "docs" / "world.md"

_HEAD = f"""# The synthetic world

Written from `ingest/bakau_ingest/world/` by `python -m bakau_ingest.world.page`; do not edit. World version {WORLD_VERSION}.

Nobody in it exists. It is made to be as hard as life: its figures are the published ones where there are any, the innocent look-alikes are made by the
same functions as the guilty groups, and the truth lies apart.

```
bakau world make W --accounts 100000 --seed 1    the world in W, the truth in W.truth
bakau world check W                              published, drawn and band side by side; refuses a world that is too easy
bakau world exam E --seed 42                     habits drawn from wide priors at this moment: nobody has tuned on them
bakau world make W --as files                    as the rails write: CSV in several manners, camt.053, MT940, a workbook, a goAML report, with junk in it
bakau world make W --institution PH-WALLET-1     the same world as one institution sees it
bakau ingest W                                   loads either form through the checks, with the mappings beside the files
```

The same seed and version give the same bytes. Every part and every block of {BLOCK:,} accounts has a random stream of its own; memory holds the
population and one block. Detection may not import any of this (a contract of import-linter, and a test that reads the packs and tests).

## What is planted

One network for about {ACCOUNTS_PER_NETWORK:,.0f} accounts when `--networks` is not given; the least is four, so a small world is denser than life. Of {len(TURNS)} networks in turn
{", ".join(f"{TURNS.count(name)} {name}" for name in dict.fromkeys(TURNS))}. A **planted network** is its receiving core: facilitators, organisers, sweepers, mules, vendors, cash-out accounts. Consumers are
labelled apart and may belong to several networks. Protected people and people who are extorted have no row among the networks: they are counted in
`victims.csv`, by pseudonym, with no number beside it.

* **live stream**: facilitators whom consumers abroad pay, who share consumers. At least every second network receives on the account of a child, one held
  together or a relative's, which an adult sweeps within hours; some forward to an organiser; {ORDINARY.displaced:.0%} lose their accounts and go on with new ones.
* **sextortion**: young people pay growing demands within three days into mule accounts that live for weeks and pass the money on within hours.
* **commerce**: vendors who rotate addresses, consolidate weekly, cash out at exchanges, swaps and mixers; some take gift cards.
* **platform gifts**: adults give to a minor on a platform, an adult takes the pay-out.
* **mule chains**, and AMLSim's plain shapes: {", ".join(shape.replace("_", "-") for shape in SHAPES)}.
"""


def render_page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_laws(), *_figures(), *_lookalikes(), *_rest()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


def _laws() -> Iterable[str]:
    yield "## Distributions\n"
    yield "Grades: V read in the public source named, M a fit of ours to a published figure, D a default of ours.\n"
    yield from _table(
        ("name", "of what", "law", "grade", "source", "fit"),
        ((f"`{law.name}`", law.meaning, law.law.words, law.grade, SOURCES[law.source], law.fit) for law in LAWS),
    )
    corridors = ", ".join(f"{code} {weight:g}" for code, weight in CORRIDORS.items())
    lowest, usual, highest = CONSUMER_AGES
    yield f"Corridors into the Philippines: {corridors}. US, AU and GB are published ({SOURCES['amlc2026']}); the other countries are named without a figure.\n"
    yield f"Consumers: {CONSUMER_MEN:.0%} men; ages triangular, {lowest} to {highest}, most at {usual}.\n"


def _figures() -> Iterable[str]:
    yield "## Figures that a world is held to\n"
    yield "`bakau world check` counts them in the transfers and the truth of a world. With fewer observations than the last column the band is wider by the square root of what is missing.\n"
    yield from _table(
        ("name", "of what", "published", "band", "grade", "source", "observations"),
        (
            (
                f"`{one.name}`",
                one.meaning,
                one.published,
                f"{one.low:,g} to {one.high:,g}",
                one.grade,
                SOURCES[one.source],
                str(one.observations),
            )
            for one in FIGURES
        ),
    )


def _lookalikes() -> Iterable[str]:
    yield "## Look-alikes\n"
    yield "All are defaults of ours. `rate` is receivers per 10,000 accounts; in columns of shares each receiver draws its own.\n"
    yield from _table(
        ("kind", "rate", "payers", "payments of each", "US dollars", "days apart", "at night", "at few prices", "out within a day"),
        (
            (kind.replace("_", " "), f"{manner.rate * 10_000:g}", manner.payers.words, manner.payments.words, manner.usd.words, manner.gap_days.words, manner.night.words, manner.on_point.words, manner.cash_out.words)
            for kind, manner in (lookalikes.ABROAD | lookalikes.NEARBY).items()
        ),
    )  # fmt: skip
    yield f"Besides: savings circles ({lookalikes.CIRCLES * 10_000:g}), shops and streams that take coins ({lookalikes.COIN_SHOPS * 10_000:g}). Romance fraud is a crime, but another one.\n"


def _rest() -> Iterable[str]:
    yield "## Ordinary life\n"
    yield f"Wages, rent, shopping, friends, families abroad, cards, games and coins; {population.MIGRANTS:.0%} of people abroad support a relative at home. Habits change over the year: other shops and friends after half of it, new employers, busy months, accounts that open ({population.FRESH:.0%}). Payments in 180 days: shopping {ordinary.SHOPPING:g} an account, friends {ordinary.FRIENDS:g}, cards {ordinary.CARDS:g} a card.\n"  # fmt: skip
    yield "## Rails\n"
    yield from _table(
        ("file", "from", "to", "channel", "time"),
        ((rail.name, rail.src, rail.dst, rail.channel, "the sender's clock and zone" if rail.local_time else "UTC") for rail in RAILS),
    )
    others = ", ".join(f"{form.institution} (`{form.file}`)" for form in FORMS)
    yield f"With `--as files` {len(FORMS)} institutions write no CSV: {others}. Each payment still stands in one file.\n"
    yield f"Missing as in life: {columns.NO_OPENING:.0%} of opening days, {columns.NO_COUNTRY:.0%} of countries, {columns.NO_BIRTH:.0%} of birth dates, {columns.NO_MCC:.0%} of merchant codes; {columns.FAILED:.1%} of transfers failed, {columns.REVERSED:.1%} were reversed, {DIRTY_SHARE:.2%} of records are spoilt."  # fmt: skip
    yield ""


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
