"""Make the pictures of docs/pictures anew, from a small synthetic world: ``python tests/dashboard/pictures.py``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import small_world  # noqa: E402
from dashboard.browser.conftest import CHROMIUM, serve, settle  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

import bakau  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"


def main() -> None:
    """Three pages, one picture each."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["BAKAU_KEY_DIR"] = str(Path(name) / "keys")
        world = small_world.make(Path(name))
        with bakau.open_desk(world.workspace) as desk:
            found = next(row for row in desk.findings().rows.to_pylist() if row["kind"] == "network" and row["protected_count"])
        server = serve(world.workspace)
        address = next(server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1_280, "height": 860})
            for title, path in (
                ("findings", f"?finding={found['finding_id']}"),
                ("network", f"network?finding={found['finding_id']}"),
                ("data", "data"),
            ):
                page.goto(f"{address}/{path}")
                settle(page)
                page.wait_for_timeout(1_500)
                page.screenshot(path=FOLDER / f"{title}.png")
                shrink(FOLDER / f"{title}.png")
            browser.close()
        next(server, None)


def shrink(path: Path) -> None:
    """128 colours are enough for a page, and a third of the size."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
