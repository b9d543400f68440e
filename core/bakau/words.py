"""What codes are called before people, where more than one room says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT_KINDS: Mapping[str, str] = {
    "bank_account": "bank account",
    "loan_account": "loan account",
    "e_wallet": "e-wallet",
    "card": "card",
    "gift_card": "gift card",
    "crypto_address": "crypto address",
    "cash_point": "cash point",
    "merchant": "merchant",
    "platform_account": "platform account",
    "unknown": "kind not known",
}
