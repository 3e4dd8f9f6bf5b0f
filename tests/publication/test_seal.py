"""A report is a bag, and whatever is changed in it is found out."""

from __future__ import annotations

import shutil

import pytest

from kpi.errors import ReviewError
from kpi.publication.bagit_library import bagit
from kpi.publication.seal import check_bag, content_of, seal_payload, seal_tags
from kpi.record import payload
from tests.publication.drawn import draw_report


@pytest.fixture
def report(tmp_path):
    return draw_report(tmp_path / "reports", as_of="2020-01-15", organisation={"name": "A\ntown"})


def test_a_report_is_a_valid_bag(report):
    bagit.Bag(str(report)).validate()
    checked = check_bag(report)
    assert checked.is_whole
    assert checked.files == sum(path.is_file() for path in report.rglob("*")) - 2


def test_the_bag_says_nothing_of_now_or_of_a_machine(report):
    info = (report / "bag-info.txt").read_text(encoding="utf-8")
    assert info.splitlines()[:4] == [
        "Source-Organization: A town",
        "External-Identifier: 2019Q4",
        "External-Description: Service targets, 2019Q4",
        "Bagging-Date: 2020-01-15",
    ]


def test_the_same_report_has_the_same_bytes_everywhere(tmp_path):
    first, second = (draw_report(tmp_path / name / "reports") for name in ("here", "there"))
    files = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert files == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    assert [
        name for name in files if (first / name).read_bytes() != (second / name).read_bytes()
    ] == []


def test_pages_may_change_and_the_content_stays(report):
    before = content_of(report)
    (report / "committee.en.html").write_text("<p>another</p>", encoding="utf-8")
    seal_tags(report)
    assert check_bag(report).is_whole
    assert content_of(report) == before
    with (payload(report) / "results.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert seal_payload(report) != before


CHANGES = {
    "data/results.csv was changed": lambda folder: (folder / "data/results.csv").write_text("x"),
    "data/results.csv is missing": lambda folder: (folder / "data/results.csv").unlink(),
    "data/more.csv was added": lambda folder: (folder / "data/more.csv").write_text("x"),
    "committee.en.html was changed": lambda folder: (folder / "committee.en.html").write_text("x"),
    "committee.en.html is missing": lambda folder: (folder / "committee.en.html").unlink(),
    "committee.kl.html was added": lambda folder: (folder / "committee.kl.html").write_text("x"),
    "bag-info.txt was changed": lambda folder: (folder / "bag-info.txt").write_text("A: b\n"),
    "manifest-sha256.txt was changed": lambda folder: (folder / "manifest-sha256.txt").write_text(
        ""
    ),
    "tagmanifest-sha256.txt is missing": lambda folder: (
        folder / "tagmanifest-sha256.txt"
    ).unlink(),
    "2019Q4 was never sealed": lambda folder: (folder / "bagit.txt").unlink(),
}


@pytest.mark.parametrize("fault", CHANGES)
def test_every_change_is_found_and_named(report, fault):
    CHANGES[fault](report)
    found = check_bag(report)
    assert not found.is_whole
    assert fault in "; ".join(found.faults)


def test_nothing_is_sealed_that_is_no_part_of_a_report(report):
    (report / "notes.txt").write_text("x")
    with pytest.raises(ReviewError, match=r"notes\.txt is no part of a report"):
        seal_tags(report)


def test_a_copy_is_as_whole_as_the_report(report, tmp_path):
    copy = shutil.copytree(report, tmp_path / "of two years ago")
    assert check_bag(copy).is_whole
