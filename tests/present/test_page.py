"""The exported page: its structure, what may not be on it, and how it meets a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from kpi.export import export_page
from kpi.notebooks import in_languages
from kpi.notebooks.pool import run_notebooks
from kpi.report import FOLDER_VARIABLE
from kpi.store import payload
from tests.present.drawn_report import TARGETS, months, write_report

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "committee.ipynb"
SECTIONS = [
    "Sagsresumé",
    "Indstilling",
    "Sagsfremstilling",
    "Løsningsforslag – faglig vurdering",
    "Økonomisk og ressourcemæssig vurdering",
    "Lovgrundlag og rammesættende dokumenter",
    "Det videre forløb",
    "Bemærkninger fra Økonomisk Sekretariat",
    "Bilag",
]
CALM = "93 95 91 94 92 95 91 93 95 92 94 91"
RESULTS = f"""
metric                           | period | n    | met | missed | unknown | group
good_service                     | 2019Q4 |      |     |        |         |
application_time                 | 2018Q4 | 250  | 230 | 20     |         |
application_time                 | 2019Q3 | 260  | 240 | 20     |         |
application_time                 | 2019Q4 | 252  | 219 | 33     |         |
payments_on_time                 | 2018Q4 | 1000 | 930 | 70     |         |
payments_on_time                 | 2019Q3 | 1000 | 750 | 250    |         |
payments_on_time                 | 2019Q4 | 1055 | 951 | 52     | 52      |
payments_on_time                 | 2019Q4 | 800  | 720 | 40     | 40      | office=Nuuk & <Qinn>
payments_on_time                 | 2019Q4 | 255  | 231 | 12     | 12      | office=Tasiilaq
conversations_within_10_days     | 2019Q3 | 200  | 197 | 3      |         |
conversations_within_10_days     | 2019Q4 | 987  | 984 | 3      |         |
action_plan_coverage             | 2019Q4 | 240  | 173 | 67     |         |
front_office                     | 2019Q4 |      |     |        |         |
action_plans_per_caseworker_week | 2019Q4 | 40   |     |        |         |
conversations_held               | 2019Q3 | 256  |     |        |         |
conversations_held               | 2019Q4 | 270  |     |        |         |
{months("payments_on_time", f"{CALM} 93 95 91 94 92 95 70 72 71 92 93 94", last_unknown=20)}
{months("conversations_held", CALM)}
"""
LONG = {
    "conversations_held": {"title": "Samtaler" * 15, "owner": "Ejer" * 30},
    "action_plan_coverage": TARGETS["action_plan_coverage"] | {"title": "Handlingsplan" * 9},
}
STAGES = """
period | stage             | outcome | n   | median_days | p90_days
2019Q4 | received-approved | met     | 900 | 2               | 3
2019Q4 | received-approved | missed  | 60  | 2               | 3
2019Q4 | approved-paid     | met     | 900 | 1               | 2
2019Q4 | approved-paid     | missed  | 60  | 9               | 11
"""
QUALITY: dict[str, Any] = {
    "tables": [
        {
            "table": "bills",
            "rows_read": 1100,
            "rows_accepted": 1090,
            "rows_set_aside": 10,
            "reasons": {"invoice_recorded_twice": 10},
            "findings": [
                {
                    "rule": "invoice_recorded_twice",
                    "severity": "set_aside",
                    "words": "A bill is recorded once",
                    "rows": 10,
                }
            ],
        }
    ]
}
CHANGES: dict[str, Any] = {
    "synthetic": True,
    "language": "da",
    "languages": ["da", "en"],
    "organisation": {
        "name": "Kommune & Co. <b>",
        "department": "Forvaltning",
        "committee": "Udvalg for Velfærd",
    },
    "comments": {
        "application_time": {
            "cause": '<script>alert(1)</script> & "citater" 🙂 ' + "meget" * 60,
            "action": "Handling",
            "owner": "Ydelseschefen",
            "due": "2020-03-01",
        }
    },
    "attestations": {
        "front_office": {
            "by": "Socialservice",
            "date": "2020-01-10",
            "is_met": True,
            "statement": "Ja.",
        }
    },
    "agenda": {
        "title": "Servicemål </title><i>",
        "recommendation": ["orienteringen tages til efterretning"],
        "presentation": "Første afsnit.\n\nAndet <afsnit>.",
    },
}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    """The committee's page of a drawn report, made by its notebook."""
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, RESULTS, stages=STAGES, quality=QUALITY, targets=LONG, **CHANGES)
    run_notebooks(
        in_languages([NOTEBOOK], "2019Q4", "da", ["da"]),
        payload(folder) / "notebooks",
        {FOLDER_VARIABLE: str(folder)},
        jobs=1,
        done=lambda _: None,
    )
    target = folder / "committee.da.html"
    executed = payload(folder) / "notebooks" / "committee.da.ipynb"
    export_page(executed, target, language="da", title="Servicemål </title><i> 2019Q4")
    return target


