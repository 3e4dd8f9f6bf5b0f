"""How a figure differs from an earlier quarter's, and whether that is better."""

import pytest

from kpi.page.comparison import change

HEAD = "metric | period | n | met | missed | unknown | weeks | median\n"


@pytest.mark.parametrize(
    ("metric", "before", "now", "text", "verdict"),
    [
        ("payments_on_time", "1000|750|250|", "1000|900|100|", "+15.0", "better"),
        ("payments_on_time", "1000|900|100|", "1000|750|250|", "−15.0", "worse"),
        ("payments_on_time", "1000|900|100|", "1000|900|100|", "", "same"),
        ("payments_on_time", "1000|750|250|", "1000|900|50|50", "+15.0 to +20.0", "better"),
        ("payments_on_time", "1000|930|70|", "1000|900|50|50", "−3.0 to +2.0", "open"),
        ("payments_on_time", "40|38|2|", "1000|900|100|", "–", ""),
        # one case of 250 moves the share by 0.4 points, of 1,000 by 0.1
        ("payments_on_time", "10000|8807|1193|", "250|220|30|", "", "same"),
        ("payments_on_time", "1000|880|120|", "1000|881|119|", "+0.1", "better"),
        ("payments_on_time", "1000|880|120|", "999|880|119|", "", "same"),
        ("conversations_held", "256|||", "270|||", "+14", ""),
        ("booked_conversations_per_caseworker_week", "230||||13", "231||||13.1", "", "same"),
        ("booked_conversations_per_caseworker_week", "230||||13", "232||||13", "+0.2", "better"),
        ("early_retirement_pension_time", "30||||| 150", "30||||| 134", "−16", "better"),
    ],
)
def test_a_change_says_whether_it_is_better(report, metric, before, now, text, verdict):
    drawn = [
        HEAD.strip(),
        f"{metric}|2018Q4|{before}",
        f"{metric}|2019Q4|{now}",
    ]
    facts = report("\n".join(drawn))
    found = change(facts, metric, facts.quarter.year_ago)
    assert (found.text, found.verdict) == (text, verdict)


def test_a_new_target_is_new_only_where_there_was_no_figure_before_it(report):
    metric = "action_plan_coverage"
    before = f"{metric}|2018Q4|100|50|50\n"
    now = f"{metric}|2019Q3|100|60|40\n{metric}|2019Q4|100|70|30"
    facts = report(f"{HEAD}{now}")
    assert change(facts, metric, facts.quarter.year_ago).verdict == "new"
    assert change(facts, metric, facts.quarter.previous).text == "+10.0"
    facts = report(f"{HEAD}{before}{now}")
    assert change(facts, metric, facts.quarter.year_ago).text == "+20.0"


def test_figures_counted_in_two_ways_are_not_compared(report):
    metric = "payments_on_time"
    facts = report(f"{HEAD}{metric}|2019Q3|1000|750|250|\n{metric}|2019Q4|1000|900|100|")
    rows = facts.results
    rows.loc[rows["period"] == "2019Q4", "version"] = "2"
    found = change(facts, metric, facts.quarter.previous)
    assert (found.text, found.verdict) == ("", "broken")


@pytest.mark.parametrize("missing", [None, float("nan"), ""])
def test_a_quarter_without_cases_has_no_version_and_is_counted_no_other_way(report, missing):
    metric = "conversations_held"
    facts = report(f"{HEAD}{metric}|2019Q3|0\n{metric}|2019Q4|270")
    rows = facts.results
    rows.loc[rows["period"] == "2019Q3", ["version", "value", "lower", "upper"]] = [
        missing,
        0,
        0,
        0,
    ]
    assert change(facts, metric, facts.quarter.previous).text == "+270"
