"""Pieces of the page: escaped, in two languages, readable without a browser."""

import re
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from kpi.page import fragments
from kpi.page.facts import records
from kpi.page.fragments import Fragment, plain_text, render, style, stylesheet
from kpi.page.sections import masthead
from tests.page.drawn_report import months

ROWS = "metric | period | n\nconversations_held | 2019Q4 | 270"


def test_html_is_read_as_plain_text():
    html = "<style>p{}</style><h2>A <b>title</b></h2><svg><title>no</title></svg><table><tr>"
    html += "<th>One</th><td>1&nbsp;%</td></tr><tr><th>Two</th><td>2</td></tr></table>"
    assert plain_text(html) == "A title\nOne  1\u00a0%\nTwo  2"


TEXTS = st.sampled_from(["Words", " ", "1&nbsp;%", "a &amp; b", "<br/>", "<svg/>"])
TAGS = ["p", "b", "td", "tr", "svg", "svg", 'svg class="icon"', "title"]
PIECES = st.recursive(
    TEXTS,
    lambda within: st.tuples(st.sampled_from(TAGS), st.lists(within, max_size=3)).map(
        lambda tag: f"<{tag[0]}>{''.join(tag[1])}</{tag[0].split()[0]}>"
    ),
)


@given(st.lists(PIECES, max_size=5).map("".join))
def test_pictures_are_left_out_as_if_they_were_read(html):
    with mock.patch.object(fragments, "_UNREAD_WHOLE", re.compile(r"(?!)")):
        read = plain_text(html)
    assert plain_text(html) == read


def test_rows_one_by_one_are_those_of_the_frames(report):
    facts = report(f"{ROWS}\n{months('conversations_held', '91 92 93')}")
    metric = "conversations_held"

    def same(rows, frame):
        return [str(row) for row in rows] == [str(row) for row in records(frame)]

    for kind, count in (("month", 3), ("quarter", 1)):
        assert len(facts.over_time(metric, kind)) == count
        assert same(facts.over_time(metric, kind), facts.series(metric, kind))
    results = facts.frame("results")
    assert same(facts.rows_of("results", metric), results[results["metric"] == metric])
    assert facts.rows_of("results", "another") == facts.over_time("another") == []


def test_a_fragment_shows_itself_in_notebooks_and_terminals():
    data, about = Fragment("<p>Words</p>", running_header="Draft")._repr_mimebundle_()
    assert data == {"text/html": "<p>Words</p>", "text/plain": "Words"}
    assert about == {"text/html": {"running_header": "Draft"}}


def test_values_are_escaped(report):
    facts = report(ROWS, organisation={"name": "<b>Town</b> & sons"})
    assert "&lt;b&gt;Town&lt;/b&gt; &amp; sons" in masthead(facts).html


def test_texts_in_another_language_say_so(report):
    facts = report(ROWS, language="da")
    assert '<span lang="en">A small town</span>' in masthead(facts).html
    assert '<span lang="en">A small town</span>' not in masthead(report(ROWS)).html


def test_a_fragment_names_its_language(report):
    shown = render("sentence", report(ROWS, language="da"), sentence="Ord").html
    assert shown.startswith('<div class="kpi" lang="da">')


def test_the_look_touches_nothing_but_fragments():
    assert stylesheet() in style().html
    rules = [line.strip() for line in stylesheet().splitlines() if line.rstrip().endswith("}")]
    selectors = [rule.split("{")[0] for rule in rules if "{" in rule and not rule.startswith("@")]
    assert [one for one in selectors if not all(".kpi" in part for part in one.split(", "))] == []
