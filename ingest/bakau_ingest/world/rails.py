"""The rails of the world: which file a payment lands in, how its institution writes it, and the institutions themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau_ingest.world.places import COUNTRIES
from bakau_ingest.world.population import SCHEME_NAMES, Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rail:
    """One transfer file: the numberings it joins, whether it crosses a border (None: either), its channel, whether it states local time."""

    name: str
    src: str
    dst: str
    abroad: bool | None
    channel: str
    local_time: bool = True
    has_group: bool = False
    has_outlets: bool = False


RAILS = (
    Rail("bank_transfers", "iban", "iban", abroad=False, channel="bank", local_time=False),
    Rail("wallet_transfers", "phone", "phone", abroad=False, channel="e_wallet"),
    Rail("wallet_top_ups", "iban", "phone", abroad=False, channel="e_wallet"),
    Rail("wallet_withdrawals", "phone", "iban", abroad=False, channel="e_wallet"),
    Rail("remittances_to_wallets", "iban", "phone", abroad=True, channel="remittance", has_outlets=True),
    Rail("remittances_to_accounts", "iban", "iban", abroad=True, channel="remittance", has_outlets=True),
    Rail("remittances_from_wallets", "phone", "iban", abroad=True, channel="remittance", has_outlets=True),
    Rail("remittances_between_wallets", "phone", "phone", abroad=True, channel="remittance", has_outlets=True),
    Rail("crypto_transfers", "crypto:BTC", "crypto:BTC", abroad=None, channel="crypto", local_time=False, has_group=True),
    Rail("crypto_ether_transfers", "crypto:ETH", "crypto:ETH", abroad=None, channel="crypto", local_time=False),
    Rail("card_payments", "card", "iban", abroad=None, channel="card", local_time=False),
    Rail("card_platform_purchases", "card", "local.platform", abroad=None, channel="platform", local_time=False),
    Rail("card_gift_card_sales", "card", "card:gift", abroad=None, channel="gift_card"),
    Rail("bank_platform_purchases", "iban", "local.platform", abroad=None, channel="platform"),
    Rail("bank_gift_card_sales", "iban", "card:gift", abroad=None, channel="gift_card"),
    Rail("wallet_platform_purchases", "phone", "local.platform", abroad=None, channel="platform"),
    Rail("wallet_gift_card_sales", "phone", "card:gift", abroad=None, channel="gift_card"),
    Rail("platform_gifts", "local.platform", "local.platform", abroad=None, channel="platform"),
    Rail("platform_gift_cards_redeemed", "card:gift", "local.platform", abroad=None, channel="gift_card", local_time=False),
    Rail("platform_payouts_to_banks", "local.platform", "iban", abroad=None, channel="platform", local_time=False),
    Rail("platform_payouts_to_wallets", "local.platform", "phone", abroad=None, channel="platform", local_time=False),
)

#: What an account of each kind is called in the files.
ACCOUNT_KINDS = {
    Kind.BANK: "bank_account", Kind.WALLET: "e_wallet", Kind.BTC: "crypto_address", Kind.SHOP_BANK: "merchant", Kind.SHOP_WALLET: "merchant",
    Kind.AGENT: "cash_point", Kind.EMPLOYER: "bank_account", Kind.CARD: "card", Kind.PLATFORM: "platform_account", Kind.GIFT: "gift_card",
    Kind.ETH: "crypto_address", Kind.SERVICE: "bank_account", Kind.EXCHANGE: "crypto_address", Kind.DEPOSIT: "crypto_address",
    Kind.MIXER: "crypto_address", Kind.SWAP: "crypto_address",
}  # fmt: skip
#: Kinds of institutions by the numbering of their accounts; coins on people's own addresses have none.
INSTITUTION_KINDS = {"iban": "bank", "phone": "e_wallet_issuer", "card": "bank", "local.platform": "platform", "card:gift": "psp"}
_SHORT = {"iban": "BANK", "phone": "WALLET", "card": "CARDS", "local.platform": "PLATFORM", "card:gift": "GIFT"}


def choose_rails(schemes: Ints, country: Ints, src: Ints, dst: Ints) -> Ints:
    """Per payment the place of its rail in RAILS; ValueError when there is none, which is a defect of the generator."""
    table = np.full((len(SCHEME_NAMES), len(SCHEME_NAMES), 2), -1)
    for place, rail in enumerate(RAILS):
        for abroad in (0, 1):
            if rail.abroad is None or rail.abroad == bool(abroad):
                table[SCHEME_NAMES.index(rail.src), SCHEME_NAMES.index(rail.dst), abroad] = place
    found: Ints = table[schemes[src], schemes[dst], (country[src] != country[dst]).astype(np.int64)]
    if (found < 0).any():
        lost = np.flatnonzero(found < 0)[0]
        raise ValueError(f"no rail from {SCHEME_NAMES[schemes[src[lost]]]} to {SCHEME_NAMES[schemes[dst[lost]]]}")
    return found


def institution_codes(world: Population, schemes: Ints) -> tuple[Ints, list[str]]:
    """Per account the place of its institution in the list of codes, -1 for none (an address of one's own)."""
    codes = [f"{country}-{_SHORT[scheme]}-{house + 1}" for scheme in _SHORT for country in COUNTRIES for house in range(3)]
    rank = np.array([list(_SHORT).index(name) if name in _SHORT else -1 for name in SCHEME_NAMES])[schemes]
    found = np.where(rank >= 0, (rank * len(COUNTRIES) + world.country) * 3 + world.house, -1)
    served = np.isin(world.kind, (Kind.EXCHANGE, Kind.DEPOSIT))
    return np.where(served, len(codes) + world.house % 2, found), [*codes, "VASP-1", "VASP-2"]


def institution_kind(code: str) -> str:
    """What an institution of that code does."""
    if code.startswith("VASP"):
        return "vasp"
    return next(INSTITUTION_KINDS[scheme] for scheme, short in _SHORT.items() if f"-{short}-" in code)
