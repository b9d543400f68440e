"""How the forest's order is named and how much it may say: for those who read it, without the libraries that compute it (`isolation.py`)."""

from __future__ import annotations

NAME, VERSION = "isolation_forest", "2"

#: Most points the forest may add to an account: less than one strong indicator. A default of ours.
MOST_POINTS = 20
