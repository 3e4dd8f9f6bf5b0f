"""Only an approved, whole report is published, under its own quarter's name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ReviewError
from kpi.publication.approval import approve
from kpi.publication.archive import publish, published_reports
from kpi.publication.log import FIRST
from kpi.publication.seal import check_bag, content_of, seal_payload, seal_tags
from kpi.publication.verify import verify
from kpi.record import office, payload
from tests.publication.drawn import RESULTS, change_record, draw_report

HEAD = "ab, head of department"
OTHER = RESULTS.replace("270  | 270", "290  | 290")


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive"


@pytest.fixture
def approved(reports, log):
    """Give what draws a report and approves it."""

    def draw(*results, **more):
        folder = draw_report(reports, *results, **more)
        approve(folder, log, HEAD, "")
        return folder

    return draw


def test_the_copy_is_the_approved_report(approved, archive, log):
    folder = approved()
    office(folder).mkdir()
    (office(folder) / "set_aside.csv").write_bytes(b"row_no")
    copy = publish(folder, log, archive)
    assert copy == archive / "2019Q4"
    assert check_bag(copy).is_whole
    assert content_of(copy) == content_of(folder)
    page = "committee.en.html"
    assert (copy / page).read_bytes() == (folder / page).read_bytes()
    assert [path.name for path in archive.iterdir()] == ["2019Q4"], "the office's papers stay"
    last = list(log.entries())[-1]
    assert (last.act, last.report, last.details["number"]) == ("publish", "2019Q4", 1)


def test_a_draft_is_not_published(reports, archive, log):
    with pytest.raises(ReviewError, match="Only an approved report"):
        publish(draw_report(reports), log, archive)
    assert not archive.exists()


def test_a_report_that_was_changed_after_approval_is_not_published(approved, archive, log):
    folder = approved()
    (folder / "committee.en.html").write_text("<title>x 2019Q4</title>", encoding="utf-8")
    with pytest.raises(ReviewError, match=r"committee\.en\.html was changed"):
        publish(folder, log, archive)
    change_record(folder, quarter="2019Q4", verdicts={"payments_on_time": "met"})
    with pytest.raises(ReviewError, match="was changed"):
        publish(folder, log, archive)


def test_what_was_done_to_pages_that_were_sealed_again_is_not_published(approved, archive, log):
    folder = approved()
    page = folder / "committee.en.html"
    before = page.read_bytes()
    page.write_bytes(before.replace(b"All is well.", b"All is lost."))
    seal_tags(folder)
    assert (publish(folder, log, archive) / "committee.en.html").read_bytes() == before


def _rename(folder):
    """Last quarter's folder under this quarter's name."""
    return folder.rename(folder.with_name("2020Q1"))


def _change_record_and_seal(folder):
    """The quarter in run.json changed, and sealed again by hand."""
    moved = _rename(folder)
    change_record(moved, quarter="2020Q1")
    seal_payload(moved)
    seal_tags(moved)
    return moved


def _change_title(folder):
    page = folder / "committee.en.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("2019Q4</title>", "2019Q3</title>"), encoding="utf-8")
    seal_tags(folder)
    return folder


@pytest.mark.parametrize("change", [_rename, _change_record_and_seal, _change_title])
def test_nothing_is_published_under_another_quarter_s_name(approved, archive, log, change):
    with pytest.raises(ReviewError, match="names the same quarter"):
        publish(change(approved()), log, archive)
    assert not archive.exists()


def test_the_same_content_twice_is_one_publication(approved, archive, log):
    folder = approved()
    assert publish(folder, log, archive) == publish(folder, log, archive)
    assert len(published_reports(archive)) == 1


def test_another_content_needs_a_reason_and_keeps_the_old_one(approved, archive, log):
    before = publish(approved(), log, archive)
    old = {
        path.relative_to(before): path.read_bytes() for path in before.rglob("*") if path.is_file()
    }
    corrected = approved(OTHER)
    with pytest.raises(ReviewError, match="for a reason only"):
        publish(corrected, log, archive)
    copy = publish(corrected, log, archive, replace="An office <was> missing.")
    kept = archive / "2019Q4.superseded-1"
    assert old == {
        path.relative_to(kept): path.read_bytes() for path in kept.rglob("*") if path.is_file()
    }
    page = (copy / "committee.en.html").read_text(encoding="utf-8")
    assert page.count("An office &lt;was&gt; missing.") == 2
    assert 'content: "Corrected report"' in page
    assert "Not yet approved" not in page
    assert check_bag(copy).is_whole
    assert [one.about.number for one in published_reports(archive)] == [1, 2]
    assert [one.is_superseded for one in published_reports(archive)] == [True, False]
    assert list(log.entries())[-1].details["reason"] == "An office <was> missing."


def test_a_broken_off_correction_can_be_done_again(approved, archive, log, monkeypatch):
    publish(approved(), log, archive)
    corrected = approved(OTHER)
    with monkeypatch.context() as broken:
        broken.setattr("kpi.publication.archive._see_copied", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(corrected, log, archive, replace="Late bills came in.")
    assert [path.name for path in archive.iterdir()] == ["2019Q4"]
    publish(corrected, log, archive, replace="Late bills came in.")
    assert len(published_reports(archive)) == 2


def faults(folder, log):
    return [one.words for one in verify(folder, log) if one.fault]


def cut(log, count):
    """Cut lines off the end of the log."""
    lines = log.path.read_text(encoding="utf-8").splitlines(keepends=True)
    log.path.write_text("".join(lines[:-count]), encoding="utf-8")
    log.verify()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_log_whose_end_was_cut_off_is_seen_by_what_was_published(approved, archive, log, count):
    copy = publish(approved(), log, archive)
    assert faults(copy, log) == []
    cut(log, count)
    assert any("the log" in fault for fault in faults(copy, log))
    done = CliRunner().invoke(
        cli, ["log", "--check", "--reports", str(log.path.parent), "--archive", str(archive)]
    )
    assert isinstance(done.exception, ReviewError)
    with pytest.raises(ReviewError, match="every line that published reports have seen"):
        publish(approved(OTHER), log, archive, replace="Late bills came in.")
    assert [one.about.number for one in published_reports(archive)] == [1]


def test_a_log_that_was_written_anew_is_seen_by_what_was_published(approved, archive, log):
    copy = publish(approved(), log, archive)
    entries, before = [], FIRST
    for entry in log.entries():
        entries.append(replace(entry, who="otto", before=before))
        before = entries[-1].checksum()
    log.path.write_text("".join(f"{entry.line()}\n" for entry in entries), encoding="utf-8")
    log.verify()
    assert "the log has lost the line that 2019Q4 was published after" in faults(copy, log)


def test_pages_that_were_changed_and_sealed_in_the_archive_are_seen(approved, archive, log):
    copy = publish(approved(), log, archive)
    page = copy / "committee.en.html"
    page.write_bytes(page.read_bytes().replace(b"All is well.", b"All is lost."))
    seal_tags(copy)
    assert check_bag(copy).is_whole
    assert faults(copy, log) == ["its pages or forms are others than those that were published"]


def test_a_publication_that_was_killed_just_before_its_end_is_done_again(
    approved, archive, log, monkeypatch
):
    folder = approved()
    with monkeypatch.context() as broken:
        broken.setattr("kpi.record.replace_folder", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(folder, log, archive)
    assert published_reports(archive) == []
    assert faults(publish(folder, log, archive), log) == []
    assert [one.about.number for one in published_reports(archive)] == [1]


def test_the_log_is_checked_against_the_archives_that_it_names(approved, archive, log):
    reports = str(log.path.parent)
    done = CliRunner().invoke(cli, ["log", "--check", "--reports", reports])
    assert "lines cut off at its end would not be seen" in done.output
    publish(approved(), log, archive)
    publish(approved(unit="north"), log, archive)
    done = CliRunner().invoke(cli, ["log", "--check", "--reports", reports])
    assert "every line that 2 published reports have seen" in done.output


def test_units_have_their_own_place(approved, archive, log):
    assert publish(approved(unit="north"), log, archive) == archive / "north" / "2019Q4"
    assert len(published_reports(archive, "north")) == 1
    assert published_reports(archive) == []


def test_an_archive_that_was_tampered_with_is_found_out(approved, archive, log):
    copy = publish(approved(), log, archive)
    shutil.move(copy, archive / "2019Q3")
    with pytest.raises(ReviewError, match="is what it says it is"):
        published_reports(archive)


def test_the_payload_of_the_copy_is_the_report_s(approved, archive, log):
    folder = approved()
    copy = publish(folder, log, archive)
    told = json.loads((payload(copy) / "run.json").read_text(encoding="utf-8"))
    assert told["quarter"] == "2019Q4"
