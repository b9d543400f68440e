"""The few lines of style that Streamlit has no option for: less empty space, small figures, printing."""

from __future__ import annotations

import streamlit as st

#: A constant of ours; nothing from outside ever goes into it.
STYLE = """<style>
.stMainBlockContainer { padding-top: 2.4rem; padding-bottom: 3rem; max-width: 1500px; }
[data-testid="stSidebarHeader"] { height: 2.2rem; }
[data-testid="stMetric"] { padding: 0.1rem 0; }
@media print { [data-testid="stSidebar"], [data-testid="stHeader"] { display: none; } }
</style>"""


def apply_style() -> None:
    """Put the style on the page."""
    st.html(STYLE)