@pytest.fixture(scope="module")
def page(page_file) -> str:
    return page_file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def body(page) -> str:
    """The page without its style sheet."""
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def headings(page) -> Iterator[tuple[int, str]]:
    for level, text in re.findall(r"<h(\d)[^>]*>(.*?)</h\1>", page, re.DOTALL):
        yield int(level), re.sub(r"<[^>]+>", "", text).strip()


def test_the_page_is_valid_html(page):
    html5lib.HTMLParser(strict=True).parse(page)


def test_the_sections_are_the_agenda_item_s_in_its_order(body):
    assert [text for level, text in headings(body) if level == 2] == SECTIONS


def test_headings_leave_out_no_level(body):
    levels = [level for level, _ in headings(body)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_empty_sections_say_so(body):
    law = body.split('id="law"')[1]
    assert "Ingen." in law[: law.index("</section>")]


def test_the_page_answers_first(body):
    lead = re.search(r'<p class="lead"><strong>(.*?)</strong>', body)[1]
    assert lead.startswith("To af tre målte mål er ikke nået, og for udbetalinger til tiden")
    assert body.index('class="lead"') < body.index('class="tally"') < body.index('class="attention')


def test_the_marks_stand_on_the_page_and_on_each_printed_one(page, body):
    assert "Kladde</strong>" in body
    assert "Syntetiske data</strong>" in body
    assert '@top-left { content: "Kladde \\b7  Syntetiske data' in page


def test_texts_of_the_parameters_are_escaped(body):
    assert "<script" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;citater&#34; 🙂" in body
    assert "Kommune &amp; Co. &lt;b&gt;" in body
    assert "Nuuk &amp; &lt;Qinn&gt;" in body
    assert "Andet &lt;afsnit&gt;." in body
    assert "<title>Servicemål &lt;/title&gt;&lt;i&gt; 2019Q4</title>" in body


def row_of(body: str, metric: str) -> str:
    """The row of a target among those that need attention, without its markup."""
    table = body[body.index('<table class="attention') :]
    rows = re.findall(r"<tr>.*?</tr>", table[: table.index("</table>")], re.DOTALL)
    found = next(row for row in rows if f'href="#def-{metric}"' in row)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_only_what_needs_attention_stands_beside_the_answer(body):
    table = body[body.index('<table class="attention') : body.index('class="featured"')]
    assert re.findall(r'<th scope="row"><a href="#def-([^"]+)"', table) == [
        "application_time",
        "payments_on_time",
        "action_plan_coverage",
    ]


def test_what_is_missed_since_when_and_what_is_done(body):
    row = row_of(body, "application_time")
    assert "86,9 % 219 af 252 Mål: alle" in row
    assert "Ikke nået siden 4. kvartal 2018 eller før, 3 kvartaler Årsag:" in row
    assert row.endswith("Handling: Handling Ansvarlig: Ydelseschefen, senest 01-03-2020 .")


def test_a_missed_target_without_a_comment_says_so(body):
    assert "Kommentar mangler. Forvaltningen har endnu ikke skrevet" in row_of(
        body, "action_plan_coverage"
    )
    assert "mangler. Forvaltningen" not in row_of(body, "payments_on_time")


def test_every_figure_has_its_definition_and_its_quarters_one_step_away(body):
    linked = set(re.findall(r'<th scope="row"><a href="#def-([^"]+)"', body))
    for metric in linked:
        behind = body[body.index(f'id="def-{metric}"') :]
        behind = behind[: behind.index("</details>")]
        assert "<b>Definition.</b>" in behind
        assert "Kvartal for kvartal: " in behind


def test_a_range_is_shown_with_its_counts(body):
    assert "90,1–95,1\u00a0%" in body
    assert "951 til 1.003 af 1.055" in body
    assert "52 regninger mangler betalingsdato" in body


def test_a_hidden_figure_is_nowhere_on_the_page(body):
    """984 of 987 conversations in time: three persons waited too long."""
    assert "984" not in body
    assert "987" not in body
    assert "99,7" not in body
    assert "skjult" in body


def test_a_dropped_target_is_told_once_and_never_as_missed(body):
    assert 'Udgået: <a href="#def-action_plans_per_caseworker_week">' in body
    rows = body[
        body.index('<table class="targets') : body.index("</table>", body.index('class="targets'))
    ]
    assert "action_plans_per_caseworker_week" not in rows


def test_the_page_leads_to_itself_in_other_languages(body):
    links = re.findall(r'<nav class="languages"[^>]*>\s*(.*?)\s*</nav>', body, re.DOTALL)
    assert links == ['<a href="committee.en.html" hreflang="en" lang="en">English</a>']


def test_every_link_has_its_target(body):
    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', body)) <= set(ids)


def test_every_table_has_a_caption_and_scopes(body):
    for table in re.findall(r"<table.*?</table>", body, re.DOTALL):
        assert "<caption" in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))


