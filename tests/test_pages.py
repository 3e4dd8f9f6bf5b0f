"""Every page that kpi makes meets a browser, assistive technology, and the checker of HTML."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from kpi.language import LANGUAGES
from kpi.publication.dictionary import latest_params, write_dictionary
from kpi.publication.index import write_site
from kpi.run.flow_log import Office, measure_log
from kpi.sources.event_log import LogColumns
from tests.page.drawn_committee import make_pages

pytestmark = pytest.mark.slow

PARAMS = Path(__file__).resolve().parent.parent / "params"
CHECKER = Path(sys.prefix) / "checker" / "vnu.jar"
LOG = """case,step,at
A,received,2024-01-05 09:00:00
A,approved,2024-01-05 15:00:00
A,paid,2024-01-08 10:00:00
B,received,2024-01-08 08:00:00
B,approved,2024-01-08 08:00:00
B,returned,2024-01-09 08:00:00
B,approved,2024-01-09 09:00:00
"""
PAGES = (
    *(f"committee.{language}" for language in LANGUAGES),
    *(f"annex.{language}" for language in LANGUAGES),
    *(f"index.{language}" for language in LANGUAGES),
    *(f"dictionary.{language}" for language in LANGUAGES),
    "flow",
)
COMMITTEE, ANNEX = "committee.da", "annex.da"
MODES: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "light": ((1280, 900), {"color_scheme": "light"}),
    "dark": ((1280, 900), {"color_scheme": "dark"}),
    "phone": ((360, 740), {"color_scheme": "light"}),
    "print": ((794, 1123), {"media": "print"}),
}
MOST_BYTES = 400_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Make every page once; the file of each by its name in PAGES."""
    folder = tmp_path_factory.mktemp("pages")
    make_pages(folder / "2019Q4", list(LANGUAGES))
    made = {page.stem: page for page in (folder / "2019Q4").glob("*.html")}
    for language in LANGUAGES:
        index = write_site(folder, language)
        made[f"index.{language}"] = index.rename(folder / f"index.{language}.html")
        made[f"dictionary.{language}"] = folder / f"dictionary.{language}.html"
        write_dictionary(latest_params(PARAMS), made[f"dictionary.{language}"], language)
    log = folder / "log.csv"
    log.write_text(LOG, encoding="utf-8")
    columns, office = (
        LogColumns("case", "step", "at"),
        Office("Europe/Copenhagen", "", "08:00-16:00"),
    )
    measure_log(log, columns, office, folder / "flow")
    return made | {"flow": folder / "flow" / "flow.html"}


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Any]:
    """Give a started Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser, pages) -> Iterator[Callable[..., Any]]:
    """Give what opens a page in a mode, with all its details open."""
    tabs = []

    def opened(name: str, mode: str = "light", width: int = 0) -> Any:
        (usual, height), media = MODES[mode]
        tab = browser.new_page(viewport={"width": width or usual, "height": height})
        tabs.append(tab)
        tab.emulate_media(**media)
        tab.goto(pages[name].as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        return tab

    yield opened
    for tab in tabs:
        tab.close()


# Languages share looks and structure, so one page of each kind is seen in every mode; of the others
# a word may be too long, which shows on a phone.
ONE_OF_A_KIND = {COMMITTEE, ANNEX, "index.da", "dictionary.da", "flow"}
SEEN = [(name, mode) for name in PAGES for mode in (MODES if name in ONE_OF_A_KIND else ("phone",))]


# A dictionary has a section for each metric: all are seen in one mode, in the others the first.
REST_OF_DICTIONARY = "main section:nth-of-type(n+4)"


@pytest.mark.parametrize(("name", "mode"), SEEN)
def test_axe_finds_nothing(open_page, name, mode):
    from axe_playwright_python.sync_playwright import Axe

    tab = open_page(name, mode)
    if name.startswith("dictionary") and (name, mode) != ("dictionary.da", "light"):
        tab.evaluate(
            f"document.querySelectorAll('{REST_OF_DICTIONARY}').forEach(rest => rest.remove())"
        )
    looked_for = {"resultTypes": ["violations"]}  # to tell what is fine takes as long again
    found = Axe().run(tab, options=looked_for).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_the_checker_of_html_finds_nothing(pages, require_tool):
    """The Nu HTML Checker, which CI fetches into the environment (.ci/run)."""
    java = require_tool("java")
    if not CHECKER.is_file():
        pytest.skip("needs the Nu HTML Checker: vnu.jar in the folder checker of the environment")
    files = [page.as_posix() for page in pages.values()]
    command = [java, "-jar", CHECKER, "--errors-only", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_parses_without_an_error(pages, name):
    html5lib.HTMLParser(strict=True).parse(pages[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order_and_landmarks_are_there(open_page, name):
    tab = open_page(name)
    levels = tab.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h=>+h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tab.locator("main").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(open_page, name):
    tab = open_page(name)
    tab.keyboard.press("Tab")
    active = "document.activeElement"
    target = tab.evaluate(f"{active}.getAttribute('href')")
    assert tab.locator(f"main{target}, main {target}").count() == 1
    assert tab.evaluate(f"{active}.getBoundingClientRect().top") >= 0
    assert tab.evaluate(f"getComputedStyle({active}).outlineStyle") != "none"


@pytest.mark.parametrize("width", [320, 390, 720, 820, 1440])
@pytest.mark.parametrize("name", [COMMITTEE, ANNEX, "index.da"])
def test_nothing_is_wider_than_the_screen(open_page, name, width):
    """At 320 pixels as well, which is a screen of 1280 at four times the size (WCAG 1.4.10)."""
    tab = open_page(name, width=width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


TABLES_BEYOND = """() => [...document.querySelectorAll('table')].flatMap(table => {
  const [own, around] = [table, table.parentElement].map(one => one.getBoundingClientRect())
  return own.width > 0 && own.right > around.right + 1 ? [table.className] : []
})"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_table_stands_beyond_the_edge_of_the_text(open_page, language):
    """On screens between a phone's and a desk's as well."""
    tab = open_page(f"committee.{language}")
    beyond = {}
    for width in range(704, 1010, 24):
        tab.set_viewport_size({"width": width, "height": 900})
        beyond[width] = tab.evaluate(TABLES_BEYOND)
    assert {width: tables for width, tables in beyond.items() if tables} == {}


