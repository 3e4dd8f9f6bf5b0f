"""The piece of the page that says where cases get stuck."""

import pandas as pd

from kpi.page.bottlenecks import stage_numbers, where_stuck
from kpi.page.circumstances import circumstances, payment_runs, queues
from tests.page.test_late import NOW
from tests.page.test_remedies import AS_IT_WAS, POSTING, RESULTS

STAGES = """period | stage | outcome | n | median_days | p90_days
2019Q4 | received-approved | met    | 900 | 2 | 3
2019Q4 | received-approved | missed | 255 | 2 | 3
2019Q4 | sent-posted       | met    | 900 | 1 | 2
2019Q4 | sent-posted       | missed | 255 | 9 | 11
"""


def shown(report, **more):
    """What the case says and, behind it, the annex."""
    given = {"stages": STAGES, "lateness": NOW, "counterfactual": f"{AS_IT_WAS}\n{POSTING}"}
    facts = report(RESULTS, **(given | more))
    return where_stuck(facts).html + stage_numbers(facts).html


def test_the_answer_comes_before_the_picture_and_the_numbers(report):
    html = shown(report)
    order = ["about 210 lost most time", "<svg", "95% would have been on time", "<table"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)


def test_the_picture_tells_its_numbers_to_who_cannot_see_it(report):
    told = "From sent to the ledger to posted: 700 days, 210 cases; "
    html = shown(report)
    assert told in html


def test_a_hidden_figure_is_in_no_part_of_the_piece(report):
    few = STAGES.replace("255 | 9 | 11", "0 | 777.77 | 888.88 | 3").replace("\n", " | persons\n", 1)
    late = NOW.replace("sent-posted       | 210 | 700", "sent-posted | * | *")
    html = shown(report, stages=few, lateness=late)
    for figure in ("777", "888", "700 days", "210 cases"):
        assert figure not in html
    assert "From sent to the ledger to posted: hidden" in html


def test_a_metric_without_stages_has_no_piece(report):
    assert "<section" not in where_stuck(report(RESULTS)).html
    assert "<section" not in where_stuck(report(RESULTS), "application_time").html


def test_without_queues_and_runs_nothing_is_said(report):
    assert "<table" not in queues(report(RESULTS)).html
    assert "<p" not in payment_runs(report(RESULTS)).html


def test_runs_are_told_in_one_sentence_a_step(report):
    runs = pd.DataFrame(
        {
            "metric": "payments_on_time",
            "period": "2019Q4",
            "step": "paid",
            "weekday": [1, 4, 5],
            "share": [0.43, 0.56, 0.01],
            "is_run": [True, True, False],
            "suppressed": "",
            "rounded_to": 5,
        }
    )
    html = payment_runs(report(RESULTS, frames={"payment_runs": runs})).html
    assert "99% are paid in runs: Monday (43%) and Thursday (56%)." in html


def circumstance(kind, *values, amount=None):
    return pd.DataFrame(
        {
            "metric": "payments_on_time",
            "period": "2019Q4",
            "circumstance": kind,
            "value": values,
            "n": 100,
            "lower": 0.5,
            "upper": 0.5,
            "median_days": 7.0,
            "amount": amount,
            "amount_met": amount,
            "amount_unknown": 0.0,
            "rounded_to": 5,
            "suppressed": "",
        }
    )


def test_circumstances_come_in_their_own_order_and_amounts_only_where_there_are_any(report):
    rows = circumstance("returned", "more", "never", "once")
    html = circumstances(report(RESULTS, frames={"circumstances": rows})).html
    places = [html.index(value) for value in ("never returned", "returned once", "more than once")]
    assert places == sorted(places)
    assert "Amount" not in html
    rows = circumstance("returned", "never", amount=1000.0)
    assert "<td>1,000</td>" in circumstances(report(RESULTS, frames={"circumstances": rows})).html


def test_how_many_passed_a_stage_stands_beside_it(report):
    every = STAGES + "2019Q4 | received-approved | all | 1160 | 2 | 3\n"
    assert '<td class="number" data-label="Passed">1,160</td>' in shown(report, stages=every)
