"""How a figure differs from an earlier quarter's, and whether that is better."""

import pytest

from kpi.page.comparison import change

HEAD = "metric | period | n | met | missed | unknown | weeks | median\n"


@pytest.mark.parametrize(
    ("metric", "before", "now", "text", "verdict"),
    [
        ("payments_on_time", "1000|750|250|", "1000|900|100|", "+15.0", "better"),
        ("payments_on_time", "1000|900|100|", "1000|750|250|", "−15.0", "worse"),
        ("payments_on_time", "1000|900|100|", "1000|900|100|", "0.0", "same"),
        ("payments_on_time", "1000|750|250|", "1000|900|50|50", "+15.0 to +20.0", "better"),
        ("payments_on_time", "1000|930|70|", "1000|900|50|50", "−3.0 to +2.0", "open"),
        ("payments_on_time", "40|38|2|", "1000|900|100|", "–", ""),
        ("conversations_held", "256|||", "270|||", "+14", ""),
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


def test_a_target_is_not_compared_with_the_time_before_it_came(report):
    metric = "action_plan_coverage"
    facts = report(
        f"{HEAD}{metric}|2018Q4|100|50|50\n{metric}|2019Q3|100|60|40\n{metric}|2019Q4|100|70|30"
    )
    assert change(facts, metric, facts.quarter.year_ago).verdict == "new"
    assert change(facts, metric, facts.quarter.previous).text == "+10.0"


def test_figures_counted_in_two_ways_are_not_compared(report):
    metric = "payments_on_time"
    facts = report(f"{HEAD}{metric}|2019Q3|1000|750|250|\n{metric}|2019Q4|1000|900|100|")
    rows = facts.results
    rows.loc[rows["period"] == "2019Q4", "version"] = "2"
    found = change(facts, metric, facts.quarter.previous)
    assert (found.text, found.verdict) == ("", "broken")
