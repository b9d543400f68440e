"""Choices that stand in the address as ids and not as the words people read, so that a link stays short and opens the same again.

Streamlit binds a choice to the address by its label; here the label holds what may change, so the address is read and written by us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


def read_choice(name: str, options: Collection[str]) -> str | None:
    """Take a single choice over from the address when the page is opened. What the address asks for and is not there comes back."""
    asked = st.query_params.get(name)
    key = key_of(name)
    if key not in st.session_state and asked in options:
        st.session_state[key] = asked
    if key in st.session_state and st.session_state[key] not in options and st.session_state[key] is not None:
        del st.session_state[key]
    return asked if asked is not None and asked not in options else None


def choose_one(name: str, label: str, options: Sequence[str], *, gone: str, say: Callable[[str], str] = str) -> str:
    """A box with one of the options, the first unless another is chosen, which stands in the address. `gone` says that what the address asks
    for is not among them.
    """
    if read_choice(name, options) is not None:
        st.warning(gone)
    chosen = st.selectbox(label, options, key=key_of(name), format_func=say)
    write_choice(name, chosen)
    return chosen


def read_choices(name: str, options: Collection[str]) -> None:
    """Take several choices over from the address when the page is opened; those that do not exist are left out."""
    key = key_of(name)
    if key not in st.session_state:
        st.session_state[key] = [one for one in st.query_params.get_all(name) if one in options]


def write_choice(name: str, value: str | list[str] | None) -> None:
    """Have the address say what is chosen now."""
    now = st.query_params.get_all(name)
    wanted = [value] if isinstance(value, str) else value or []
    if now == wanted:
        return
    if wanted:
        st.query_params[name] = wanted
    else:
        del st.query_params[name]


def key_of(name: str) -> str:
    """The key of the widget that belongs to a parameter of the address."""
    return f"chosen_{name}"
