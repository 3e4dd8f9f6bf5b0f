"""Extracts lie in the data folder, or where the parameters allow: a name is no way elsewhere."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from kpi.engine import open_engine
from kpi.errors import KpiError, ParameterError, SourceError
from kpi.params.quarter_file import Persons
from kpi.periods import Period
from kpi.publication.obstacles import refuse_stale
from kpi.record import payload, read_run
from kpi.run import Places, run
from kpi.sources.files import find_files, fitting
from kpi.sources.pseudonyms import read_administrative
from kpi.sources.reading import read_sources
from tests.sources.test_sources import BILLS, params
from tests.town import bills, build_town

QUARTER = Period(2019, 4)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a bill in it, and one beside it."""
    (tmp_path / "data" / "inner").mkdir(parents=True)
    (tmp_path / "beside").mkdir()
    for place in ("data/bills.csv", "data/inner/bills.csv", "beside/bills.csv", "bills.csv"):
        (tmp_path / place).write_text("Nr\n1\n", encoding="utf-8")
    return tmp_path / "data"


@pytest.mark.parametrize("name", ["bills.csv", "inner/bills.csv", "*.csv", "../data/bills.csv"])
def test_what_lies_inside_is_read(data: Path, name: str) -> None:
    """However it is named."""
    assert find_files(data, name)


@pytest.mark.parametrize(
    "name", ["../bills.csv", "../beside/*.csv", "inner/../../bills.csv", "/etc/hostname", "{root}"]
)
def test_what_lies_outside_is_refused(data: Path, name: str) -> None:
    """By a way up, from the root, or with a pattern."""
    with pytest.raises(ParameterError, match="extract_folders") as caught:
        find_files(data, name.format(root=data.parent / "beside" / "bills.csv"))
    assert str(data.parent) not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_leads_nowhere_else(data: Path) -> None:
    """Neither of a file nor of a folder; the data folder itself may be one."""
    (data / "linked.csv").symlink_to(data.parent / "bills.csv")
    (data / "linked").symlink_to(data.parent / "beside", target_is_directory=True)
    for name in ("linked.csv", "linked/bills.csv", "linked/*.csv"):
        with pytest.raises(ParameterError, match="lies in neither"):
            find_files(data, name)
        assert find_files(data, name, [str(data.parent)])
    moved = data.parent / "moved"
    moved.symlink_to(data, target_is_directory=True)
    assert find_files(moved, "bills.csv")


@pytest.mark.parametrize("allowed", ["../beside", "{root}/beside", "../beside/"])
def test_a_folder_that_the_parameters_allow(data: Path, allowed: str) -> None:
    """By its path from the data folder or from the root; what the data folder has comes first."""
    (data.parent / "beside" / "steps.csv").touch()
    folders = [allowed.format(root=data.parent)]
    for name in ("steps.csv", "st*.csv"):
        (found,) = fitting(data, name, folders)
        assert found.resolve() == data.parent / "beside" / "steps.csv"
    assert find_files(data, "bills.csv", folders) == [data / "bills.csv"]
    assert find_files(data, "*.csv", folders) == [data / "bills.csv"]
    with pytest.raises(ParameterError):
        find_files(data, "../bills.csv", folders)
    assert fitting(data, "none.csv", folders) == [data / "none.csv"]
    assert fitting(data, "none*.csv", folders) == []


def test_a_database_file_outside_is_refused(data: Path) -> None:
    """As any other extract."""
    sqlite3.connect(data.parent / "ledger.db").close()
    source = {"database": {"url": "sqlite:///../ledger.db", "table": "bills"}, "columns": BILLS}
    read = params(file="", **source)
    with open_engine(data / "tables.duckdb") as backend, pytest.raises(KpiError, match="neither"):
        read_sources(backend, read, data)


def test_other_files_of_the_parameters_lie_inside(data: Path) -> None:
    """The numbers that are no persons'."""
    with pytest.raises(ParameterError, match="lies in neither"):
        read_administrative(Persons(administrative_numbers="../bills.csv"), data)


@pytest.mark.slow
def test_a_report_of_extracts_elsewhere(tmp_path: Path) -> None:
    """Is made, says nothing of where, and is stale once they change."""
    places: Places = build_town(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (places.data / "bills.csv").rename(elsewhere / "bills.csv")
    quarter = places.params / "2019Q4.yaml"
    text = quarter.read_text(encoding="utf-8")
    with pytest.raises(SourceError, match="no file"):
        run(QUARTER, places, lambda _: None)
    quarter.write_text(f"{text}extract_folders: [{elsewhere}]\n", encoding="utf-8")
    report = run(QUARTER, places, lambda _: None)
    record = (payload(report) / "run.json").read_text(encoding="utf-8")
    assert "elsewhere" not in record
    assert read_run(report).inputs[0].file == "bills.csv"
    refuse_stale(report, places.params, places.data)
    (elsewhere / "bills.csv").write_text(bills() + "\r\n", encoding="cp1252")
    with pytest.raises(KpiError, match="changed since"):
        refuse_stale(report, places.params, places.data)
