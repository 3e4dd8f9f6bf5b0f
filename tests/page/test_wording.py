"""Figures and targets in words: rounding, bounds that may be equal or not, and the clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kpi.definitions.kinds import AS_REPORTED
from kpi.language import Labels
from kpi.page.charts.control import control_chart, last_value, target_in_chart
from kpi.page.methods import definition
from kpi.page.targets import quarter_rows, target_row
from kpi.page.trends import monthly, normal_range
from kpi.page.wording import basis, figure, goal, rounded, target_of, with_sign

PENSION = "early_retirement_pension_time"
DURATIONS = f"""
metric    | period | n  | met | missed | unknown | median | p90
{PENSION} | 2018Q4 | 31 |     |        |         | 150    | 229
{PENSION} | 2019Q4 | 30 |     |        |         | 134.5  | 204.4
"""
BASELINE = {"targets": [{"direction": "at_most", "baseline": "year_ago"}]}


def test_a_target_that_must_be_beaten_is_no_less_or_equal(report):
    facts = report(DURATIONS)
    assert target_of(facts, facts.row(PENSION)) == "<\u00a0150 days"
    assert [row.target for row in quarter_rows(facts, PENSION)] == ["<\u00a0150 days", "\u2013"]
    assert "the target is below 150 days" in target_row(facts, PENSION).spark


def test_a_chart_writes_the_same_sign(report):
    months = "".join(
        f"{PENSION} | 20{18 + n // 12}-{n % 12 + 1:02d} | 30 | | | | {150 - n} |\n"
        for n in range(24)
    )
    facts = report(DURATIONS + months)
    facts.results.loc[facts.results["period"] == "2019-12", "target"] = 150.0
    found = monthly(facts, PENSION)
    assert found.is_strict
    assert target_in_chart(facts.labels, found) == "<\u00a0150 days"
    fixed = {PENSION: {"targets": [{"direction": "at_most", "value": 150}]}}
    facts = report(DURATIONS + months, targets=fixed)
    assert target_in_chart(facts.labels, monthly(facts, PENSION)) == "150 days"


@pytest.mark.parametrize(
    ("unit", "value", "direction", "strict", "written"),
    [
        ("share", 0.95, "at_least", False, "\u2265\u00a095%"),
        ("share", 1.0, "at_least", False, "100%"),
        ("share", 0.0, "at_most", False, "\u2264\u00a00%"),
        ("days", 150, "at_most", True, "<\u00a0150"),
        ("days", 150, "at_least", True, ">\u00a0150"),
    ],
)
def test_all_is_written_without_a_sign(unit, value, direction, strict, written):
    text = {"share": f"{value:.0%}", "days": f"{value}"}[unit]
    assert with_sign(text, unit, value, direction, strict=strict) == written


@pytest.mark.parametrize(
    ("language", "calendar", "working"),
    [("en", "135 days", "135 working days"), ("da", "135 dage", "135 arbejdsdage")],
)
def test_days_are_called_by_their_clock(report, language, calendar, working):
    clock = {"counting": [{"due": {"days": 100, "unit": "working_days"}}], **BASELINE}
    for targets, written in (({}, calendar), ({PENSION: clock}, working)):
        facts = report(DURATIONS, language=language, targets=targets)
        assert figure(facts, facts.row(PENSION)) == written


@pytest.mark.parametrize(
    ("metric", "language", "written"),
    [
        ("booked_conversations_per_caseworker_week", "en", "230 in 13.2 caseworker weeks"),
        ("booked_conversations_per_caseworker_week", "da", "230 på 13,2 sagsbehandleruger"),
        ("conversations_per_working_week", "en", "230 in 13.2 working weeks"),
        ("conversations_per_working_week", "da", "230 på 13,2 arbejdsuger"),
    ],
)
def test_weeks_are_called_by_what_they_are_weeks_of(report, metric, language, written):
    drawn = f"metric | period | n | weeks\n{metric} | 2019Q4 | 230 | 13.2"
    facts = report(drawn, language=language)
    assert basis(facts, facts.row(metric)) == written


@pytest.mark.parametrize(("value", "whole"), [(32.5, 33), (32.49, 32), (0.5, 1), (-0.5, -1)])
def test_whole_numbers_are_rounded_half_up(value, whole):
    assert rounded(value) == whole
    assert Labels("en").count(value) == str(whole).replace("-", "\u2212")


def test_the_target_of_all_is_written_in_words_where_the_parameters_have_them(report):
    drawn = "metric | period | n | met | missed\napplication_time | 2019Q4 | 10 | 5 | 5"
    assert goal(report(drawn), "application_time") == "all"


BETWEEN = {PENSION: {"targets": [{"between": [100, 140]}]}}
SHARES = """
metric                       | period | n   | met | missed
conversations_within_10_days | 2019Q3 | 100 | 78  | 22
conversations_within_10_days | 2019Q4 | 100 | 85  | 15
"""


def test_a_target_between_two_values_is_written_as_a_range(report):
    facts = report(DURATIONS, targets=BETWEEN)
    assert target_of(facts, facts.row(PENSION)) == "100–140 days"
    assert goal(facts, PENSION) == "100–140 days"
    assert "the target is 100–140 days" in target_row(facts, PENSION).spark
    assert target_row(facts, PENSION).spark.count("H") == 4  # two levels, two quarters
    assert "≥" not in str(definition(facts, PENSION).target)


@pytest.mark.parametrize(("language", "written"), [("en", "80–90%"), ("da", "80–90\u00a0%")])
def test_shares_between_two_values(report, language, written):
    metric = "conversations_within_10_days"
    targets = {metric: {"targets": [{"between": [0.8, 0.9]}]}}
    facts = report(SHARES, targets=targets, language=language)
    assert goal(facts, metric) == written
    assert target_row(facts, metric).status == "met"
    assert target_row(facts, metric).from_previous.verdict == "better"


def test_a_chart_of_reported_values_says_their_unit(report):
    months = "".join(
        f"{PENSION} | 20{18 + n // 12}-{n % 12 + 1:02d} | 30 | | | | {150 - n} |\n"
        for n in range(24)
    )
    facts = report(DURATIONS + months, targets=BETWEEN)
    found = replace(monthly(facts, PENSION), unit=AS_REPORTED, measured_in="points")
    assert target_in_chart(facts.labels, found) == "100–140\u00a0points"
    assert last_value(facts.labels, found).endswith("127\u00a0points")
    assert "\u00a0points; XmR chart" in normal_range(facts.labels, found, 3)
    minutes = replace(found, unit="minutes", measured_in="")
    assert " minutes; XmR chart" in normal_range(facts.labels, minutes, 3)


def test_a_chart_draws_a_target_between_two_values_as_a_band(report):
    months = "".join(
        f"{PENSION} | 20{18 + n // 12}-{n % 12 + 1:02d} | 30 | | | | {150 - n} |\n"
        for n in range(24)
    )
    facts = report(DURATIONS + months, targets=BETWEEN)
    found = monthly(facts, PENSION)
    assert (found.aim, found.targets[-1], found.upper_ends[-1]) == ("between", 100, 140)
    assert target_in_chart(facts.labels, found) == "100–140 days"
    drawn = control_chart(facts.labels, found, "t", "d")
    one_line = control_chart(facts.labels, replace(found, targets_to=()), "t", "d")
    assert drawn.count("<path") > one_line.count("<path")
    assert "target 100–140 days" in drawn
