"""Two folders of the same report compared byte by byte, and why they may differ."""

from __future__ import annotations

import pytest

from kpi.errors import ReviewError
from kpi.record import office
from kpi.run.rerun import compare_folders, refuse_differences
from tests.publication.drawn import draw_report


def with_papers(folder, text):
    """Put the office's papers beside the payload."""
    office(folder).mkdir()
    (office(folder) / "set_aside_cases.parquet").write_bytes(text)
    return folder


def test_the_same_report_is_the_same(tmp_path):
    again = compare_folders(draw_report(tmp_path / "a"), draw_report(tmp_path / "b"), has_key=False)
    assert again.differing == ()
    assert next(iter(again.in_words())).endswith("files are the same to the byte.")
    refuse_differences("2019Q4", again)


def test_what_hangs_on_a_key_that_is_gone_is_left_out_and_said(tmp_path):
    folders = (with_papers(draw_report(tmp_path / name), name.encode()) for name in "ab")
    again = compare_folders(*folders, has_key=False)
    assert again.differing == ()
    assert again.left_out == ("office/set_aside_cases.parquet",)
    assert any("hang on a key" in line for line in again.in_words())


def test_with_a_key_it_is_compared(tmp_path):
    folders = (with_papers(draw_report(tmp_path / name), name.encode()) for name in "ab")
    again = compare_folders(*folders, has_key=True)
    assert "office/set_aside_cases.parquet" in again.differing
    assert again.left_out == ()
    assert any("the key of pseudonyms" in reason for reason in again.reasons)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"as_of": "2020-01-16"}, "the parameters are others: as_of."),
        ({"run": {"versions": {"pandas": "1"}}}, "pandas is 1, then"),
        ({"run": {"versions": {"commit": "0123456789ab"}}}, "commit is 0123456789ab, then"),
        (
            {"run": {"inputs": [{"table": "bills", "file": "b.csv", "sha256": "1", "rows": 1}]}},
            "the extract b.csv is another than then.",
        ),
    ],
    ids=["parameters", "library", "code", "extract"],
)
def test_the_likely_reason_is_what_both_were_made_from(tmp_path, change, reason):
    again = compare_folders(
        draw_report(tmp_path / "a"), draw_report(tmp_path / "b", **change), has_key=False
    )
    assert "data/run.json" in again.differing
    assert any(one.startswith(reason) for one in again.reasons)
    with pytest.raises(ReviewError, match="files differ"):
        refuse_differences("2019Q4", again)
