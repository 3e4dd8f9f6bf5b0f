"""Control charts: what is drawn, what is not, and the same bytes each time."""

import re
from functools import partial
from xml.etree import ElementTree as ET

from kpi.page.charts.sparklines import sparkline
from kpi.page.targets import chart
from kpi.page.trends import monthly
from tests.page.drawn_report import months

METRIC = "payments_on_time"
LINE = r'd="([^"]+)" style="fill: none; stroke: var\(--blue\); stroke-width: 1.6'
HEAD = "metric | period | n | met | missed | unknown\n"
QUARTER = f"{METRIC} | 2019Q4 | 600 | 550 | 50 |\n"
CALM = "93 95 91 94 92 95 91 93 95 92 94 91"
SHARES = f"{CALM} 93 95 91 94 92 95 70 72 71 92 93 94"


def drawn(report, shares=SHARES, **more):
    return chart(report(HEAD + QUARTER + months(METRIC, shares, **more)), METRIC)


def test_a_chart_is_drawn_for_wide_and_for_narrow_pages(report):
    assert re.findall(r'class="chart (\w+)"', drawn(report).svg) == ["wide", "narrow"]


def test_a_chart_is_the_same_each_time(report):
    assert drawn(report).svg == drawn(report).svg


def test_a_chart_uses_the_page_s_colours_and_type(report):
    svg = drawn(report).svg
    assert "var(--blue)" in svg
    assert not re.search(r"#[0-9a-f]{6}|font-family|<style|<defs|clip-path", svg)


def test_ids_are_unique_on_a_page(report):
    ids = re.findall(r'\bid="([^"]+)"', drawn(report).svg)
    assert len(ids) == len(set(ids)) == 4


def test_a_chart_is_small(report):
    assert len(drawn(report).svg.encode()) < 8_000


def test_a_hidden_month_is_not_in_the_chart(report):
    shown = drawn(report, f"{SHARES[:-2]}94").svg
    hidden = drawn(report, f"92 * {SHARES[:-2]}94")
    (line, *_) = re.findall(LINE, hidden.svg)
    assert line.count("M") == 2, "the line is broken at the hidden month"
    assert len(re.findall("[ML]", line)) == 25
    assert "66.7" not in hidden.svg
    assert ("Dec 2017", "hidden", "") in hidden.numbers
    assert hidden.svg != shown


def test_unusual_months_are_drawn_in_another_shape(report):
    assert drawn(report).svg.count("var(--rust); stroke-width: 7") == 2


def test_a_month_with_unknown_cases_is_drawn_as_a_range(report):
    assert "stroke-opacity: 0.3" not in drawn(report).svg
    ranged = drawn(report, last_unknown=20).svg
    assert "stroke-opacity: 0.3" in ranged
    assert "Dec 84.0–94.0%" in ranged


def height_of_last(svg: str) -> float:
    """Return how high the line of a chart ends, downwards."""
    (line, *_) = re.findall(LINE, svg)
    return float(line.split()[-1])


def test_the_line_runs_along_what_numerator_and_denominator_give(report):
    """Twenty unknown cases of 200 are drawn as a range above it, not left out of the share."""
    ranged = height_of_last(drawn(report, last_unknown=20).svg)
    assert ranged == height_of_last(drawn(report, f"{SHARES[:-2]}84").svg)


def test_a_month_is_unusual_only_if_it_is_whatever_its_unknown_cases_are(report):
    """84 to 94 per cent reaches into what is normal; 70 to 80 does not."""
    calm = f"{CALM} {CALM}"
    side = partial(monthly, metric=METRIC)
    for share, unknown, told in (("94", 20, ""), ("80", 20, "below"), ("84", 0, "below")):
        text = HEAD + QUARTER + months(METRIC, f"{calm[:-2]}{share}", last_unknown=unknown)
        assert side(report(text)).side[-1] == told


def test_the_alternative_text_says_what_the_chart_shows(report):
    svg = str(drawn(report).svg).split("</svg>")[0] + "</svg>"
    description = ET.fromstring(svg).find("desc")  # noqa: S314  # our own chart
    assert description.text == (
        "Month by month from January 2018 (93.0%) to December 2019 (94.0%); lowest in July 2019, "
        "highest in February 2018. Last value: Dec 94.0%; the target is 95%. July to September "
        "2019 lay below normal. It has been normal since. Normal for the "
        "latest 24 months: 79.1–100.0%; p\N{PRIME} chart."
    )


def test_a_title_with_signs_is_escaped(report):
    titled = {METRIC: {"title": 'Paid <on> time & "well"', "targets": []}}
    facts = report(HEAD + QUARTER + months(METRIC, SHARES), targets=titled)
    assert "Paid &lt;on&gt; time &amp; &#34;well&#34;" in chart(facts, METRIC).svg


def test_a_new_way_of_counting_breaks_the_line(report):
    """What is normal rests on the months counted in the new way; the break is named."""
    facts = report(HEAD + QUARTER + months(METRIC, SHARES))
    anew = facts.results["period"] >= "2018-10"
    facts.results.loc[:, "version"] = ["2" if new else "1" for new in anew]
    made = chart(facts, METRIC)
    assert "counted anew" in made.svg
    assert "Counted anew from October 2018." in made.svg
    assert "counted anew" not in drawn(report).svg


def test_too_few_months_of_a_new_way_are_told_by_their_own_number(report):
    """Two months of December and November, not all 24 that the chart shows."""
    facts = report(HEAD + QUARTER + months(METRIC, SHARES))
    facts.results.loc[facts.results["period"] >= "2019-11", "version"] = "2"
    said = chart(facts, METRIC).svg
    assert "Only 2 figures are counted in the new way: too few" in said
    assert "There are only" not in said


def test_months_that_count_by_both_rules_break_the_line_once(report):
    """A limit that changes: cases begun before are judged by the old rule for some months more."""
    facts = report(HEAD + QUARTER + months(METRIC, SHARES))
    both = facts.results["period"].isin(["2018-10", "2018-12"])
    anew = (facts.results["period"] >= "2018-11") & ~both
    facts.results.loc[:, "version"] = [
        "1 + 2" if mixed else "2" if new else "1" for mixed, new in zip(both, anew, strict=True)
    ]
    assert "Counted anew from October 2018." in chart(facts, METRIC).svg


def test_a_small_trend_says_its_quarters_and_the_last_against_its_target(report):
    facts = report(
        """
        metric           | period | n    | met | missed | unknown
        payments_on_time | 2019Q3 | 1000 | 750 | 250    |
        payments_on_time | 2019Q4 | 1055 | 951 | 52     | 52
        """
    )
    said = re.search(r'aria-label="([^"]+)"', str(sparkline(facts, METRIC)))[1]
    assert said == (
        "Payments on time. Q3 2019: 75.0%; Q4 2019: 90.1–95.1%. "
        "Last value: 90.1–95.1%; the target is at least 95%."
    )
