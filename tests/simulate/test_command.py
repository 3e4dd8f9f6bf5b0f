"""`kpi simulate`: what the analyst types, and what comes of it."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import KpiError
from tests.simulate.offices import front_desk, payment_office

WAIT = "conversations_within_10_days"


def simulate(places, *arguments):
    """Run a command and return what it printed; an error that the user can mend is raised."""
    where = ["--params", str(places.params), "--data", str(places.data), "--runs", "20"]
    found = CliRunner().invoke(cli, ["simulate", *arguments, *where])
    if isinstance(found.exception, KpiError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return payment_office(tmp_path_factory.mktemp("office"))


def test_payments_in_another_rhythm(office, tmp_path):
    table = tmp_path / "effect.csv"
    change = ("--stage", "approved-paid", "--rhythm", "daily")
    printed = simulate(office, "stages", "payments_on_time", "2019Q4", *change, "--out", str(table))
    assert "as it was, counted" in printed
    assert "Assumed:" in printed
    written = pd.read_csv(table)
    assert written["reading"].tolist() == ["as_is", "others", "own"]
    assert set(written["seed"]) == {1}
    assert set(written["runs"]) == {20}


@pytest.mark.slow
def test_quarters_held_back(office):
    plain = simulate(office, "stages", "payments_on_time", "2019Q4", "--validate")
    assert [line[:6] for line in plain.splitlines()[1:3]] == ["2019Q3", "2019Q4"]
    known = ("--stage", "approved-paid", "--rhythm", "weekly:thu")
    told = simulate(office, "stages", "payments_on_time", "2019Q4", "--validate", *known)
    assert told.splitlines()[1].startswith("2019Q4")


def test_appointments_a_week(tmp_path):
    desk = front_desk(tmp_path)
    printed = simulate(desk, "appointments", WAIT, "2019Q4", "--per-week", "18..22")
    assert printed.startswith("With at least 20 conversations a week 90% are held within 10 days")


@pytest.mark.slow
def test_appointments_of_a_quarter_held_back(tmp_path):
    held_back = simulate(front_desk(tmp_path), "appointments", WAIT, "2019Q4", "--validate")
    assert "Counted" in held_back


def test_a_metric_that_is_not_reported(office):
    with pytest.raises(KpiError, match="conversations_within_10_days"):
        simulate(office, "appointments", WAIT, "2019Q4")


def test_a_metric_whose_cases_are_no_appointments(office):
    with pytest.raises(KpiError, match="declares how they are booked"):
        simulate(office, "appointments", "payments_on_time", "2019Q4")


def test_a_change_is_asked_for(office):
    with pytest.raises(KpiError, match="Add --stage"):
        simulate(office, "stages", "payments_on_time", "2019Q4")
