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

#: Most it may add to an account of which no rule says anything: it orders what rules speak of. Such an account is unusual at most, and payers abroad
#: are so more often; more than this and the model alone would decide who stands first. A default of ours (decision 0023).
MOST_UNSPOKEN = 5
