"""Durations whose figure is another percentile than the median, judged, by group, and hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpi.errors import DefinitionError, KpiError
from tests.foreign import Administration

MINUTES = [3, 5, 8, 9, 12, 14, 20, 21, 33, 47]


def hearings(
    folder: Path,
    percentiles: dict[str, Any],
    person: str = "text",
    copies: int = 1,
    running: int = 0,
) -> Administration:
    """Return a court whose hearings took so many minutes; every second one is of the hall B.

    Some are `running` still, long beyond their limit. Each percentile of their length is a metric.
    """
    lines = ["Nr;Who;Hall;From;To"]
    lines += [f"R{n};Q{n};A;2019-02-01 10:00:00;" for n in range(running)]
    for number, minutes in enumerate(MINUTES * copies):
        end = f"2019-02-0{1 + number % 8} 10:{minutes:02}:00"
        who, start = f"P{number:04}", f"{end[:10]} 10:00:00"
        lines.append(f"{number};{who};{'AB'[number % 2]};{start};{end}")
    moment = {"type": "moment", "required": True}
    subject = {
        "key": "hearing",
        "dated_by": "began_at",
        "groups": "hall",
        "columns": {
            "hearing": {"required": True}, "who": person, "hall": "text",
            "began_at": moment, "ended_at": "moment",
        },
    }  # fmt: skip
    names = {"hearing": "Nr", "who": "Who", "hall": "Hall", "began_at": "From", "ended_at": "To"}
    length = {
        "kind": "duration",
        "title": "Length",
        "subject": "hearings",
        "start": "began_at",
        "stop": "ended_at",
    }
    settings = {
        "counting": [{"due": {"minutes": 30}, "quarter_by": "stop"}],
        "groups": ["hall"],
        "targets": [{"direction": "at_most", "value": 30}],
    }
    return Administration(
        folder,
        {"hearings": subject},
        {name: length | {"percentile": one} for name, one in percentiles.items()},
        dict.fromkeys(percentiles, settings),
        {"hearings": {"file": "hearings.csv", "columns": names, "timezone": "Europe/Paris"}},
        {"hearings.csv": "\n".join(lines) + "\n"},
        report={"synthetic": True},
    )  # fmt: skip


@pytest.fixture(scope="module")
def lengths(tmp_path_factory):
    """The figures of a court by metric, period and group; three of its hearings run on."""
    percentiles = {f"length_{one}": one for one in (10, 50, 75, 90, 95)}
    court = hearings(tmp_path_factory.mktemp("court"), percentiles, running=3)
    _, _, found = court.measured()
    return found.set_index(["metric", "period", "group"])


@pytest.mark.parametrize(
    ("percentile", "status"),
    [(10, "met"), (50, "met"), (75, "met"), (90, "not_met"), (95, "not_met")],
)
def test_the_figure_is_that_percentile_of_the_ended_cases(lengths, percentile, status):
    row = lengths.loc[f"length_{percentile}", "2019Q1", ""]
    assert row["value"] == pytest.approx(np.percentile(MINUTES, percentile), abs=1e-6)
    assert (row["status"], row["n"]) == (status, 10)
    assert row["median_days"] == pytest.approx(np.percentile(MINUTES, 50))


def test_a_case_that_runs_on_has_no_length_yet(lengths):
    """It is none of those whose median it is, however long it is overdue."""
    row = lengths.loc["length_50", "2019Q1", ""]
    assert (row["n"], row["missed"]) == (10, sum(minutes > 30 for minutes in MINUTES))
    assert row["value"] == pytest.approx(np.percentile(MINUTES, 50))


def test_groups_and_months_have_it_too(lengths):
    values = lengths["value"]["length_75"]
    assert values["2019Q1", "hall=A"] == pytest.approx(np.percentile(MINUTES[::2], 75))
    assert values["2019-02", ""] == pytest.approx(np.percentile(MINUTES, 75))


@pytest.mark.parametrize(
    ("copies", "percentiles", "behind"),
    [(1, [50], [10]), (4, [5, 90, 95], [2, 4, 2]), (10, [95], [5])],
)
def test_behind_a_percentile_of_persons_stand_those_beyond_it(
    tmp_path, copies, percentiles, behind
):
    named = {f"length_{one}": one for one in percentiles}
    _, _, found = hearings(tmp_path, named, "person", copies).measured()
    of_all = found[(found["period"] == "2019Q1") & (found["group"] == "")]
    assert of_all.set_index("metric").loc[list(named), "persons"].tolist() == behind


@pytest.mark.parametrize("percentile", [0, 100, 50.5, "half"])
def test_a_percentile_is_a_whole_number_below_a_hundred(tmp_path, percentile):
    with pytest.raises(KpiError, match="percentile"):
        hearings(tmp_path, {"length": percentile}).params  # noqa: B018 - they are read


def test_a_duration_without_its_clock_is_told(tmp_path):
    town = hearings(tmp_path, {"length": 50})
    town.metrics["length"].pop("stop")
    town.__post_init__()
    with pytest.raises(DefinitionError, match="needs stop"):
        town.params  # noqa: B018 - they are read
