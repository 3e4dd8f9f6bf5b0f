"""The exported page: its structure, and what may not be on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest

from tests.page.drawn_committee import make_pages

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


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    """The committee's page of a drawn report, made by its notebook."""
    return make_pages(tmp_path_factory.mktemp("report"), ["da"])[0]


@pytest.fixture(scope="module")
def page(page_file) -> str:
    return page_file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def body(page) -> str:
    """The page without its style sheet."""
    return without_style(page)


@pytest.fixture(scope="module")
def annex(page_file) -> str:
    """The annex, a page of its own, without its style sheet."""
    return without_style(page_file.with_name("annex.da.html").read_text(encoding="utf-8"))


def without_style(page: str) -> str:
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def headings(page) -> Iterator[tuple[int, str]]:
    for level, text in re.findall(r"<h(\d)[^>]*>(.*?)</h\1>", page, re.DOTALL):
        yield int(level), re.sub(r"<[^>]+>", "", text).strip()


def test_the_page_and_its_annex_are_valid_html(page, annex):
    html5lib.HTMLParser(strict=True).parse(page)
    html5lib.HTMLParser(strict=True).parse(annex)


def test_the_sections_are_the_agenda_item_s_in_its_order(body):
    assert [text for level, text in headings(body) if level == 2] == SECTIONS


def test_the_case_leads_to_the_annex_and_the_annex_back(body, annex):
    assert [text for level, text in headings(annex) if level == 2] == ["Talbilag"]
    assert '<a href="annex.da.html">Talbilag</a>' in body
    assert '<a href="committee.da.html">Tilbage til sagen</a>' in annex


def test_headings_leave_out_no_level(body, annex):
    for part in (body, annex):
        levels = [level for level, _ in headings(part)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_empty_sections_say_so(body):
    law = body.split('id="law"')[1]
    assert "Ingen." in law[: law.index("</section>")]


def test_the_page_answers_first(body):
    lead = re.search(r'<p class="lead"><strong>(.*?)</strong>', body)[1]
    assert lead.startswith(
        "To af tre målte mål er ikke nået, og det kan ikke dokumenteres, om målet for"
    )
    assert body.index('class="lead"') < body.index('class="tally"') < body.index('class="attention')


def test_the_marks_stand_on_the_page_and_on_each_printed_one(page, body):
    assert "Kladde</strong>" in body
    assert "Syntetiske data</strong>" in body
    assert '@top-left { content: "Kladde \\b7  Syntetiske data' in page


def test_texts_of_the_parameters_are_escaped(body, annex):
    assert "<script" not in body
    assert "<script" not in annex
    assert '&lt;script&gt;alert(1)&lt;/script&gt; &amp; "citater" 🙂' in body
    assert "Kommune &amp; Co. &lt;b&gt;" in body
    assert "Nuuk &amp; &lt;Qinn&gt;" in annex
    assert "Andet &lt;afsnit&gt;." in body
    assert "<title>Servicemål &lt;/title&gt;&lt;i&gt; 2019Q4</title>" in body


def row_of(body: str, metric: str) -> str:
    """The row of a target among those that need attention, without its markup."""
    table = body[body.index('<table class="attention') :]
    rows = re.findall(r"<tr>.*?</tr>", table[: table.index("</table>")], re.DOTALL)
    found = next(row for row in rows if f'#def-{metric}"' in row)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_only_what_needs_attention_stands_beside_the_answer(body):
    table = body[body.index('<table class="attention') : body.index('class="featured"')]
    assert re.findall(r'<th scope="row"><a href="annex.da.html#def-([^"]+)"', table) == [
        "action_plan_coverage",  # 67 persons are lacking
        "application_time",  # 33
        "payments_on_time",  # undecided
    ]


def test_what_is_missed_since_when_and_what_is_done(body):
    row = row_of(body, "application_time")
    assert "86,9 % 219 af 252 Mål: all" in row
    assert "Ikke nået mindst 3 kvartaler i træk Årsag:" in row
    assert row.endswith("Handling: Handling Ydelseschefen, senest 01-03-2020 .")


def test_a_missed_target_without_a_comment_says_so(body):
    assert "Kommentar mangler. Forvaltningen har endnu ikke skrevet" in row_of(
        body, "action_plan_coverage"
    )
    assert "mangler. Forvaltningen" not in row_of(body, "payments_on_time")


def test_every_figure_has_its_definition_and_its_quarters_one_step_away(body, annex):
    linked = set(re.findall(r'<th scope="row"><a href="annex.da.html#def-([^"]+)"', body))
    assert len(linked) == 7
    for metric in linked:
        behind = annex[annex.index(f'id="def-{metric}"') :]
        behind = behind[: behind.index("</details>")]
        assert "<b>Definition.</b>" in behind
        assert ("Kvartal for kvartal: " in behind) == (metric != "good_service")  # never measured


def test_a_range_is_shown_with_its_counts(body):
    assert "90,1–95,1\u00a0%" in body
    assert "951 til 1.003 af 1.055" in body
    row = row_of(body, "payments_on_time")
    assert "52 regninger mangler betalingsdato. 90,1–95,1 % 951 til 1.003 af 1.055" in row


def test_a_hidden_figure_is_nowhere_on_the_page(body, annex):
    """984 of 987 conversations in time: three persons waited too long."""
    for part in (body, annex):
        assert "984" not in part
        assert "987" not in part
        assert "99,7" not in part
        assert "skjult" in part


def test_a_dropped_target_is_told_once_and_never_as_missed(body):
    assert 'Udgået: <a href="annex.da.html#def-action_plans_per_caseworker_week">' in body
    rows = body[
        body.index('<table class="targets') : body.index("</table>", body.index('class="targets'))
    ]
    assert "action_plans_per_caseworker_week" not in rows


def test_the_page_leads_to_itself_in_other_languages(body):
    links = re.findall(r'<nav class="languages"[^>]*>\s*(.*?)\s*</nav>', body, re.DOTALL)
    assert links == ['<a href="committee.en.html" hreflang="en" lang="en">English</a>']


def test_every_link_has_its_target(body, annex):
    ids = {"": ids_of(body), "annex.da.html": ids_of(annex)}
    for name, place in re.findall(r'href="((?:annex\.da\.html)?)#([^"]+)"', body):
        assert place in ids[name]
    for place in re.findall(r'href="#([^"]+)"', annex):
        assert place in ids["annex.da.html"]


def ids_of(part: str) -> list[str]:
    """The ids of a page, each there once."""
    ids = re.findall(r'\bid="([^"]+)"', part)
    assert len(ids) == len(set(ids))
    return ids


def test_every_table_has_a_caption_and_scopes(body, annex):
    for table in re.findall(r"<table.*?</table>", body + annex, re.DOTALL):
        assert "<caption" in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))


def test_what_is_for_the_analyst_is_not_on_the_page(body, annex):
    for part in (body, annex):
        assert "analyst" not in part
        assert "open_report" not in part


def test_the_page_is_small(page):
    assert len(page.encode()) < 400_000
