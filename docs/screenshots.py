# ruff: noqa: INP001  # a script on its own
"""Take pictures of a page: phone, tablet, desktop, dark, twice the type size, and on A4.

Usage: python docs/screenshots.py reports/2019Q4/committee.da.html FOLDER

Needs Chromium, and pdftoppm (poppler-utils) for the pages on paper. The folder stays out of git.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# name, width, height, dark, zoom
SCREENS = (
    ("phone", 390, 844, False, 1.0),
    ("phone-dark", 390, 844, True, 1.0),
    ("tablet", 820, 1180, False, 1.0),
    ("desktop", 1440, 1000, False, 1.0),
    ("desktop-dark", 1440, 1000, True, 1.0),
    ("desktop-200", 1440, 1000, False, 2.0),
)


def main() -> None:
    """Write the pictures of the page named first into the folder named second."""
    page, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    only = set(sys.argv[3:])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, width, height, dark, zoom in SCREENS:
            if not only or name in only:
                _screen(
                    browser, page, folder / f"{name}.png", (width, height), dark=dark, zoom=zoom
                )
        if not only or "print" in only:
            _print(browser, page, folder)
        browser.close()


def _screen(
    browser: Browser, page: Path, target: Path, size: tuple[int, int], *, dark: bool, zoom: float
) -> None:
    width, height = (int(side / zoom) for side in size)
    tab = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=zoom,
    )
    tab.goto(page.as_uri())
    tab.screenshot(path=target, full_page=True)
    tab.close()


def _print(browser: Browser, page: Path, folder: Path) -> None:
    """Write the page as it comes out of a printer, a picture for each sheet."""
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.pdf(path=folder / "print.pdf", prefer_css_page_size=True, print_background=False)
    tab.close()
    pictures = ["pdftoppm", "-r", "70", "-png", str(folder / "print.pdf"), str(folder / "print")]
    subprocess.run(pictures, check=True)  # noqa: S603  # a program named here


if __name__ == "__main__":
    main()
