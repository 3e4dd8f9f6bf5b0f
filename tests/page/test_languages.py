"""The page in each language: what is in another one is marked, and the marks break nothing."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import html5lib
import pytest

from kpi.language import Labels
from kpi.language.catalogue import state
from kpi.page.facts import Facts
from kpi.report import Report
from tests.page.drawn_committee import CHANGES, LONG, QUALITY, RESULTS, STAGES
from tests.page.drawn_report import write_report

GREENLANDIC = {one.translation[0] for one in state("kl") if one.is_current}
DATA = {"frame", "frames", "columns", "own_table", "own_chart"}
NOT_ON_A_PAGE = {"style", "target", "chart", "section"} | DATA
SECTIONS = ("assessment", "economy", "law", "further_course", "economic_secretariat")
THE_LIBRARIES = re.compile(
    r"(?:\d+ )?[a-zâ]+i?p?i \d{4}|(?:\d+ )?[a-zâ]+ip \d{4}|[a-zâ]{3} \d{4}"  # 31 decembarip 2019
    r"|ukiup sisamararterutaa \d \d{4}(?:: [\d,–\s%]+)?|SHA-256|kpi \d.*babel .*|\S+\.csv"
)
VOID = {"br", "path", "circle", "rect", "img", "meta", "link"}


class _Foreign(HTMLParser):
    """Gathers the words of a page that are said to be in a language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.found: list[str] = []
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("lang")))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        inside = [tag for tag, _ in self._open]
        language = next((lang for _, lang in reversed(self._open) if lang), None)
        has_words = re.search(r"[^\W\d_]{2}", data)
        if language == self.language and has_words and not {"svg", "style"} & set(inside):
            self.found.append(" ".join(data.split()))


def words_in(language: str, html: str) -> set[str]:
    reader = _Foreign(language)
    reader.feed(html)
    return set(reader.found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_report(
        tmp_path_factory.mktemp("report"), RESULTS, stages=STAGES, quality=QUALITY, targets=LONG,
        **CHANGES | {"languages": ["da", "en", "kl"], "agenda": AGENDA},
    )  # fmt: skip


AGENDA = {
    "title": {"da": "Servicemål & 'mål' <b>", "en": 'Service targets & "goals" <i>'},
    "summary": {"da": "Et *dansk* resumé.\n\n- ét", "en": "An *English* summary.\n\n- one"},
    "presentation": "Kun dansk.\n\nTo afsnit.",
    "recommendation": [{"da": "tages til efterretning", "en": "be noted"}],
    "appendices": "Bilag på dansk",
}


@cache
def page(folder, language: str) -> str:
    """Return every piece of a page, one after the other."""
    report = Report(Facts.read(folder, language))
    pieces = [
        name for name in vars(Report) if not name.startswith("_") and name not in NOT_ON_A_PAGE
    ]
    html = [getattr(report, name)().html for name in pieces]
    html += [report.section(name).html for name in SECTIONS]
    html += [report.target("payments_on_time").html, report.chart("payments_on_time").html]
    return "\n".join(html)


@pytest.fixture(scope="module")
def greenlandic(folder) -> str:
    return page(folder, "kl")


def test_greenlandic_is_what_the_catalogue_holds_and_all_else_is_marked(greenlandic):
    """What libraries write stays as it is: months, quarters, their versions, names of files."""
    unmarked = words_in("kl", greenlandic) - GREENLANDIC
    assert [text for text in unmarked if not THE_LIBRARIES.fullmatch(text.strip(" ·:"))] == []


def test_a_marked_text_is_never_inside_an_attribute(folder):
    for language in ("da", "en", "kl"):
        frame = f"<!DOCTYPE html><html lang='{language}'><head><title>x</title></head><body>"
        html5lib.HTMLParser(strict=True).parse(f"{frame}{page(folder, language)}</body></html>")


def test_the_english_page_has_the_english_texts(folder):
    html = page(folder, "en")
    assert "Service targets &amp; &#34;goals&#34; &lt;i&gt;" in html
    assert "<p>An <em>English</em> summary.</p>\n<ul>\n<li>one</li>" in html
    assert '<div lang="da"><p>Kun dansk.</p>\n<p>To afsnit.</p></div>' in html
    assert "that be noted" in re.sub(r"\s+", " ", html)
    assert "dansk* resumé" not in html


def test_the_danish_page_marks_nothing_as_danish(folder):
    assert 'span lang="da"' not in page(folder, "da")


def test_one_note_says_how_much_awaits_a_translator(folder, greenlandic):
    assert len(re.findall('class="awaiting"', greenlandic)) == 1
    waiting, all_texts = Facts.read(folder, "kl").awaiting
    count = Labels("kl").count
    said = f"rapportens {count(all_texts)} tekster venter {count(waiting)} på en oversætter"
    assert said in greenlandic
    assert waiting < all_texts
    masthead = {one: Report(Facts.read(folder, one)).masthead().html for one in ("da", "en")}
    assert "await a translator; where this page has them, they are in Danish." in masthead["en"]
    assert 'class="awaiting"' not in masthead["da"]