LETTERS_IN_A_COLUMN = """() => {
  const cells = [...document.querySelectorAll('.cards tbody th, .cards tbody td')]
  return cells.flatMap(cell => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), broken = []
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[^\\s-]{4,20}/g)) {
    const range = document.createRange()
    range.setStart(texts.currentNode, word.index)
    range.setEnd(texts.currentNode, word.index + word[0].length)
    if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 3)
      broken.push(word[0])
  }
  return broken
})}"""


@pytest.mark.parametrize(
    ("name", "width"),
    [(COMMITTEE, 1280), ("index.da", 1280), (COMMITTEE, 390), (ANNEX, 390)],
)
def test_text_can_be_twice_as_large(open_page, name, width):
    """What a reader sets as the size of text is taken, and nothing is cut off (WCAG 1.4.4)."""
    tab = open_page(name, width=width)
    first = ".lead, #annex + p"
    size = f"parseFloat(getComputedStyle(document.querySelector('{first}')).fontSize)"
    before = tab.evaluate(size)
    sizes = {"fontSizes": {"standard": 32, "fixed": 26}}
    tab.context.new_cdp_session(tab).send("Page.setFontSizes", sizes)
    assert tab.evaluate(size) >= 1.5 * before  # a wide page then has the sizes of a phone's
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(LETTERS_IN_A_COLUMN) == []


@pytest.mark.parametrize(("width", "shown"), [(360, "narrow"), (1280, "wide")])
def test_the_chart_that_fits_is_shown(open_page, width, shown):
    tab = open_page(COMMITTEE, width=width)
    assert tab.locator(f"svg.chart.{shown}").first.is_visible()
    visible = tab.locator("svg.chart:not(.small):visible")
    assert visible.count() == tab.locator(f"svg.chart.{shown}").count()


def test_a_link_unfolds_what_it_leads_to(open_page):
    tab = open_page(COMMITTEE)
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    tab.locator('.attention a[href="annex.da.html#def-payments_on_time"]').click()
    tab.wait_for_url("**/annex.da.html#*")
    assert tab.locator("#def-payments_on_time").is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing(browser, pages, name):
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(pages[name].as_uri())
    tab.close()
    assert asked == [pages[name].as_uri()]


@pytest.mark.parametrize(
    "name", [page for page in PAGES if page.startswith(("committee", "annex"))]
)
def test_the_committee_s_page_is_small(pages, name):
    assert pages[name].stat().st_size <= MOST_BYTES


WORDS_ON_TWO_LINES = """() => [...document.querySelectorAll('tbody th[scope]')].flatMap(heading => {
  const broken = [], texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
    if (word[0].length > 40) continue // one of those that are drawn to be too long
    const range = document.createRange()
    range.setStart(texts.currentNode, word.index)
    range.setEnd(texts.currentNode, word.index + word[0].length)
    if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1)
      broken.push(word[0])
  }
  return broken
})"""


NOTES = "40 akutte og 230 kalendersatte, heraf 15 hjemmebesøg og 12 på et andet kontor"
LONG_NOTES = """note => {
  const row = document.querySelector('.results tbody tr')
  row.querySelector('th').textContent = 'Udarbejdede handlingsplaner for matchgruppe 3'
  for (const cell of [...row.querySelectorAll('td')].slice(0, 2))
    cell.insertAdjacentHTML('beforeend', `<span class="basis">${note}</span>`)
}"""


@pytest.mark.parametrize("width", [900, 1000, 1280])
def test_no_word_of_a_row_s_name_is_broken(open_page, width):
    tab = open_page(COMMITTEE, width=width)
    tab.evaluate(LONG_NOTES, NOTES)
    assert tab.evaluate(WORDS_ON_TWO_LINES) == []
