"""What a figure's months say: whether the latest are unusual for its own past."""

import math
import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.language import Labels
from kpi.page.sentences import chart_in_words
from kpi.page.targets import chart
from kpi.page.trends import monthly, normal_range, reading
from kpi.periods import Period
from tests.page.drawn_report import months

METRIC = "payments_on_time"
CALM = "93 95 91 94 92 95 91 93 95 92 94 91 "
HEAD = "metric | period | n | met | missed | unknown\n"
QUARTER = f"{METRIC} | 2019Q4 | 600 | 550 | 50 |\n"


def read(report, shares, language="da"):
    facts = report(HEAD + QUARTER + months(METRIC, shares), language=language)
    found = monthly(facts, METRIC)
    return reading(facts.labels, found) if found else None


@pytest.mark.parametrize(
    ("shares", "danish"),
    [
        (
            CALM + CALM,
            "Det seneste år ligger inden for det normale. ",
        ),
        (
            CALM + CALM[:-3] + "80",
            "December 2019 lå under det normale. ",
        ),
        (
            CALM + "93 95 91 94 92 95 70 72 71 92 93 91",
            "Juli til september 2019 lå under det normale. ",
        ),
        (
            CALM + "93 95 91 94 92 95 96 95 97 95 96 95",
            "De seneste 7 måneder ligger alle over gennemsnittet af de seneste 24 måneder: ",
        ),
        ("93 94 92 93 94 93", "Der er kun 6 tal: for få til at sige, hvad der er normalt."),
        (
            CALM + "93 95 91 94 92 95 91 93 95 * * 94",
            "Et af de seneste tal er skjult, så det kan ikke siges, hvad der er normalt.",
        ),
    ],
)
def test_the_latest_months_are_read_against_what_is_normal(report, shares, danish):
    assert read(report, shares).startswith(danish)


def test_a_figure_that_came_back_says_so(report):
    told = read(report, CALM + "93 95 91 94 92 95 70 72 71 92 93 91")
    assert "lå under det normale. Siden har tallet været normalt." in told


def test_normal_rests_on_the_months_since_the_latest_hidden_one(report):
    told = read(report, "* * 92 93 94 93 92 94 93 92 93 94 93 94 92 93 94 93")
    assert "de seneste 16 måneder" in told


def test_a_target_out_of_reach_says_so(report):
    calm = "80 81 80 79 80 81 80 79 80 81 80 79 80 81"
    assert read(report, calm, "en").endswith("without a change it will not be met.")


def test_two_figures_far_away_leave_normal_where_it_is(report):
    """They would move the average to where no figure is; limits about the median heed neither."""
    days = [2, 7, 3, 3, 5, 2, 8, 3, 4, 675, 770, 7, 2, 8, 7, 6, 7, 3, 2, 2, 3, 6, 3, 3]
    name = "early_retirement_pension_time"
    rows = "".join(
        f"{name} | {2018 + at // 12}-{at % 12 + 1:02} | 70 | 70 | | | {one}\n"
        for at, one in enumerate(days)
    )
    facts = report(
        "metric | period | n | met | missed | unknown | median\n"
        f"{name} | 2019Q4 | 210 | 210 | | | 4\n{rows}",
        language="en",
    )
    found = monthly(facts, name)
    assert found is not None
    assert reading(facts.labels, found) == (
        "The past year lies within what is normal. Normal for the latest 24 months: "
        "0\u201312 days; XmR chart about the median."
    )
    assert [at for at, side in enumerate(found.side) if side] == [9, 10]


def test_a_series_that_is_mostly_hidden_has_no_chart(report):
    assert read(report, "* * * * * * * * 93 94 92 93") is None


def drawn(metric, rows):
    """Draw months up to December 2019 from (cases, met) each."""
    lines = [f"{metric} | 2019Q4 | 600 | 550 | 50 |"]
    for back, (n, met) in enumerate(reversed(rows)):
        year, month = divmod(2019 * 12 + 11 - back, 12)
        lines.append(f"{metric} | {year}-{month + 1:02d} | {n} | {met} | {n - met} |")
    return HEAD + "\n".join(lines)


def test_a_month_of_few_cases_has_wider_limits_than_one_of_many(report):
    """66 % is what chance may give for 29 cases, not for 506."""
    usual = [(500, 430), (480, 390), (510, 452), (490, 402)] * 5
    few, many = (29, 19), (506, 334)
    for last, unusual in ((few, False), (many, True)):
        facts = report(drawn(METRIC, [*usual, last]), language="en")
        found = monthly(facts, METRIC)
        told = reading(facts.labels, found)
        assert ("December 2019 lay below" in told) is unusual
        assert "with as many cases as in December 2019; p" in told
    assert found.high[-1] - found.low[-1] < found.high[-2] - found.low[-2]