def test_what_is_for_the_analyst_is_not_on_the_page(body):
    assert "analyst" not in body
    assert "open_report" not in body


def test_the_page_is_small(page):
    assert len(page.encode()) < 400_000


MODES = {
    "light": ({"width": 1280, "height": 900}, {"color_scheme": "light"}),
    "dark": ({"width": 1280, "height": 900}, {"color_scheme": "dark"}),
    "phone": ({"width": 360, "height": 740}, {"color_scheme": "light"}),
    "print": ({"width": 794, "height": 1123}, {"media": "print"}),
}


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser, page_file):
    """Give what opens the page in a mode, with all its details open."""
    tabs = []

    def opened(mode):
        size, media = MODES[mode]
        tab = browser.new_page(viewport=size)
        tabs.append(tab)
        tab.emulate_media(**media)
        tab.goto(page_file.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        return tab

    yield opened
    for tab in tabs:
        tab.close()


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(open_page, mode):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(open_page(mode)).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("width", [320, 360, 390, 720, 820, 1440])
def test_nothing_is_wider_than_the_screen(open_page, width):
    tab = open_page("phone")
    tab.set_viewport_size({"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "shown"), [(360, "narrow"), (1280, "wide")])
def test_the_chart_that_fits_is_shown(open_page, width, shown):
    tab = open_page("light")
    tab.set_viewport_size({"width": width, "height": 800})
    assert tab.locator(f"svg.chart.{shown}").first.is_visible()
    visible = tab.locator("svg.chart:not(.small):visible")
    assert visible.count() == tab.locator(f"svg.chart.{shown}").count()


def test_the_page_asks_for_nothing(browser, page_file):
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page_file.as_uri())
    tab.close()
    assert asked == [page_file.as_uri()]


def test_the_keyboard_reaches_the_content_first(open_page):
    tab = open_page("light")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
