"""A report made although a rule that stops the run is broken: it says so wherever it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpi.errors import ParameterError, SourceError
from kpi.periods import Period
from kpi.quality import StopRuleError
from kpi.record import office, payload
from kpi.run import Event, Places, run
from tests.town import HEADER, bill, build_town, notebook

QUARTER = Period(2019, 4)
REASON = "The committee meets before the new extract comes <tomorrow>"


def ignore(event: Event) -> None:
    """Show no progress."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A town whose extract ends before the quarter."""
    places = build_town(tmp_path)
    rows = [HEADER, *(bill(number, 8, 10) for number in range(1, 41))]
    (places.data / "bills.csv").write_text("\r\n".join(rows), encoding="cp1252", newline="")
    shown = notebook(
        "from kpi.report import open_report\nreport = open_report(quarter, language)",
        "report.masthead()",
        "report.style()",
        "report.colophon()",
    )
    (places.notebooks / "committee.ipynb").write_text(shown, encoding="utf-8")
    return places


def test_a_broken_stop_rule_ends_the_run(places: Places) -> None:
    """Before any figure is made."""
    steps: list[Event] = []
    with pytest.raises(StopRuleError, match="no_rows_in_quarter"):
        run(QUARTER, places, steps.append)
    assert [event.step for event in steps] == ["sources", "quality"]
    assert not any(places.reports.rglob("*.html"))


@pytest.mark.parametrize("reason", ["", "because"])
def test_without_a_reason_there_is_no_page(places: Places, reason: str) -> None:
    """Nor is anything read."""
    with pytest.raises(ParameterError, match="--label-anyway"):
        run(QUARTER, places, ignore, reason)
    assert not places.reports.exists()


@pytest.mark.slow
def test_a_labelled_report_says_so_everywhere(places: Places) -> None:
    """At the top, in the colophon, in print, in the record, in the quality documents."""
    folder = run(QUARTER, places, ignore, REASON)
    page = (folder / "committee.en.html").read_text(encoding="utf-8")
    escaped = REASON.replace("<", "&lt;").replace(">", "&gt;")
    assert page.count("Broken stop rule") >= len(("masthead", "style", "colophon", "print"))
    assert f"It was made all the same, because: {escaped}" in " ".join(page.split())
    assert "<tomorrow>" not in page
    record = json.loads((payload(folder) / "run.json").read_text(encoding="utf-8"))
    assert record["quality"]["override"] == REASON
    assert record["quality"]["stops"] == ["bills: no_rows_in_quarter"]
    docs = (office(folder) / "data_docs" / "index.html").read_text(encoding="utf-8")
    assert escaped in docs


def test_other_errors_still_stop(places: Places) -> None:
    """The label answers for rows that were read, not for an extract that is not there."""
    (places.data / "bills.csv").write_text(HEADER + "\r\n", encoding="cp1252")
    with pytest.raises(SourceError):
        run(QUARTER, places, ignore, REASON)
    assert [path.name for path in places.reports.iterdir()] == [".work"]