def counted(rows, metric="conversations_held"):
    lines = [f"{metric} | 2019Q4 | 60 |  |  |"]
    for back, n in enumerate(reversed(rows)):
        year, month = divmod(2019 * 12 + 11 - back, 12)
        lines.append(f"{metric} | {year}-{month + 1:02d} | {n} |  |  |")
    return HEAD + "\n".join(lines)


@dataclass(frozen=True)
class Months:
    """As much of a report's facts as the months of a figure need: `rows` of value and cases."""

    rows: list[tuple[float, int]]
    unit: str
    labels: Labels = field(default_factory=lambda: Labels("en"))
    quarter: Period = field(default_factory=lambda: Period(2019, 4))

    @property
    def metrics(self) -> dict[str, Any]:
        return {"drawn": SimpleNamespace(unit=self.unit, targets=[], measured_in="")}

    def series(self, *_: str) -> pd.DataFrame:
        months = pd.date_range("2018-01-01", periods=len(self.rows), freq="MS")
        frame = pd.DataFrame(self.rows, columns=["value", "n"]).astype(float)
        met = frame["value"] * frame["n"]
        return frame.assign(
            period=months.strftime("%Y-%m"), status="no_target", version="1", target=None, met=met,
            missed=frame["n"] - met, lower=frame["value"], upper=frame["value"], is_part=False,
        )  # fmt: skip


def test_months_of_too_few_cases_have_no_normal():
    facts = Months([(1, 9), (8 / 9, 9)] * 12, "share")
    found = monthly(facts, "drawn")
    assert not found.has_limits
    assert reading(facts.labels, found).startswith("So few cases lie behind each figure")


@given(st.lists(st.integers(0, 90), min_size=13, max_size=24))
def test_a_count_lies_inside_the_limits_as_written_just_if_it_lies_inside_them(rows):
    """Limits of counts are rounded inwards: of 15.7 to 49.7 are written 16 and 49."""
    facts = Months([(n, n) for n in rows], "count")
    found = monthly(facts, "drawn")
    for place, n in enumerate(rows if found.has_limits else []):
        written = normal_range(facts.labels, found, place)
        low, high = map(float, re.match(r"([\d.]+)–([\d.]+)", written).groups())
        assert (low <= n <= high) is (found.side[place] == "")


def test_figures_are_rounded_half_up_and_limits_inwards_in_text_and_chart(report):
    labels = Labels("en")
    assert [labels.count(value) for value in (32.7, 32.5, 32.4, 0.5, -0.4)] == [
        "33", "33", "32", "1", "0",
    ]  # fmt: skip
    facts = report(counted([32, 33] * 10), language="en")
    found = monthly(facts, "conversations_held")
    assert found.centre == 32.5
    inwards = f"{math.ceil(found.low[0])}–{math.floor(found.high[0])}; XmR chart"
    assert normal_range(labels, found, 0) == inwards
    assert "normally 33" in chart(facts, "conversations_held").svg


def test_unusual_months_with_a_month_between_them_are_no_stretch(report):
    facts = report(HEAD + QUARTER + months(METRIC, CALM + "93 95 91 94 92 95 91 70 95 70 94 91"))
    told = reading(facts.labels, monthly(facts, METRIC))
    assert told.startswith("October 2019 lay below")


def test_quarters_ends_are_called_quarters(report):
    ends = [f"{year}-{month:02d}" for year in range(2016, 2020) for month in (3, 6, 9, 12)]
    metric = "action_plan_coverage"
    rows = [f"{metric} | {end} | 300 | {200 + at} | {100 - at} |" for at, end in enumerate(ends)]
    facts = report(f"{HEAD}{metric} | 2019Q4 | 300 | 215 | 85 |\n" + "\n".join(rows))
    found = monthly(facts, metric)
    told = reading(facts.labels, found)
    assert "the latest 16 quarters" in told
    assert "month" not in told
    said = chart_in_words(facts, found)
    assert said.startswith("Quarter by quarter from Q1 2016 (66.7%) to Q4 2019 (71.7%); ")


def test_nothing_is_said_to_be_back_where_no_figure_followed(report):
    shares = CALM + "93 95 91 94 92 95 91 93 95 92 94 70"
    rows = months(METRIC, shares).splitlines()
    rows[-1] = f"{METRIC} | 2019-12 | 0 | 0 | 0 | 0"
    rows[-2] = f"{METRIC} | 2019-11 | 200 | 140 | 60 | 0"
    facts = report(HEAD + QUARTER + "\n".join(rows))
    told = reading(facts.labels, monthly(facts, METRIC))
    assert told.startswith("November 2019 lay below")
    assert "Since then" not in told
