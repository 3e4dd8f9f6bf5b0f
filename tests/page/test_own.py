"""An analyst's own chart and table stand on the page like its own."""

from __future__ import annotations

import re

import html5lib
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from kpi.errors import DefinitionError
from kpi.page.frames import described_frame
from kpi.page.own import own_chart, own_table
from tests.page.test_remedies import RESULTS


def drawn() -> Figure:
    figure = Figure(figsize=(4, 2))
    axes = figure.subplots()
    axes.plot([1, 2, 3], [3, 1, 2], marker="o", label="Calls & <visits>")
    axes.legend()
    return figure


def test_a_table_is_captioned_scoped_and_in_the_page_s_numbers(report):
    data = pd.DataFrame(
        {
            "office": ["Nuuk <b>", "True"],
            "cases": [1234, 5],
            "days": [2.25, None],
            "since": [pd.Timestamp("2019-10-01"), pd.NaT],
            "open": [True, False],
        }
    )
    html = own_table(report(RESULTS), data, "By office").html
    assert "<caption>By office</caption>" in html
    assert '<th scope="col">cases</th>' in html
    nuuk, paamiut = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", html)
    assert nuuk == (
        '<th scope="row">Nuuk &lt;b&gt;</th><td>1,234</td><td>2.3</td><td>1 October 2019</td>'
        "<td>yes</td>"
    )
    assert paamiut.startswith('<th scope="row">True</th>')
    assert re.findall("<td>(.*?)</td>", paamiut) == ["5", "\u2013", "\u2013", "no"]


def test_a_frame_of_the_report_brings_its_headings_and_its_per_cent(report):
    facts = report(RESULTS)
    rows = described_frame(facts, "results")
    shown = rows[(rows["metric"] == "payments_on_time") & (rows["period"] == "2019Q4")]
    html = own_table(facts, shown[["period", "lower", "n", "unit"]], "Payments").html
    assert re.findall('<th scope="col">(.*?)</th>', html)[0] == rows.attrs["titles"]["period"]
    assert re.search(r"<td>\d\d\.\d%</td>", html)
    assert "share" not in html
    with pytest.raises(DefinitionError, match="unit"):
        own_table(facts, shown[["period", "lower"]], "Payments")


def test_a_named_index_names_the_rows(report):
    grouped = pd.Series([3, 4], index=pd.Index(["a", "b"], name="office"), name="cases")
    html = own_table(report(RESULTS), grouped, "Cases").html
    assert re.findall('<th scope="row">(.*?)</th>', html) == ["a", "b"]


def test_a_chart_has_its_words_and_nothing_of_it_is_lost(report):
    """Its markers and its legend, in the page's type, with ids of its own."""
    html = own_chart(report(RESULTS), drawn(), "Calls fell, then rose.", "Calls").html
    html5lib.HTMLParser(strict=True).parseFragment(html)
    title = re.search(r'role="img" aria-labelledby="([^"]+)"', html)
    assert title
    assert f'<title id="{title[1]}">Calls fell, then rose.</title>' in html
    assert "<figcaption>Calls</figcaption>" in html
    assert "Calls &amp; &lt;visits&gt;" in html
    used = re.findall(r'<use href="#([^"]+)"', html)
    assert len(used) >= 3  # a marker for each value
    assert set(used) <= set(re.findall(r'\bid="([^"]+)"', html))
    assert "font-family" not in html
    assert "xlink" not in html
    assert "<style" not in html


def test_the_same_chart_gives_the_same_bytes_and_another_has_other_ids(report):
    facts = report(RESULTS)
    one, again = (own_chart(facts, drawn(), "a").html for _ in range(2))
    assert one == again
    other = drawn()
    other.axes[0].plot([1, 2], [1, 1])
    ids = re.compile(r'\bid="([^"]+)"')
    assert not set(ids.findall(one)) & set(ids.findall(own_chart(facts, other, "a").html))


def test_a_chart_is_shown_once(report):
    figure, axes = plt.subplots()
    axes.plot([1, 2], [1, 2])
    own_chart(report(RESULTS), figure, "It rises.")
    assert figure.number not in plt.get_fignums()


@pytest.mark.parametrize("words", ["", "  "])
def test_without_words_neither_is_shown(report, words):
    with pytest.raises(DefinitionError, match="whoever cannot see it"):
        own_chart(report(RESULTS), drawn(), words)
    with pytest.raises(DefinitionError, match="caption"):
        own_table(report(RESULTS), pd.DataFrame({"a": [1]}), words)


def test_words_may_be_given_in_each_language_of_the_page(report):
    data, words = pd.DataFrame({"a": ["b"], "n": [1]}), {"da": "Opkald", "en": "Calls"}
    assert "<caption>Calls</caption>" in own_table(report(RESULTS), data, words).html
    danish = report(RESULTS, language="da")
    assert "<caption>Opkald</caption>" in own_table(danish, data, words).html
    assert "Opkald" in own_chart(danish, drawn(), words).html
    only_english = {"en": "Calls"}  # the language of the drawn report
    html = own_table(danish, data, only_english).html
    assert '<caption><span lang="en">Calls</span></caption>' in html
    with pytest.raises(DefinitionError, match="caption"):
        own_table(danish, data, {"kl": "..."})


def test_periods_of_a_frame_are_written_as_on_the_page(report):
    facts = report(RESULTS, language="da")
    html = own_table(facts, described_frame(facts, "results")[["period", "n"]], "n").html
    assert ">4. kvartal 2019</th>" in html
