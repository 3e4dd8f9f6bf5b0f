"""The piece of the page that says where cases get stuck."""

from kpi.present.circumstances import payment_runs, queues
from kpi.present.stuck import where_stuck
from tests.present.test_late import NOW
from tests.present.test_remedies import AS_IT_WAS, POSTING, RESULTS

STAGES = """period | stage | outcome | n | median_days | p90_days
2019Q4 | received-approved | met    | 900 | 2 | 3
2019Q4 | received-approved | missed | 260 | 2 | 3
2019Q4 | sent-posted       | met    | 900 | 1 | 2
2019Q4 | sent-posted       | missed | 260 | 9 | 11
"""


def shown(report, **more):
    given = {"stages": STAGES, "lateness": NOW, "counterfactual": f"{AS_IT_WAS}\n{POSTING}"}
    return where_stuck(report(RESULTS, **(given | more))).html


def test_the_answer_comes_before_the_picture_and_the_numbers(report):
    html = shown(report)
    order = ["211 lost most time", "95.1% would have been on time", "<svg", "<details>", "<table"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)


def test_the_picture_tells_its_numbers_to_who_cannot_see_it(report):
    assert "2 From sent to the ledger to posted: 9 late, 1 on time." in shown(report)


def test_a_hidden_figure_is_in_no_part_of_the_piece(report):
    few = STAGES.replace("260 | 9 | 11", "3 | 7.77 | 8.88")
    html = shown(report, stages=few)
    assert "7.8" not in html
    assert "8.9" not in html
    assert "hidden late" in html


def test_a_metric_without_stages_has_no_piece(report):
    assert "<section" not in where_stuck(report(RESULTS)).html
    assert "<section" not in where_stuck(report(RESULTS), "application_time").html


def test_without_queues_and_runs_nothing_is_said(report):
    assert "<table" not in queues(report(RESULTS)).html
    assert "<p" not in payment_runs(report(RESULTS)).html
