"""Whoever was not there can see what a report is, who made and approved it, and what changed."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ReviewError
from kpi.publication.approval import approve
from kpi.publication.log import Log
from kpi.publication.seal import content_of
from kpi.publication.verify import refuse_faults, verify
from kpi.record import payload
from tests.publication.drawn import draw_report

HEAD = "ab, head of department"


def words(folder, log):
    return " ".join(one.words for one in verify(folder, log))


def test_a_report_is_told_from_its_making_to_its_approval(reports, log):
    folder = draw_report(reports)
    assert "Not approved: a draft; 1 approval is missing." in words(folder, log)
    approve(folder, log, HEAD, "Seen.")
    told = words(folder, log)
    for part in ("as they were sealed", "by anna", f"Approved by {HEAD}", "Seen.", "2 acts"):
        assert part in told
    refuse_faults("2019Q4", verify(folder, log))


def test_a_changed_file_is_named_and_refused(reports, log):
    folder = draw_report(reports)
    (payload(folder) / "results.csv").write_text("metric\n", encoding="utf-8")
    told = verify(folder, log)
    assert [one.words for one in told if one.fault] == ["data/results.csv was changed"]
    with pytest.raises(ReviewError, match=r"data/results\.csv was changed"):
        refuse_faults("2019Q4", told)


def test_a_report_that_no_run_made_is_a_fault(reports, log):
    folder = draw_report(reports)
    lines = log.path.read_text(encoding="utf-8")
    log.path.write_text("", encoding="utf-8")
    assert [one.words for one in verify(folder, log) if one.fault] == [
        "the log knows no run that made this content"
    ]
    log.path.write_text(lines, encoding="utf-8")


def test_an_approval_of_another_content_is_a_fault(reports, log):
    from kpi.publication.seal import seal_tags

    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    approval = (folder / "approval.json").read_bytes()
    other = draw_report(reports, words="Another.")
    (other / "approval.json").write_bytes(approval)
    seal_tags(other)
    assert "approval.json approves another content" in words(other, log)


def test_without_the_log_that_part_is_unchecked_and_no_fault(reports, log, tmp_path):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "2019Q4")
    told = verify(copy, Log(copy.parent))
    assert not any(one.fault for one in told)
    assert "No log of acts" in words(copy, Log(copy.parent))
    assert f"Approved by {HEAD}" in words(copy, Log(copy.parent))


@pytest.mark.parametrize("name", ["2020Q1", "2019Q4.superseded-1", "copy of 2019Q4", "2019Q3.old"])
def test_a_folder_under_the_name_of_another_quarter_is_a_fault(reports, log, name):
    folder = draw_report(reports)
    folder = folder.rename(folder.with_name(name))
    found = [one.words for one in verify(folder, log) if one.fault]
    assert bool(found) == (name[:6] in {"2020Q1", "2019Q3"})
    if found:
        assert found == [f"the folder is called {name[:6]} and holds the report of 2019Q4"]


def test_a_content_that_the_log_has_as_another_report_is_a_fault(reports, log):
    folder = draw_report(reports)
    log.add("run", "north/2019Q4", content=content_of(folder), commit="")
    faults = [one.words for one in verify(folder, log) if one.fault]
    assert faults == ["the log has this content as north/2019Q4"]


def test_an_approval_that_the_log_lost_is_a_fault(reports, log):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    lines = log.path.read_text(encoding="utf-8").splitlines()
    log.path.write_text(f"{lines[0]}\n", encoding="utf-8")
    log.add("approve", "2019Q4", content=content_of(folder), by=HEAD, note="another")
    faults = [one.words for one in verify(folder, log) if one.fault]
    assert faults == [f"the log no longer has the approval by {HEAD}"]


def command(*arguments):
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def test_the_command_verifies_a_folder_as_it_lies(reports):
    folder = draw_report(reports)
    done = command("verify", folder)
    assert done.exit_code == 0, done.output
    assert "as they were sealed" in done.output
    (payload(folder) / "run.json").write_text("{}", encoding="utf-8")
    assert command("verify", folder).exit_code != 0


def test_the_log_is_shown_and_checked(reports, log):
    approve(draw_report(reports), log, HEAD, "Seen.")
    done = command("log", "--reports", reports)
    run, approval = done.output.splitlines()
    assert "run       2019Q4" in run
    assert f"anna ({HEAD}), note: Seen." in approval
    assert command("log", "2019Q3", "--reports", reports).output == ""
    assert command("log", "--check", "--reports", reports).exit_code == 0
    text = log.path.read_text(encoding="utf-8")
    log.path.write_text(text.replace('"who": "anna"', '"who": "otto"', 1), encoding="utf-8")
    assert command("log", "--check", "--reports", reports).exit_code != 0
