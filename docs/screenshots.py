# ruff: noqa: INP001  # a script on its own
"""Take pictures of a page as its readers see it, to look at before a change lands.

Usage: python docs/screenshots.py reports/2019Q4/committee.da.html FOLDER [NAME ...]

Without names all of them: phone (390 pixels), tablet (820) and desktop (1440), each in dark as
well; twice the type size; without colour and without red and green; with everything unfolded; and
on A4, a picture for each sheet, in colour and in grey. Needs Chromium, and pdftoppm
(poppler-utils) for the sheets. The folder stays out of git.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright


@dataclass(frozen=True)
class Screen:
    """A window: its size, how large its pixels are, and how its reader sees."""

    width: int
    height: int
    dark: bool = False
    zoom: float = 1.0
    sight: str = "none"
    unfolded: bool = False


SCREENS = {
    "phone": Screen(390, 844),
    "phone-dark": Screen(390, 844, dark=True),
    "tablet": Screen(820, 1180),
    "tablet-dark": Screen(820, 1180, dark=True),
    "desktop": Screen(1440, 1000),
    "desktop-dark": Screen(1440, 1000, dark=True),
    "desktop-200": Screen(1440, 1000, zoom=2.0),
    "without-colour": Screen(1440, 1000, sight="achromatopsia"),
    "without-red-and-green": Screen(1440, 1000, sight="deuteranopia"),
    "unfolded": Screen(1440, 1000, unfolded=True),
    "phone-unfolded": Screen(390, 844, unfolded=True),
}
_PATIENCE = 180_000  # milliseconds: a long page takes its time
SHEETS = {"print": (), "print-grey": ("-gray",)}


def main() -> None:
    """Write the pictures of the page named first into the folder named second."""
    page, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    wanted = set(sys.argv[3:]) or {*SCREENS, *SHEETS}
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name in filter(wanted.__contains__, SCREENS):
            _screen(browser, page, folder / f"{name}.png", SCREENS[name])
        if SHEETS.keys() & wanted:
            _print(browser, page, folder / "print.pdf")
        browser.close()
    for name in filter(wanted.__contains__, SHEETS):
        command = ["pdftoppm", "-r", "100", "-png", *SHEETS[name]]
        files = [str(folder / "print.pdf"), str(folder / name)]
        subprocess.run([*command, *files], check=True)  # noqa: S603  # a program named here


def _screen(browser: Browser, page: Path, target: Path, screen: Screen) -> None:
    """Write a picture of the whole page, from its head to its foot."""
    tab = browser.new_page(
        viewport={
            "width": int(screen.width / screen.zoom),
            "height": int(screen.height / screen.zoom),
        },
        color_scheme="dark" if screen.dark else "light",
        device_scale_factor=screen.zoom,
    )
    tab.goto(page.as_uri())
    sight = {"type": screen.sight}
    tab.context.new_cdp_session(tab).send("Emulation.setEmulatedVisionDeficiency", sight)
    if screen.unfolded:
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    tab.screenshot(path=target, full_page=True, timeout=_PATIENCE)
    tab.close()


def _print(browser: Browser, page: Path, target: Path) -> None:
    """Write the page as it comes out of a printer that spares its ink."""
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.pdf(path=target, prefer_css_page_size=True, print_background=False)
    tab.close()


if __name__ == "__main__":
    main()
