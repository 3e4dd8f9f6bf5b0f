"""From a run to its publication and back: made again, the report is the same to the byte."""

from __future__ import annotations

import pytest

from kpi.errors import ReviewError
from kpi.periods import Period
from kpi.publication.approval import approve
from kpi.publication.archive import publish, published_reports
from kpi.publication.log import Log
from kpi.publication.seal import content_of
from kpi.record import read_run
from kpi.run import run
from kpi.run.rerun import make_again, refuse_differences
from tests.town import bill, build_town

pytestmark = pytest.mark.slow

QUARTER = Period(2019, 4)
COMMENT = "comments: {payments_on_time: {cause: Approval takes long.}}\n"


def ignore(event):
    """Show no progress."""


def test_a_report_is_published_and_made_again(tmp_path, tmp_path_factory):
    places = build_town(tmp_path)
    key = tmp_path_factory.mktemp("keys") / "pseudonyms.key"
    key.touch(mode=0o600)
    key.write_text("a key that is long enough to be one", encoding="utf-8")
    with (places.params / "2019Q4.yaml").open("a", encoding="utf-8") as file:
        file.write(COMMENT + f"persons: {{key_file: {key}}}\narchive: {key.parent / 'archive'}\n")
    with (places.data / "bills.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(bill(80, 11, 10) + "\r\n")  # set aside: its number has been there
    log = Log(places.reports)
    folder = run(QUARTER, places, ignore)
    assert "Not yet approved." in (folder / "committee.en.html").read_text(encoding="utf-8")
    approve(folder, log, "ab, head", "")
    copy = publish(folder, log, tmp_path / "archive")
    content = content_of(folder)

    run(QUARTER, places, ignore, force=True)
    assert content_of(folder) == content, "its own publication does not change a report"
    page = (folder / "committee.en.html").read_text(encoding="utf-8")
    assert "Not yet approved." not in page
    assert page == (copy / "committee.en.html").read_text(encoding="utf-8")
    assert [one.about.quarter for one in published_reports(tmp_path / "archive")] == ["2019Q4"]
    assert not read_run(folder).restatements

    again = make_again(folder, QUARTER, places, ignore)
    assert again.differing == ()
    assert again.compared > 20
    assert again.left_out == (), "the pseudonyms are those of the key that the parameters name"
    acts = [entry.act for entry in log.entries()]
    assert acts == ["run", "approve", "publish", "run"], "making it again leaves no trace"

    bills = places.data / "bills.csv"
    bills.write_bytes(bills.read_bytes().replace(b"25-11-2019", b"26-11-2019"))
    other = make_again(folder, QUARTER, places, ignore)
    assert "data/results.csv" not in other.left_out
    assert "data/run.json" in other.differing
    assert "the extract bills.csv is another than then." in other.reasons
    with pytest.raises(ReviewError, match="files differ"):
        refuse_differences("2019Q4", other)
