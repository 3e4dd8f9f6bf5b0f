"""How the past would have been judged with another target or another limit."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi.errors import ParameterError, RunError
from kpi.language import Labels
from kpi.periods import parse_range
from kpi.run import Places
from kpi.simulate.what_if import Trial, as_text, what_if, write_csv
from tests.town import HEADER, bill, build_town

BOTH = parse_range("2019Q3..2019Q4")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A town with 40 bills a quarter: all on time, then 10 late. Paid after 9 days or after 24."""
    return build_town(tmp_path_factory.mktemp("town"))


def tried(places: Places, trial: Trial, metric: str = "payments_on_time") -> pd.DataFrame:
    """Judge both quarters of the town."""
    return what_if(metric, BOTH, places, trial, lambda _: None)


def statuses(judged: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what each quarter was, and what it would have been."""
    return list(zip(judged["status_then"], judged["status_what_if"], strict=True))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (0.75, [("met", "met"), ("not_met", "met")]),
        pytest.param(0.76, [("met", "met"), ("not_met", "not_met")], marks=pytest.mark.slow),
    ],
)
def test_another_target(town: Places, target: float, expected: list[tuple[str, str]]) -> None:
    """The figures stay (40 of 40, 30 of 40); the target and the verdict do not."""
    judged = tried(town, Trial(target=target))
    assert statuses(judged) == expected
    assert judged["period"].tolist() == ["2019Q3", "2019Q4"]
    assert judged["n_then"].tolist() == [40, 40]
    assert judged["value_then"].tolist() == judged["value_what_if"].tolist() == [1.0, 0.75]
    assert judged["target_then"].tolist() == [0.95, 0.95]
    assert judged["target_what_if"].tolist() == [target, target]


@pytest.mark.parametrize(
    ("trial", "values"),
    [
        (Trial(days=7, unit="working_days"), [1.0, 0.75]),
        pytest.param(Trial(days=24, target=1.0), [1.0, 1.0], marks=pytest.mark.slow),
        pytest.param(Trial(days=8), [0.0, 0.0], marks=pytest.mark.slow),
    ],
)
def test_another_limit(town: Places, trial: Trial, values: list[float]) -> None:
    """So many days after receipt in place of the due date of the bill."""
    judged = tried(town, trial)
    assert judged["value_what_if"].tolist() == values
    assert judged["value_then"].tolist() == [1.0, 0.75]
    is_met = ["met" if value >= 0.95 else "not_met" for value in values]
    assert statuses(judged) == list(zip(["met", "not_met"], is_met, strict=True))


def test_an_earlier_quarter_alone(town: Places) -> None:
    """It is judged with the parameters and extracts of the next quarter that has its own."""
    judged = what_if("payments_on_time", BOTH[:1], town, Trial(target=0.9), lambda _: None)
    assert judged["period"].tolist() == ["2019Q3"]
    with pytest.raises(ParameterError, match=r"no parameter file 2020Q1\.yaml"):
        what_if("payments_on_time", parse_range("2020Q1"), town, Trial(), lambda _: None)


@pytest.mark.slow
def test_answers_tell_of_no_few_persons_by_their_difference(tmp_path: Path) -> None:
    """Of 40 bills 10 are late, of which 3 by a few days: all answers differ by fives, none by 3."""
    places = build_town(tmp_path)
    paid = [10] * 30 + [22] * 3 + [28] * 7
    rows = [bill(number, 11, day) for number, day in enumerate(paid, start=41)]
    rows += [bill(number, 8, 10) for number in range(1, 41)]
    (places.data / "bills.csv").write_text("\r\n".join([HEADER, *rows]) + "\r\n", newline="")
    met = []
    for days in (12, 22, 30):
        now = tried(places, Trial(days=days)).set_index("period").loc["2019Q4"]
        assert (now["status_then"], now["value_then"], now["n_what_if"]) == ("not_met", 0.75, 40)
        met.append(round(now["value_what_if"] * 40))
    assert all(number % 5 == 0 for number in met)
    assert met[0] <= met[1] <= met[2] == 40


@pytest.mark.parametrize(
    ("trial", "metric", "message"),
    [
        (Trial(), "payments_on_time", "another target, another limit"),
        (Trial(target=90), "payments_on_time", "ratio from 0 to 1"),
        (Trial(days=-1), "payments_on_time", "0 or more"),
        (Trial(unit="working_days"), "payments_on_time", "Add --days"),
        (Trial(target=0.9), "payment_on_time", 'Did you mean "payments_on_time"'),
        (Trial(target=0.9), "front_office", "is not counted"),
        (Trial(target=0.9), "acute_duty", "no table duty_roster"),
    ],
)
def test_a_trial_that_does_not_fit(
    town: Places, trial: Trial, metric: str, message: str, tmp_path: Path
) -> None:
    """It is refused before any extract is read, and the message says what to do."""
    params = tmp_path / "params"
    params.mkdir()
    for file in town.params.iterdir():
        more = "  front_office: {}\n  acute_duty: {}\n" if file.name == "targets.yaml" else ""
        (params / file.name).write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    places = dataclasses.replace(town, params=params, data=tmp_path / "no data")
    with pytest.raises(ParameterError, match=message):
        tried(places, trial, metric)


def drawn(**changed: Any) -> pd.DataFrame:
    """Draw one judged quarter."""
    row = {"metric": "payments_on_time", "period": "2019Q4", "unit": "share", "synthetic": True}
    for version in ("then", "what_if"):
        row |= {f"n_{version}": 1055, f"lower_{version}": 0.9014, f"upper_{version}": 0.9507}
        row |= {f"value_{version}": 0.948, f"target_{version}": 0.95}
        row |= {f"status_{version}": "not_documented"}
    return pd.DataFrame([row | changed])


def test_the_table_for_the_terminal() -> None:
    """Figures as on the page, hidden ones as a dash, and the mark of synthetic data."""
    hidden = {"n_what_if": None, "lower_what_if": None, "target_what_if": None}
    text = as_text(drawn(**hidden, status_what_if="hidden"), Labels("en"))
    heading, row, mark = text.splitlines()
    assert re.split(" {2,}", row) == [
        "2019Q4", "1,055", "90.1–95.1%", "95.0%", "not documented", "–", "–", "–", "hidden",
    ]  # fmt: skip
    assert heading.split()[:5] == ["Quarter", "Cases", "Figure", "Goal", "Status"]
    assert mark == "The data are synthetic."


def test_the_table_as_csv(tmp_path: Path) -> None:
    """Ratios and statuses as they are; a folder that is not there is a clear error."""
    write_csv(drawn(), tmp_path / "what_if.csv")
    assert pd.read_csv(tmp_path / "what_if.csv")["lower_then"].tolist() == [0.9014]
    with pytest.raises(RunError, match="Name another"):
        write_csv(drawn(), tmp_path / "nowhere" / "what_if.csv")
