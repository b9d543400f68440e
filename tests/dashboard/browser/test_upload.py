"""A file brought in with a real browser: chosen, its question answered, checked, loaded, and seen among the batches."""

from __future__ import annotations

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboard.browser.conftest import serve, settle
from dashboard.browser.test_journey import UPSTREAM

import bakau

pytestmark = pytest.mark.browser

PAYMENTS = (
    b"Date,Payer,Payee,Amount,Currency\n03/04/2025,A1001,B2001,10.00,EUR\n05/06/2025,A1002,B2001,12.50,EUR\n06/06/2025,A1002,B2001,7.00,\n"
)


@pytest.fixture
def own_workspace(world, tmp_path):
    return shutil.copytree(world.workspace, tmp_path / "workspace")


def test_a_file_is_chosen_answered_checked_and_loaded(own_workspace, open_page):
    served = serve(own_workspace)
    page = open_page(f"{next(served)}/data")
    page.locator("input[type=file]").set_input_files({"name": "payments.csv", "mimeType": "text/csv", "buffer": PAYMENTS})
    page.get_by_text("which comes first, the day or the month").first.wait_for()
    assert page.get_by_role("button", name="Load", exact=True).count() == 0
    page.get_by_role("radiogroup").get_by_text("day", exact=True).click()
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("2 of 3 records would load, 1 would be rejected").wait_for()
    settle(page)
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in {"serious", "critical"} and one["id"] not in UPSTREAM]
    page.get_by_role("combobox", name="Load into the source").click()
    page.get_by_role("option", name="training").click()
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_text("3 records received, 2 loaded, 1 rejected").wait_for()
    settle(page)
    assert page.get_by_text("payments.csv").count() > 0
    with bakau.open_desk(own_workspace) as desk:
        assert desk.batches().rows["file"].to_pylist()[-1] == "payments.csv"
    page.close()  # an open page would ask a server that is gone
    served.close()
