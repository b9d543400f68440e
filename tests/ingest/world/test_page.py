from bakau_ingest.world.distributions import FIGURES, LAWS, SOURCES
from bakau_ingest.world.page import PAGE, render_page


def test_the_page_of_the_world_is_current():
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run: python -m bakau_ingest.world.page"


def test_every_law_and_figure_names_a_source_and_a_grade():
    for one in (*LAWS, *FIGURES):
        assert one.source in SOURCES, one.name
        assert one.grade in {"V", "M", "D"}, one.name
        assert one.grade == "D" or one.source != "ours", one.name


def test_a_band_holds_its_value_and_widens_with_fewer_observations():
    for figure in FIGURES:
        low, high = figure.band(figure.observations)
        assert low <= figure.value <= high, figure.name
        assert (low, high) == figure.band(10 * figure.observations)
        fewer = figure.band(figure.observations // 4)
        assert fewer[0] <= low
        assert fewer[1] >= high
