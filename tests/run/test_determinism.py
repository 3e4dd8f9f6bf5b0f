"""The same inputs, parameters and code give the same bytes, wherever and whenever they are run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kpi.record import checksums
from kpi.run.reuse import PROGRAM
from tests.town import build_town, notebook

pytestmark = pytest.mark.slow

PLACES_AND_TIMES = {
    "Nuuk": {"TZ": "America/Nuuk", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    "a folder in Auckland æ": {
        "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2",
    },
}  # fmt: skip
PAGE = (
    "from kpi.report import open_report\nreport = open_report(quarter, language)",
    "report.masthead()",
    "report.summary()",
    "report.targets()",
    "report.stages()",
    "report.data_quality()",
    "report.how_it_is_made()",
    "report.colophon()",
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The report of a town made in two folders, time zones and locales."""
    made, book = [], notebook(*PAGE)  # the ids of its cells are drawn: once for both
    for name, settings in PLACES_AND_TIMES.items():
        folder = tmp_path_factory.mktemp("somewhere") / name
        folder.mkdir()
        places = build_town(folder)
        (places.notebooks / "committee.ipynb").write_text(book, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "kpi", "run", "2019Q4"],
            cwd=folder,
            env=os.environ
            | settings
            | {
                "KPI_PSEUDONYM_KEY": "the same key in both places",
                "PYTHONPATH": str(PROGRAM.parent),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made.append(places.reports / "2019Q4")
    return made


def test_every_file_of_the_report_is_the_same(reports: list[Path]) -> None:
    """Results, notebooks, quality documents, pages, forms, checksums."""
    one, other = map(checksums, reports)
    assert len(one) > 30
    assert one == other


def test_no_file_tells_where_or_by_whom_it_was_made(reports: list[Path]) -> None:
    """No folder, no host, no secret."""
    hidden = [str(reports[0].parents[1]), "the same key", os.uname().nodename + "/"]
    for path in reports[0].rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [text for text in hidden if text.encode() in content] == [], path.name
