"""Nobody approves a report whose parameters or extracts have changed since it was made."""

from __future__ import annotations

import pytest

from kpi.errors import ReviewError
from kpi.publication.obstacles import refuse_stale
from kpi.publication.seal import seal_payload
from kpi.record import read_run, sha256_of, write_run
from tests.publication.drawn import draw_report, write_parameters


@pytest.fixture
def made(tmp_path, reports):
    """A report, its parameters, and its extract in the data folder."""
    folder = draw_report(reports)
    params, data = tmp_path / "params", tmp_path / "data"
    params.mkdir()
    write_parameters(params, folder)
    run = read_run(folder)
    extract = data / run.inputs[0].file
    extract.parent.mkdir(parents=True)
    extract.write_text("bills\n", encoding="utf-8")
    read = run.inputs[0].model_copy(update={"sha256": sha256_of(extract)})
    write_run(run.model_copy(update={"inputs": (read,)}), folder)
    seal_payload(folder)
    return folder, params, data, extract


def test_a_report_of_what_is_there_is_current(made):
    folder, params, data, _ = made
    refuse_stale(folder, params, data)


def test_an_extract_that_was_drawn_again_is_named(made):
    folder, params, data, extract = made
    extract.write_text("other bills\n", encoding="utf-8")
    with pytest.raises(ReviewError, match=extract.name):
        refuse_stale(folder, params, data)


def test_an_extract_that_is_gone_cannot_be_compared(made):
    folder, params, data, extract = made
    extract.unlink()
    refuse_stale(folder, params, data)


def test_an_extract_that_whoever_approves_may_not_read_cannot_be_compared(made, monkeypatch):
    folder, params, data, extract = made
    extract.write_text("other bills\n", encoding="utf-8")

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kpi.publication.obstacles.sha256_of", refuse)
    refuse_stale(folder, params, data)


def test_a_changed_comment_is_named(made):
    folder, params, data, _ = made
    path = params / "2019Q4.yaml"
    text = path.read_text(encoding="utf-8").replace("comments: {}", "")
    path.write_text(text + "\ncomments: {payments_on_time: {cause: New.}}\n", encoding="utf-8")
    with pytest.raises(ReviewError, match=r"comments in 2019Q4\.yaml"):
        refuse_stale(folder, params, data)


def test_a_translation_that_is_older_than_its_text_is_named(made, monkeypatch):
    from kpi.publication.translation import Item

    folder, params, data, _ = made
    old = Item("comments.payments_on_time.cause", "New.", "Gammel.", "stale")
    monkeypatch.setattr("kpi.publication.translation.items", lambda *_: [old])
    with pytest.raises(ReviewError, match="kpi translate en --export"):
        refuse_stale(folder, params, data)
