"""A report's folder takes its place in one move, or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kpi.errors import RunError
from kpi.periods import Quarter
from kpi.record import (
    payload,
    read_frame,
    read_run,
    replacing,
    report_folder,
    write_frame,
    write_json,
)


def test_work_takes_the_place_of_the_old_report(tmp_path: Path) -> None:
    """Nothing of the old one is left, and no temporary folder."""
    target = tmp_path / "2019Q4"
    for text in ("first", "second"):
        with replacing(target) as work:
            (work / f"{text}.txt").write_text(text, encoding="utf-8")
    assert [path.name for path in target.iterdir()] == ["second.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["2019Q4"]


def test_a_failed_run_leaves_the_old_report(tmp_path: Path) -> None:
    """And takes its own work with it."""
    target = tmp_path / "2019Q4"
    with replacing(target) as work:
        (work / "old.txt").write_text("old", encoding="utf-8")

    def fail() -> None:
        with replacing(target) as work:
            (work / "new.txt").write_text("new", encoding="utf-8")
            raise RunError("A notebook runs.")

    with pytest.raises(RunError):
        fail()
    assert [path.name for path in target.iterdir()] == ["old.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["2019Q4"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file stands where the reports should go."""
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with pytest.raises(RunError, match="--out"), replacing(tmp_path / "reports" / "2019Q4"):
        pass


def test_units_have_folders_of_their_own(tmp_path: Path) -> None:
    """Two administrations' reports of the same quarter do not meet."""
    quarter = Quarter(2019, 4)
    assert report_folder(tmp_path, "", quarter) == tmp_path / "2019Q4"
    assert report_folder(tmp_path, "boston311", quarter) == tmp_path / "boston311" / "2019Q4"


def test_frames_and_records_come_back(tmp_path: Path) -> None:
    """As they were; the CSV has Unix line ends and UTF-8 on every system."""
    frame = pd.DataFrame({"metric": ["ældre"], "n": pd.array([None], "Int64")})
    write_frame(frame, tmp_path, "results")
    pd.testing.assert_frame_equal(read_frame(tmp_path, "results"), frame)
    assert (tmp_path / "results.csv").read_bytes() == "metric,n\nældre,\n".encode()
    payload(tmp_path).mkdir()
    write_json({"quarter": "2019Q4"}, payload(tmp_path) / "run.json")
    assert read_run(tmp_path) == {"quarter": "2019Q4"}


def test_a_folder_without_a_report(tmp_path: Path) -> None:
    """The error says how to make one."""
    with pytest.raises(RunError, match="kpi run"):
        read_run(tmp_path)
