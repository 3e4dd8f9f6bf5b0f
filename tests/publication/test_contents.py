"""What a report's folder holds is one list; a link or a stranger in it stops whatever is done."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from kpi.errors import ExportError, KpiError, ReviewError
from kpi.publication.approval import approve
from kpi.publication.archive import publish
from kpi.publication.contents import contents, copy_contents, strangers
from kpi.publication.gate import inspect
from kpi.publication.seal import check_bag, seal_tags
from kpi.publication.verify import refuse_faults, verify
from tests.publication.drawn import draw_report

HEAD = "ab, head of department"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def extract(folder: Path) -> Path:
    """Make a folder with an extract outside the reports."""
    outside = folder.parents[1] / "extracts"
    outside.mkdir()
    (outside / "bills.csv").write_text("Nr\n", encoding="utf-8")
    return outside


def _linked_file(folder: Path) -> None:
    (folder / "figures.da.xlsx").symlink_to(extract(folder) / "bills.csv")


def _linked_folder(folder: Path) -> None:
    (folder / "open_data").symlink_to(extract(folder), target_is_directory=True)


def _linked_folder_in_the_payload(folder: Path) -> None:
    (folder / "data" / "extracts").symlink_to(extract(folder), target_is_directory=True)


def _link_to_nowhere(folder: Path) -> None:
    (folder / "committee.kl.html").symlink_to(folder / "nothing")


def _linked_page(folder: Path) -> None:
    page = folder / "committee.en.html"
    outside = extract(folder) / page.name
    page.rename(outside)
    page.symlink_to(outside)


def _hard_link(folder: Path) -> None:
    page = folder / "committee.en.html"
    os.link(page, extract(folder) / page.name)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "committee.kl.html")


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket may not be long
        try:
            one.bind("committee.kl.html")
        finally:
            os.chdir(here)


LINKS = [
    _linked_file, _linked_folder, _linked_folder_in_the_payload, _link_to_nowhere, _linked_page,
    _hard_link, _pipe, _socket,
]  # fmt: skip


def _a_file_of_another_kind(folder: Path) -> None:
    (folder / "notes.txt").write_text("x", encoding="utf-8")


def _a_file_deep_inside(folder: Path) -> None:
    (folder / "data" / "more").mkdir()
    (folder / "data" / "more" / "rows.csv").write_text("x", encoding="utf-8")


def _a_hidden_file(folder: Path) -> None:
    (folder / ".rows.csv").write_text("x", encoding="utf-8")


def _an_empty_folder(folder: Path) -> None:
    (folder / "open_data2").mkdir()


def _one_that_no_list_names(folder: Path) -> None:
    (folder / "figures.da.xlsx").write_bytes(b"x")


STRANGERS = [_a_file_of_another_kind, _a_file_deep_inside, _a_hidden_file, _an_empty_folder]


@pytest.mark.parametrize(
    "plant",
    [
        LINKS[0],
        *(pytest.param(link, marks=pytest.mark.slow) for link in LINKS[1:]),
        *STRANGERS,
        _one_that_no_list_names,
    ],
)
def test_nothing_is_approved_verified_or_published_with_it(reports, log, plant):
    whole = draw_report(reports)
    approve(whole, log, HEAD, "")
    plant(whole)
    with pytest.raises(ReviewError):
        refuse_faults("2019Q4", verify(whole, log))
    with pytest.raises(ReviewError):
        publish(whole, log, reports.parent / "archive")
    assert not (reports.parent / "archive").exists()
    draft = draw_report(reports / "other", unit="north")
    (draft.parents[1] / "extracts").mkdir(exist_ok=True)
    (draft.parents[1] / "extracts").rmdir()
    plant(draft)
    with pytest.raises(ReviewError):
        approve(draft, log, HEAD, "")


@pytest.mark.parametrize("plant", [*LINKS, *STRANGERS])
def test_nothing_is_sealed_or_copied_with_it(reports, tmp_path, plant):
    folder = draw_report(reports)
    plant(folder)
    with pytest.raises(ReviewError, match="no links"):
        seal_tags(folder)
    (tmp_path / "copy").mkdir()
    with pytest.raises(ReviewError, match="no links"):
        copy_contents(folder, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


@pytest.mark.parametrize("plant", LINKS)
def test_the_gate_reads_no_link(reports, plant):
    folder = draw_report(reports)
    plant(folder)
    with pytest.raises(ExportError, match="themselves"):
        inspect(folder, {})


def test_a_report_that_is_a_link_itself(reports, log):
    folder = draw_report(reports)
    moved = folder.rename(reports.parent / "2019Q4")
    folder.symlink_to(moved, target_is_directory=True)
    for act in (
        lambda: approve(folder, log, HEAD, ""),
        lambda: publish(folder, log, reports.parent / "archive"),
        lambda: refuse_faults("2019Q4", verify(folder, log)),
        lambda: inspect(folder, {}),
    ):
        with pytest.raises(KpiError, match="2019Q4 is a link"):
            act()


def test_a_name_that_tells_of_a_person_is_not_repeated(reports):
    folder = draw_report(reports)
    (folder / "010170-1234.html").write_text("x", encoding="utf-8")
    assert strangers(folder) == ["a part whose name is not shown is no part of a report"]
    assert not any("010170" in fault for fault in check_bag(folder).faults)


def test_the_list_is_all_that_lies_there(reports):
    folder = draw_report(reports, forms=["csv", "xlsx"])
    names = [path.as_posix() for path in contents(folder)]
    lying = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert names == sorted(lying)
    assert {"open_data/results.csv", "figures.en.xlsx", "data/results.parquet"} <= set(names)
