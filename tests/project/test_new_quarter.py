"""The parameter file of a new quarter: what moves on, what stays and is marked, what goes."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

from kpi.cli import main
from kpi.errors import ParameterError, ReviewError
from kpi.params import load_params
from kpi.periods import Period
from kpi.project.new_quarter import new_quarter
from kpi.publication.approval import approve
from kpi.publication.log import Log
from kpi.publication.obstacles import blocks
from kpi.run import run
from tests.town import build_town

ROOT = Path(__file__).parents[2]
NEXT, AFTER = Period(2020, 1), Period(2020, 2)
TOWN = """
comments:
  payments_on_time:
    cause: Illness.
    due: 2020-03-01
agenda:
  journal_number: EMN-2020-00627
  recommendation: [the briefing on October-December 2019 be noted]
  summary: We concentrate on service.
  unchanged: true
restatements:
  payments_on_time: {cause: late_data, reason: Late bills.}
provisional_until: 2020-02-15
"""


@pytest.fixture
def params(tmp_path: Path) -> Path:
    """Give a copy of the municipality's parameters."""
    folder = tmp_path / "params"
    shutil.copytree(ROOT / "params", folder, ignore=shutil.ignore_patterns("examples"))
    return folder


def test_the_municipality_s_file_rolls_forward(params: Path) -> None:
    """Quarter, day and extracts move on; its remarks and its layout stay."""
    made = new_quarter(params, NEXT)
    report = load_params(params, NEXT).report
    assert (report.quarter, report.as_of) == (NEXT, dt.date(2020, 4, 15))
    assert report.sources["bills"].file == "2020Q1/regninger.csv"
    assert report.sources["bills"].columns == (
        load_params(params, Period(2019, 4)).report.sources["bills"].columns
    )
    before, after = ((params / f"{q}.yaml").read_text("utf-8") for q in ("2019Q4", "2020Q1"))
    assert made.path.name == "2020Q1.yaml"
    assert "# from bill_steps" in after
    assert "kpi export 2020Q1 --to" in after
    assert after.count("file:") == before.count("file:")
    assert "demo/" not in after.split("published:")[0]


def test_every_text_is_marked_as_the_last_quarter_s(params: Path) -> None:
    """In the file, above each; and the report says so until it is changed or confirmed."""
    new_quarter(params, NEXT)
    text = (params / "2020Q1.yaml").read_text("utf-8")
    carried = load_params(params, NEXT).carried_over
    places = {".".join(one.place.split(".")[:2]) for one in carried}
    assert text.count("# of 2019Q4: ") == len(places)
    assert "# of 2019Q4: change it, or confirm it with unchanged: true\n  payments_on_time:" in text
    assert "unchanged: [journal_number]\n  journal_number: EMN-2020-00627" in text


def test_a_second_time_the_marks_are_those_of_the_latest(params: Path) -> None:
    """They do not pile up, and the folder of extracts is the new one."""
    new_quarter(params, NEXT)
    new_quarter(params, AFTER, dt.date(2020, 7, 10))
    text = (params / "2020Q2.yaml").read_text("utf-8")
    assert "# of 2019Q4" not in text
    assert "# of 2020Q1" in text
    report = load_params(params, AFTER).report
    assert (report.as_of, report.sources["bills"].file) == (
        dt.date(2020, 7, 10), "2020Q2/regninger.csv",
    )  # fmt: skip


def test_names_of_files_tell_the_new_quarter_and_day(tmp_path: Path) -> None:
    """As systems name what they hand out."""
    places = build_town(tmp_path)
    file = places.params / "2019Q4.yaml"
    text = file.read_text("utf-8").replace("bills.csv", "ledger/bills_2019Q4_2020-01-15.csv")
    file.write_text(text + TOWN, "utf-8")
    report = new_quarter(places.params, NEXT).report
    assert report.sources["bills"].file == "2020Q1/bills_2020Q1_2020-04-15.csv"
    assert (report.restatements, report.agenda.unchanged) == ({}, ())
    assert report.provisional_until == dt.date(2020, 5, 16)


def test_nothing_is_overwritten_and_something_must_be_there(params: Path, tmp_path: Path) -> None:
    """The file that is there may have been worked on."""
    with pytest.raises(ParameterError, match="has no parameter file yet"):
        new_quarter(params, Period(2019, 4))
    with pytest.raises(ParameterError, match="none before 2019Q3"):
        new_quarter(params, Period(2019, 3))
    with pytest.raises(ParameterError, match="none before"):
        new_quarter(tmp_path, NEXT)


def test_the_command_says_what_is_next(
    params: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the extracts go, what is to be written, and how it goes on."""
    monkeypatch.setattr(sys, "argv", ["kpi", "new-quarter", "2020Q1", f"--params={params}"])
    main()
    said = capsys.readouterr().out
    assert "2020Q1/regninger.csv" in said
    assert "comments.payments_on_time reads as in 2019Q4" in said
    assert said.rstrip().endswith("kpi check 2020Q1")


@pytest.mark.slow
def test_a_copied_file_cannot_become_an_approved_page(tmp_path: Path) -> None:
    """With nothing but `quarter` changed; then as_of as well, and new extracts."""
    places = build_town(tmp_path)
    last = places.params / "2019Q4.yaml"
    last.write_text(last.read_text("utf-8").replace("notebooks:", f"{TOWN}notebooks:"), "utf-8")
    copied = last.read_text("utf-8").replace("quarter: 2019Q4", "quarter: 2020Q1")
    (places.params / "2020Q1.yaml").write_text(copied, "utf-8")
    bills = places.data / "bills.csv"
    bills.write_text(bills.read_text("cp1252").replace("-2019", "-2020").replace("-11-", "-01-"))
    folder = run(NEXT, places, lambda _: None)
    said = " ".join(block.found for block in blocks(folder))
    assert "as_of 2020-01-15 lies before 2020-03-31" in said
    assert "comments.payments_on_time reads as in 2019Q4" in said
    with pytest.raises(ReviewError, match=r"agenda\.journal_number reads as in 2019Q4"):
        approve(folder, Log(places.reports), "ab, head", "")
    copied = copied.replace("as_of: 2020-01-15", "as_of: 2020-04-15")
    (places.params / "2020Q1.yaml").write_text(copied, "utf-8")
    found = blocks(run(NEXT, places, lambda _: None))
    assert any("comments.payments_on_time.due had passed" in block.found for block in found)
    assert any("unchanged: [2020Q1, " in block.remedy for block in found)
