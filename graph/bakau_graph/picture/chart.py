"""What a picture shows: accounts, links among them, protected people as a number, and the words around them. Plain data.

A chart holds what somebody may see already; nothing here knows rights. Texts may be hostile: they are cleaned when they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from bakau.errors import InputError

#: Accounts in one picture at most; a default of ours: beyond that nobody can read it.
MOST_ACCOUNTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account: its surrogate, kind, part (subject, context or neighbour), role, points, and the number in clear where it may be shown."""

    id: str
    kind: str | None = None
    part: str = "context"
    role: str | None = None
    age_state: str | None = None
    points: int | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Transfers of one currency from one account to another; None stands for the bundle of protected accounts.

    `sum_minor` is None when no amount is stated or may be shown; `evidence` counts the transfers a finding rests on.
    """

    src_id: str | None
    dst_id: str | None
    currency: str | None = None
    transfers: int = 0
    sum_minor: int | None = None
    first_ts: str | None = None
    last_ts: str | None = None
    evidence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A whole picture: `protected` accounts form one neutral bundle, `left_out` accounts did not fit, `notes` stand above it, `reasons` below.

    InputError when it holds more than MOST_ACCOUNTS accounts, one of them twice, or a link to an account that is not there.
    """

    title: str
    accounts: tuple[Account, ...]
    links: tuple[Link, ...]
    protected: int = 0
    left_out: int = 0
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    snapshot: str = ""
    run: str | None = None
    purpose: str = ""
    case: str | None = None

    def __post_init__(self) -> None:
        known = {account.id for account in self.accounts}
        if len(self.accounts) > MOST_ACCOUNTS:
            raise InputError(f"a picture holds at most {MOST_ACCOUNTS} accounts")
        if len(known) < len(self.accounts):
            raise InputError("an account stands in the picture twice")
        if {end for link in self.links for end in (link.src_id, link.dst_id)} - known - {None}:
            raise InputError("a link leads to an account that is not in the picture")

    @property
    def has_bundle(self) -> bool:
        """True when protected accounts are drawn, as one bundle."""
        return self.protected > 0 or any(None in (link.src_id, link.dst_id) for link in self.links)
