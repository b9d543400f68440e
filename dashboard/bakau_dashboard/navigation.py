"""Which pages there are, in which order, under which address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_FOLDER = Path(__file__).parent / "app_pages"


def findings_page() -> StreamlitPage:
    """What to look at first; the page at the root of the address."""
    return st.Page(_FOLDER / "findings.py", title="Findings", icon=":material/format_list_numbered:", default=True)


def network_page() -> StreamlitPage:
    """Who is around it, and how money flows."""
    return st.Page(_FOLDER / "network.py", title="Network", icon=":material/hub:", url_path="network")


def data_page() -> StreamlitPage:
    """What everything stands on."""
    return st.Page(_FOLDER / "data.py", title="Data", icon=":material/database:", url_path="data")


def safeguarding_page() -> StreamlitPage:
    """Who may need protection."""
    return st.Page(_FOLDER / "safeguarding.py", title="Safeguarding", icon=":material/health_and_safety:", url_path="safeguarding")


def rules_page() -> StreamlitPage:
    """Which rules are in force, and which are on their way in."""
    return st.Page(_FOLDER / "rules.py", title="Rules", icon=":material/rule:", url_path="rules")


def replay_page() -> StreamlitPage:
    """What other rules would have found."""
    return st.Page(_FOLDER / "replay.py", title="Replay", icon=":material/history:", url_path="replay")


def list_pages() -> list[StreamlitPage]:
    """All pages in order."""
    return [findings_page(), network_page(), data_page(), safeguarding_page(), rules_page(), replay_page()]
