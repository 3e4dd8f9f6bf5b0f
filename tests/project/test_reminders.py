"""What a quarter still waits for, and whose it is."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.params import load_params
from kpi.periods import Period
from kpi.project.init import begin_sample
from kpi.project.new_quarter import new_quarter
from kpi.project.reminders import Reminder, by_owner, reminders
from kpi.record import sha256_of
from kpi.run import Places
from tests.page.drawn_report import write_report

NEXT = Period(2026, 1)
HEAD = "Head of Roads and Lights"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose next quarter was begun, with an owner of the extract and an attestation.

    Its extract of that quarter is not there yet.
    """
    begin_sample(tmp_path / "new", "en")
    params = tmp_path / "new" / "params"
    _change(params / "2025Q4.yaml", "file: street_lights.csv", "owner: IT\n    file: lights.csv")
    with (params / "definitions.yaml").open("a") as file:
        file.write("  open_at_nine: {kind: attested, title: Open at nine, words: Open.}\n")
    with (params / "targets.yaml").open("a") as file:
        file.write("  open_at_nine: {owner: The front office}\n")
    new_quarter(params, NEXT)
    return tmp_path / "new"


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def found(project: Path, quarter: Period = NEXT) -> list[Reminder]:
    places = Places(
        project / "params", project / "data", project / "notebooks", project / "reports"
    )
    return reminders(load_params(places.params, quarter), places)


def extract(project: Path) -> Path:
    """Draw the extract of the quarter, after the day up to which it should know."""
    path = project / "data" / "2026Q1" / "lights.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((project / "data" / "street_lights.csv").read_bytes())
    _date(path, dt.date(2026, 4, 16))
    return path


def _date(path: Path, day: dt.date) -> None:
    moment = dt.datetime.combine(day, dt.time(12)).timestamp()
    os.utime(path, (moment, moment))


def test_extracts_attestations_and_texts_are_missing_and_have_owners(project: Path) -> None:
    owned = by_owner(found(project))
    assert set(owned) == {"IT", "The front office", HEAD, ""}
    assert [one.what for one in owned["IT"]] == [
        "the extract faults is not there: 2026Q1/lights.csv"
    ]
    assert "open_at_nine" in owned["The front office"][0].what
    assert "reads as in 2025Q4" in owned[HEAD][0].what


def test_what_is_there_is_not_reminded_of(project: Path) -> None:
    extract(project)
    path = project / "params" / "2026Q1.yaml"
    text = path.read_text("utf-8")
    start = text.index("comments:")
    text = text[:start] + text[text.index("agenda:") :].partition("  presentation:")[0]
    text += "attestations:\n  open_at_nine: {by: N, date: 2026-04-02, statement: S, is_met: true}\n"
    path.write_text(text, "utf-8")
    assert found(project) == []
    answer = CliRunner().invoke(cli, ["remind", "2026Q1", *_options(project)])
    assert answer.output == "Nothing is missing for 2026Q1.\n"


def _options(project: Path) -> list[str]:
    return [f"--{part}={project / part}" for part in ("params", "data", "notebooks", "reports")]


def test_an_extract_of_an_earlier_day_is_stale(project: Path) -> None:
    _date(extract(project), dt.date(2026, 4, 14))
    [told] = [one.what for one in found(project) if one.owner == "IT"]
    assert "2026-04-14" in told
    assert "2026-04-15" in told


def test_the_extract_of_the_quarter_before_is_stale(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = extract(project)
    used = {sha256_of(path): "2025Q4"}
    monkeypatch.setattr("kpi.project.reminders._used_before", lambda *_: used)
    [told] = [one.what for one in found(project) if one.owner == "IT"]
    assert "is that of 2025Q4" in told


def test_a_missed_target_without_a_cause_is_its_owner_s(tmp_path: Path) -> None:
    """Once the report is made; not before, for nobody knows its figures."""
    rows = "metric | period | n | met | missed\napplication_time | 2019Q4 | 252 | 219 | 33"
    places = Places(tmp_path / "params", tmp_path, tmp_path, tmp_path / "reports")
    folder = tmp_path / "reports" / "2019Q4"
    folder.mkdir(parents=True)
    write_report(folder, rows)
    drawn = next(folder.rglob("targets.yaml")).parent
    drawn.rename(places.params)
    params = load_params(places.params, Period(2019, 4))
    texts = [one.what for one in reminders(params, places)]
    assert any("application_time missed its target" in text for text in texts)


def test_the_command_lists_and_mail_needs_settings(project: Path) -> None:
    answer = CliRunner().invoke(cli, ["remind", "2026Q1", *_options(project)])
    assert answer.exit_code == 0, answer.exception
    assert "IT\n- the extract faults is not there" in answer.output
    assert "Nobody is named\n" in answer.output
    mailed = CliRunner().invoke(cli, ["remind", "2026Q1", "--mail", *_options(project)])
    assert "mail.yaml" in str(mailed.exception)
