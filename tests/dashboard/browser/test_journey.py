"""What an analyst does, in a real browser: from a finding to its network to the line of the file; reachable, quiet, on this host only."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboard.browser.conftest import settle

import bakau

pytestmark = pytest.mark.browser

#: What Streamlit itself leaves: rule and the reason why it is not ours to mend.
UPSTREAM = {
    "scrollable-region-focusable": "the grid is a canvas that Streamlit scrolls in a box of its own; the keyboard moves inside the canvas",
}


@pytest.fixture(scope="module")
def finding(world):
    with bakau.open_desk(world.workspace) as desk:
        return next(row for row in desk.findings().rows.to_pylist() if row["kind"] == "network" and row["protected_count"])


def test_from_a_finding_to_its_network_to_the_line_of_a_file(address, open_page, world, finding):
    page = open_page(f"{address}/?finding={finding['finding_id']}")
    assert page.get_by_text("Which accounts and networks should a person look at first").is_visible()
    page.get_by_role("button", name="Open in network").click()
    page.wait_for_url("**/network?finding=**")
    settle(page)
    assert page.get_by_text("counted and never named").first.is_visible()
    assert page.locator("canvas").count() > 0
    page.get_by_role("button", name="Expand").click()
    page.get_by_text("Expanded acc_").wait_for()
    settle(page)
    assert "x=acc_" in page.url
    table = page.get_by_test_id("stDataFrame").last
    table.locator("th", has_text="Line").wait_for(state="attached")
    headings = table.locator("th").all_text_contents()
    line = dict(zip(headings, table.locator("td").all_text_contents(), strict=False))
    assert world.line(line["File"], int(line["Line"].replace(",", "")))["currency"] in line["Amount"]


def test_a_filter_stands_in_the_address_and_the_address_brings_it_back(address, open_page):
    page = open_page(address)
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="account").click()
    page.wait_for_url("**kind=account**")
    settle(page)
    again = open_page(page.url)
    assert again.get_by_text("0 networks").first.is_visible()


def test_clicking_an_account_in_the_picture_chooses_it(address, open_page, finding):
    page = open_page(f"{address}/network?account={finding['subjects'][0]['id']}")
    box = page.locator("[data-testid='stEchartsChart'] canvas, [data-testid='stEChartsChart'] canvas").first.bounding_box()
    assert box is not None
    before = page.url
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settle(page)
    assert finding["subjects"][0]["id"] in page.url
    assert before.split("?")[0] == page.url.split("?")[0]


def test_the_keyboard_reaches_what_the_mouse_reaches(address, open_page, finding):
    page = open_page(f"{address}/network?finding={finding['finding_id']}")
    page.get_by_role("textbox", name="Search").focus()
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"))
    wanted = {"Filter", "Expand", "Start from here"}
    assert wanted <= {word for word in wanted for text in reached if word in text}


@pytest.mark.parametrize("path", ["", "network", "data", "rules", "replay"])
def test_axe_finds_nothing_serious(address, open_page, finding, path):
    page = open_page(f"{address}/{path}" + (f"?finding={finding['finding_id']}" if path in {"", "network"} else ""))
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"} and one["id"] not in UPSTREAM]
    assert not [(one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in grave]


def test_a_dark_screen_gets_dark_pages(address, open_page, finding):
    page = open_page(f"{address}/network?finding={finding['finding_id']}", dark=True)
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor")
    assert sum(int(part) for part in colour.strip("rgba()").split(",")[:3]) < 150


def test_an_id_that_is_not_there_is_a_sentence(address, open_page):
    page = open_page(f"{address}/network?finding=f-nonsense")
    assert page.get_by_text("No such finding").is_visible()
    assert "Traceback" not in page.content()
