"""The commands of those who answer for a report, one after the other."""

from __future__ import annotations

from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ReviewError
from tests.publication.drawn import draw_report, write_parameters

HEAD = ("--as", "ab, head of department")


def test_from_draft_to_publication_and_back(tmp_path, reports):
    folder = draw_report(reports, synthetic=True)
    (tmp_path / "params").mkdir()
    write_parameters(tmp_path / "params", folder)
    where = ("--params", str(tmp_path / "params"), "--data", str(tmp_path))
    where = (*where, "--reports", str(reports))

    def kpi(command, *arguments):
        return CliRunner().invoke(cli, [command, "2019Q4", *arguments, *where])

    archive = ("--to", str(tmp_path / "archive"))
    refused = kpi("publish", *archive)
    assert isinstance(refused.exception, ReviewError)
    assert "kpi approve 2019Q4" in refused.exception.remedy
    approved = kpi("approve", *HEAD, "--note", "Seen.")
    assert approved.exit_code == 0, approved.output
    assert "approved by ab, head of department" in approved.output
    assert "The data are synthetic" in approved.output
    published = kpi("publish", *archive)
    assert published.exit_code == 0, published.output
    assert (tmp_path / "archive" / "2019Q4" / "publication.json").is_file()
    withdrawn = kpi("withdraw", *HEAD, "--note", "An office was missing.")
    assert withdrawn.exit_code == 0, withdrawn.output
    assert "a draft; 1 more must approve" in withdrawn.output
    assert kpi("publish", *archive).exit_code != 0
    shown = CliRunner().invoke(cli, ["log", "--reports", str(reports)]).output
    assert [line.split()[1] for line in shown.splitlines()] == [
        "run", "approve", "publish", "withdraw",
    ]  # fmt: skip


def test_publishing_needs_an_archive(tmp_path, reports):
    folder = draw_report(reports)
    (tmp_path / "params").mkdir()
    write_parameters(tmp_path / "params", folder)
    where = ["--params", str(tmp_path / "params"), "--reports", str(reports)]
    done = CliRunner().invoke(cli, ["publish", "2019Q4", *where])
    assert done.exit_code == 2
    assert "--to FOLDER" in done.output
