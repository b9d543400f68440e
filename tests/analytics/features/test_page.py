from __future__ import annotations

from bakau_analytics.features.page import PAGE, render_page


def test_the_page_of_features_is_current():
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run: python -m bakau_analytics.features.page"
