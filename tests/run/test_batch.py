"""Many reports: one that fails stops no other, and a second try makes only what is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kpi.cli import main
from kpi.errors import ParameterError
from kpi.params import load_params
from kpi.periods import Period, parse_range
from kpi.processes import Notify
from kpi.run import Event, Places
from kpi.run import batch as work
from kpi.run.batch import (
    How,
    Outcome,
    Outcomes,
    Wanted,
    failure,
    headline,
    left_out,
    lines,
    note,
    wanted,
)
from tests.town import HEADER, bill, build_town

QUARTERS = parse_range("2019Q3..2019Q4")


@pytest.fixture
def town(tmp_path: Path) -> Places:
    """A town with two quarters and two units, of which the second has no extract."""
    places = build_town(tmp_path)
    text = (places.params / "2019Q4.yaml").read_text(encoding="utf-8")
    third = text.replace("2019Q4", "2019Q3").replace("2020-01-15", "2019-10-15")
    third = third.replace("history_from: 2019Q3", "history_from: 2019Q2")
    (places.params / "2019Q3.yaml").write_text(third, encoding="utf-8")
    bills = [HEADER, *(bill(number, 5, 10) for number in range(1, 41))]
    bills += [bill(number, 8, 10) for number in range(41, 81)]
    (places.data / "north").mkdir()
    (places.data / "north" / "bills.csv").write_text("\r\n".join(bills), encoding="cp1252")
    units = places.params / "units"
    units.mkdir()
    for name in ("north", "south"):
        (units / f"{name}.yaml").write_text(
            f"unit: {name}\nextracts: {name}\norganisation: {{name: The {name}}}\n",
            encoding="utf-8",
        )
    return places


def kpi(monkeypatch: pytest.MonkeyPatch, places: Places, *arguments: str) -> int:
    """Run `kpi run` and return its exit code."""
    folders = {"params": "params", "data": "data", "notebooks": "notebooks", "out": "reports"}
    options = [f"--{option}={getattr(places, name)}" for option, name in folders.items()]
    monkeypatch.setattr(sys, "argv", ["kpi", "run", *arguments, *options])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.mark.slow
def test_a_batch_goes_on_after_a_failure(
    town: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2019Q2 has no parameters; 2019Q3 is made; the summary and the exit code tell both."""
    (town.params / "2019Q4.yaml").unlink()
    units = ["--units", str(town.params / "units" / "*.yaml")]
    assert kpi(monkeypatch, town, "2019Q3..2019Q4", *units, "--jobs", "2") == 8
    shown = capsys.readouterr()
    assert "1 of 4 reports are up to date, 3 failed" in shown.out
    assert "north/2019Q3  made" in shown.out
    assert "has no parameter file 2019Q4.yaml" in shown.out
    assert "no file south/bills.csv" in shown.out
    assert "north/2019Q3 notebooks committee.en 4/4" in shown.err
    assert (town.reports / "north" / "2019Q3" / "committee.en.html").is_file()
    assert "The north" in (town.reports / "north/2019Q3/data/run.json").read_text(encoding="utf-8")
    assert kpi(monkeypatch, town, "2019Q3..2019Q4", *units, "--resume") == 8
    again = capsys.readouterr()
    assert "north/2019Q3  left out" in again.out
    assert "north/2019Q3 sources" not in again.err


@pytest.mark.slow
def test_a_process_that_is_killed_fails_its_report_alone(
    town: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is made in a new process."""
    monkeypatch.setattr(work, "_make", _killed_by_the_third_quarter)
    asked = wanted(QUARTERS, [], town)
    outcomes = list(work.make_all(asked, How(), 1, lambda *_: None))
    assert [(one.name, one.state) for one in outcomes] == [("2019Q3", "failed"), ("2019Q4", "made")]
    assert "stopped from outside" in outcomes[0].error


def _killed_by_the_third_quarter(notify: Notify, report: Wanted, _: How) -> str:
    if str(report.quarter) == "2019Q3":
        os._exit(9)
    notify(Event("sources"))
    return "made"


def test_what_was_made_is_left_out_next_time(tmp_path: Path) -> None:
    """As long as it is there."""
    asked = wanted(QUARTERS, [], Places(reports=tmp_path))
    (tmp_path / "2019Q3" / "data").mkdir(parents=True)
    note(Outcome("2019Q3", "made"), tmp_path)
    note(Outcome("2019Q4", "failed", error="No."), tmp_path)
    assert [one.name for one in left_out(asked, tmp_path)] == ["2019Q3"]
    (tmp_path / "2019Q3" / "data").rmdir()
    assert left_out(asked, tmp_path) == []


def test_the_summary() -> None:
    """A line for each report, then the errors."""
    outcomes = Outcomes(
        [Outcome("2019Q3", "made", 12.3), Outcome("2019Q4", "failed", 1.0, "A rule.\nFound: x", 3)]
    )
    assert headline(outcomes) == "1 of 2 reports are up to date, 1 failed"
    assert list(lines(outcomes)) == [
        "2019Q3  made       12 s",
        "2019Q4  failed     1 s",
        "",
        "2019Q4 (exit code 3)",
        "  A rule.",
        "  Found: x",
    ]
    assert "2019Q4" in str(failure(outcomes))


def test_a_units_file_says_what_differs(town: Places) -> None:
    """Its extracts lie in a folder of their own; records are joined."""
    params = load_params(town.params, Period(2019, 4), unit=town.params / "units" / "north.yaml")
    assert params.report.unit == "north"
    assert params.report.sources["bills"].file == "north/bills.csv"
    assert params.report.organisation.name == "The north"
    assert params.report.calendar.country == "GL"


@pytest.mark.parametrize(
    ("text", "message"),
    [("extracts: x", "named after"), ("unit: north\nquarter: 2019Q4", "in every quarter")],
)
def test_a_units_file_that_is_wrong(town: Places, text: str, message: str) -> None:
    """It names its unit, and no quarter."""
    path = town.params / "units" / "north.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        load_params(town.params, Period(2019, 4), unit=path)
