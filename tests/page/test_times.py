"""How long cases took, the open ones, both ways of counting, and the outlook, as the page says."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import read_html

from kpi.page.changes import both_series, changes
from kpi.page.doubt import outlook
from kpi.page.facts import Facts
from kpi.page.fragments import plain_text
from kpi.page.times import durations, open_cases
from tests.page.drawn_report import read_report

RESULTS = """
    metric           | period | n   | met | missed | unknown
    payments_on_time | 2019Q3 | 100 | 75 | 25 |
    payments_on_time | 2019Q4 | 100 | 90 | 10 |
    """


def facts_with(folder: Path, **frames: list[dict[str, Any]]) -> Facts:
    """Return the facts of a drawn report with some of its frames drawn, too."""
    facts = read_report(folder, RESULTS)
    for name, rows in frames.items():
        pd.DataFrame(rows).to_parquet(facts.folder / f"{name}.parquet")
    return facts


def text(fragment: object) -> str:
    """Return what a fragment says, on one line."""
    return " ".join(plain_text(fragment._repr_html_()).split())  # type: ignore[attr-defined]


def test_nothing_is_said_where_there_is_nothing(tmp_path: Path) -> None:
    """No open cases, no changed counting, no running quarter: no heading."""
    facts = facts_with(tmp_path)
    for fragment in (open_cases(facts), both_series(facts), outlook(facts)):
        assert "<h3" not in fragment._repr_html_()


def test_open_cases_by_age(tmp_path: Path) -> None:
    """A hidden band says so; an empty one is left out."""
    band: dict[str, Any] = {"metric": "payments_on_time", "period": "2019Q4", "rounded_to": 5}
    known = {"median_age_days": 8.0, "oldest_age_days": 29.0}
    hidden = {"median_age_days": None, "oldest_age_days": None}
    said = text(
        open_cases(
            facts_with(
                tmp_path,
                open_cases=[
                    band | known | {"band": "within limit", "n": 155, "suppressed": ""},
                    band
                    | hidden
                    | {"band": "up to twice the limit", "n": None}
                    | {"suppressed": "primary"},
                    band | hidden | {"band": "over twice the limit", "n": 0, "suppressed": ""},
                ],
            )
        )
    )
    assert "within the limit" in said
    assert "155" in said
    assert "up to twice the limit" in said
    assert "hidden" in said
    assert "over twice the limit" not in said


def test_durations_of_what_ended(tmp_path: Path) -> None:
    """Half and nine in ten of the cases; no column of waits where no case can wait."""
    facts = facts_with(tmp_path)
    results = facts.results.assign(
        median_days=7.0, p90_days=11.5, max_days=48.0, median_net_days=None, km_median_days=7.0
    )
    results.to_parquet(facts.folder / "results.parquet")
    said = text(durations(Facts.read(tmp_path, "en")))
    assert "How long it took" in said
    for time in ("7", "11.5", "48"):
        assert time in said
    assert "less the wait" not in said


def test_hidden_none_and_no_days_are_three_signs(tmp_path: Path) -> None:
    """In a row whose other figures are shown, too; a row of hidden times alone stays."""
    facts = facts_with(tmp_path)
    times = {"median_days": 0.0, "p90_days": None, "max_days": 3.0, "km_median_days": None}
    results = facts.results.assign(**times, median_net_days=None)
    earlier = results["period"] == "2019Q3"
    results.to_parquet(facts.folder / "results.parquet")
    assert times_on_the_page(tmp_path) == ["0", "\u2013", "3", "\u2013"]
    results["p90_days"] = results["p90_days"].astype(float).mask(earlier, 2.0)
    results.to_parquet(facts.folder / "results.parquet")
    assert times_on_the_page(tmp_path) == ["0", "hidden", "3", "\u2013"]
    results.loc[~earlier, ["median_days", "max_days"]] = None
    results.to_parquet(facts.folder / "results.parquet")
    assert times_on_the_page(tmp_path) == ["hidden", "hidden", "\u2013"]


def times_on_the_page(folder: Path) -> list[str]:
    """Return the times of the only metric, in the order of TIME_WORDS, the longest where shown."""
    table = read_html(StringIO(durations(Facts.read(folder, "en"))._repr_html_()))[0]
    return [str(cell) for cell in table.iloc[0, 1:]]


def test_both_ways_of_counting(tmp_path: Path) -> None:
    """The same quarter in the old and the new way, and the difference in percentage points."""
    share = {"metric": "payments_on_time", "period": "2019Q4", "unit": "share", "status": "met"}
    said = text(
        both_series(
            facts_with(
                tmp_path,
                overlap=[
                    share
                    | {"version": "1", "value": 0.9, "lower": 0.9, "upper": 0.9}
                    | {"difference": None},
                    share
                    | {"version": "2", "value": 0.85, "lower": 0.85, "upper": 0.85}
                    | {"difference": -0.05},
                ],
            )
        )
    )
    for figure in ("90.0%", "85.0%", "\u22125.0"):
        assert figure in said


def test_the_outlook_of_a_running_quarter(tmp_path: Path) -> None:
    """What is decided, what is not, what is needed, the chance; hidden where few stand behind."""
    row = {
        "metric": "payments_on_time", "decided": 50.0, "open_due": 30.0, "expected": 20.0,
        "needed": 45.0, "lower": 0.45, "upper": 0.95, "chance": 0.125, "status": "",
    }  # fmt: skip
    said = text(outlook(facts_with(tmp_path, outlook=[row, row | {"status": "hidden"}])))
    for figure in ("50", "45", "45.0\u201395.0%", "13%", "hidden"):
        assert figure in said


def test_few_rows_that_break_a_rule_are_not_counted_out(tmp_path: Path) -> None:
    """A finding about 1 to 4 rows may be about as many persons; nobody and many are told."""
    facts = read_report(tmp_path, RESULTS)
    assert [facts.rows_of_persons(rows) for rows in (0, 1, 4, 5)] == [
        "0",
        "fewer than 5",
        "fewer than 5",
        "5",
    ]


def test_a_metric_that_is_new_is_not_said_to_replace_itself(tmp_path: Path) -> None:
    """One that was dropped names what came in its place; one that was introduced names nothing."""
    introduced: dict[str, Any] = {
        "payments_on_time": {
            "introduced": "2019-10-01",
            "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
            "targets": [{"valid_from": "2019-10-01", "direction": "at_least", "value": 0.95}],
        }
    }
    rows = "metric | period | n | met | missed | unknown\npayments_on_time | 2019Q4 | 40 | 39 | 1 |"
    said = str(changes(read_report(tmp_path, rows, targets=introduced)))
    assert "1 October 2019" in said
    assert "Replaced by" not in said
