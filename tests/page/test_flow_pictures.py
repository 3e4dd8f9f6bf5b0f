"""The pictures of the flow: what they tell, and what they keep."""

import datetime as dt

import pandas as pd
import pytest

from kpi.page.charts.paths import layout
from kpi.page.flow_pictures import flow_by_week, paths, pictures, queue_over_time, times_by_month
from tests.page.test_remedies import RESULTS

MONTH_ENDS = (dt.date(2019, 10, 31), dt.date(2019, 11, 30), dt.date(2019, 12, 31))
SUNDAYS = (dt.date(2019, 10, 6), dt.date(2019, 10, 13), dt.date(2019, 10, 20))


def queues(*, approving, sending):
    rows = [
        {"on_date": day, "stage": stage, "queue": queue}
        for stage, found in (("received-approved", approving), ("approved-sent", sending))
        for day, queue in zip(MONTH_ENDS, found, strict=True)
    ]
    return drawn(rows, "queue")


def reached(**cases):
    rows = [
        {"on_date": day, "step": step, "cases": n}
        for step, found in cases.items()
        for day, n in zip(SUNDAYS, found, strict=True)
    ]
    return drawn(rows, "cases").assign(period="2019Q4")


def passages(*given):
    rows = [
        {"from_step": start, "to_step": end, "n": n, "median_days": days}
        for start, end, n, days in given
    ]
    return drawn(rows, "n").assign(period="2019Q4", rounded_to=5)


def drawn(rows, figure):
    frame = pd.DataFrame(rows).assign(metric="payments_on_time")
    frame[figure] = frame[figure].astype("Int64")
    frame["suppressed"] = frame[figure].isna().map({True: "hidden", False: ""})
    return frame


WAITING = queues(approving=(20, 71, 30), sending=(5, 8, 1234))
CAME = reached(received=(90, 180, 300), approved=(80, 150, 260), paid=(60, 140, 200))
WAYS = passages(
    ("", "Handed in", 1000, None),
    ("Handed in", "Approved", 1000, 3.25),
    ("Approved", "Returned", 60, 1.0),
    ("Returned", "Approved", 60, 4.0),
    ("Approved", "Paid", 1000, 2.0),
    ("Approved", "other steps", None, None),
    ("Paid", "", 1000, None),
)


@pytest.fixture
def shown(report):
    def show(picture, language="en", **frames):
        return picture(report(RESULTS, language=language, frames=frames)).html

    return show


def test_the_queues_are_told_in_words_and_in_a_table(shown):
    html = shown(queue_over_time, stage_queues=WAITING)
    assert "1 From handed in to approved: 30 at the end of Dec 2019; most 71, Nov 2019." in html
    assert '<th scope="row" class="whole">Oct 2019</th><td>20</td><td>5</td>' in html


def test_numbers_are_written_as_the_language_does(shown):
    html = shown(queue_over_time, "da", stage_queues=WAITING)
    assert "1.234" in html
    assert "1,234" not in html


def test_a_hidden_month_is_a_gap_and_said_to_be_one(shown):
    html = shown(queue_over_time, stage_queues=queues(approving=(20, None, 30), sending=(5, 8, 9)))
    assert "A gap is hidden" in html
    assert '<th scope="row" class="whole">Nov 2019</th><td>hidden</td><td>8</td>' in html


def test_a_stage_that_is_hidden_throughout_says_so(shown):
    html = shown(queue_over_time, stage_queues=queues(approving=(None,) * 3, sending=(5, 8, 9)))
    assert "1 From handed in to approved: hidden." in html


def test_times_are_told_by_month(shown):
    months = pd.DataFrame(
        {
            "metric": "payments_on_time",
            "period": ["2019-11", "2019-12"],
            "stage": "sent-posted",
            "median_days": [9.0, 1.5],
            "suppressed": "",
        }
    )
    html = shown(times_by_month, stage_months=months)
    assert "1 From sent to the ledger to posted: 1.5 in Dec 2019; longest 9, Nov 2019." in html
    assert '<th scope="row" class="whole">Dec 2019</th><td>1.5</td>' in html


def test_weeks_tell_how_far_cases_had_come(shown):
    html = shown(flow_by_week, reached=CAME)
    assert "By 20 October 2019: handed in 300, approved 260 and paid 200." in html
    assert "<td>180</td><td>150</td><td>140</td>" in html
    assert "A gap is hidden" not in html


def test_hidden_weeks_leave_no_number(shown):
    few = reached(received=(90, 180, 300), approved=(80, 150, None), paid=(60, 140, 200))
    html = shown(flow_by_week, reached=few)
    assert "approved hidden" in html
    assert "A gap is hidden" in html


def test_the_map_tells_each_main_path_and_that_numbers_are_rounded(shown):
    html = shown(paths, step_paths=WAYS)
    assert "Handed in to Approved: 1,000 times, median 3.3 days" in html
    assert "Returned to Approved: 60 times, median 4.0 days" in html
    assert "Counts are rounded to multiples of 5" in html
    assert '<th scope="row">Ends with Paid</th><td>1,000</td>' in html


def test_a_hidden_path_is_not_in_the_map_and_hidden_in_the_table(shown):
    html = shown(paths, step_paths=WAYS)
    row = '<th scope="row">Approved to other steps</th><td>hidden</td><td>hidden</td>'
    assert row in html
    assert html.count("other steps") == 1


def test_they_come_in_one_order(shown):
    html = shown(pictures, stage_queues=WAITING, reached=CAME, step_paths=WAYS)
    titles = ["Cases waiting in each stage", "How far cases", "Map of"]
    places = [html.index(title) for title in titles]
    assert places == sorted(places)


def test_without_frames_there_is_no_picture(shown):
    for picture in (pictures, queue_over_time, times_by_month, flow_by_week, paths):
        html = shown(picture)
        assert "<svg" not in html
        assert "<details" not in html


def rank(*given):
    frame = pd.DataFrame(given, columns=["from_activity", "to_activity", "n"])
    return {step: -y for step, (_, y) in layout(frame).items()}


def test_the_first_step_is_on_top_though_more_cases_come_back_to_it_than_are_sent_on():
    assert rank(
        ("Submitted", "Approved", 90),
        ("Submitted", "Rejected", 40),
        ("Rejected", "Submitted", 45),
        ("Approved", "Paid", 90),
    ) == {"Submitted": 0, "Approved": 1, "Rejected": 1, "Paid": 2}


def test_a_step_that_repeats_itself_has_its_place():
    assert rank(("A", "A", 5), ("A", "B", 3)) == {"A": 0, "B": 1}
