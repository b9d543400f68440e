"""How the forest's order is named, what it reads and how much it may say: for those who read it, without the libraries that compute it (`isolation.py`)."""

from __future__ import annotations

NAME, VERSION = "isolation_forest", "3"

#: The features that the forest reads; one more changes every order, so the list is stated and versioned with the forest.
FEATURES = (
    "active_days", "burst_received_24h", "burst_sent_24h", "onward_24h_ppm", "passed_on_ppm", "payments_in", "payments_out", "receivers",
    "reciprocity_ppm", "repeat_payees_ppm", "senders", "senders_30d", "smallest_amount", "top_amounts_ppm",
)  # fmt: skip

#: Most points the forest may add to an account: less than one strong indicator. A default of ours.
MOST_POINTS = 20

#: It says something only of accounts to which indicators add so many points, before benign evidence subtracts: it orders what rules speak of.
#: Whom no rule or a single weak one speaks of is unusual at most, and payers abroad are so more often. A default of ours (decision 0023).
LEAST_RULE_POINTS = 10
