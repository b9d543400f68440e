"""How things look: a shape for each kind of account, a colour and a word for each role. Colour is never the only sign.

Colours are those of Okabe and Ito (2008), which people with the common colour blindnesses can tell apart, made lighter inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from bakau.words import ACCOUNT_KINDS

#: Shape by kind of account, as vis-network calls it, with the sign the legend shows for it.
SHAPES: dict[str, tuple[str, str]] = {
    "bank_account": ("dot", "●"),
    "loan_account": ("dot", "●"),
    "e_wallet": ("diamond", "◆"),
    "card": ("square", "■"),
    "gift_card": ("square", "■"),
    "crypto_address": ("hexagon", "⬢"),
    "cash_point": ("triangle", "▲"),
    "merchant": ("triangleDown", "▼"),
    "platform_account": ("star", "★"),
    "unknown": ("dot", "●"),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """Fill and border of an account, and the words for it."""

    fill: str
    border: str
    words: str


#: By role; a role that is not here is painted as SUBJECT.
ROLES: dict[str, Paint] = {
    "consumer": Paint("#9fd3f0", "#0072b2", "consumer"),
    "facilitator": Paint("#f6c48f", "#b34700", "facilitator"),
    "perpetrator": Paint("#e9b3cf", "#8c2f66", "perpetrator"),
    "mule": Paint("#f5ec9b", "#7a6a00", "mule"),
    "network": Paint("#a8dcc8", "#006b4e", "network"),
}
SUBJECT = Paint("#d9d2e9", "#51458a", "subject, no role given")
CONTEXT = Paint("#ffffff", "#6b6b6b", "context: accused of nothing")
PROTECTED = Paint("#e4e4e4", "#4d4d4d", "protected: counted, never named")
EVIDENCE, OTHER = "#333333", "#9a9a9a"

#: Every paint a picture may hold, in the order of the legend.
PAINTS = (*ROLES.values(), SUBJECT, CONTEXT)

#: The bundle is a box with its words inside: no shape of an account.
BUNDLE_SHAPE = "box"


def paint_of(part: str, role: str | None) -> Paint:
    """How an account of this part and role is painted."""
    if part != "subject":
        return CONTEXT
    return ROLES.get(role or "", SUBJECT)


def shape_of(kind: str | None) -> tuple[str, str, str]:
    """Shape, sign and words of a kind of account."""
    known = kind if kind in SHAPES else "unknown"
    return (*SHAPES[known], ACCOUNT_KINDS[known])


def load_css() -> str:
    """The style sheet of the file, for screen and paper."""
    return (files("bakau_graph.picture") / "picture.css").read_text(encoding="utf-8")


def load_script() -> str:
    """Our script: reads the data element, draws, fits."""
    return (files("bakau_graph.picture") / "picture.js").read_text(encoding="utf-8")
