"""Which forms are made, what is said of one that cannot be, and that the gate reads them first."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.errors import ExportError, RunError
from kpi.publication import pdf
from kpi.publication.forms import chosen_forms, make_forms, pages_of, release_forms
from kpi.publication.pdf import no_pango
from tests.publication.drawn_figures import drawn_figures
from tests.publication.drawn_page import drawn_page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_figures(tmp_path / "2019Q4")


def test_forms_come_in_their_order_and_an_unknown_one_is_named():
    assert chosen_forms(("csv", "pdf")) == ("pdf", "csv")
    with pytest.raises(ExportError, match='"odt"'):
        chosen_forms(("odt",))


def test_a_page_that_is_not_there_says_how_to_make_it(folder):
    with pytest.raises(ExportError, match="kpi run 2019Q4 --lang en,da"):
        pages_of(folder, ("da",))


def test_without_pango_the_other_forms_are_made(folder, monkeypatch):
    def fail(*_: object) -> None:
        raise no_pango()

    drawn_page(folder)
    monkeypatch.setattr(pdf, "write_pdf", fail)
    found = make_forms(folder, ("pdf", "docx", "xlsx"))
    assert [path.name for path in found.made] == ["committee.en.docx", "figures.en.xlsx"]
    assert "apt-get install libpango-1.0-0" in found.missing["pdf"]


def test_a_form_that_the_gate_refuses_leaves_the_old_one(folder):
    (folder / "figures.en.xlsx").write_bytes(b"old")
    page = folder / "committee.en.html"
    planted = page.read_text("utf-8").replace("Draft", "010170-1234")
    page.write_text(planted, encoding="utf-8")
    with pytest.raises(ExportError, match="a number like a person's in figures"):
        release_forms(folder, ("xlsx",), (), lambda _: None)
    assert (folder / "figures.en.xlsx").read_bytes() == b"old"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["2019Q4"]


def test_forms_take_the_place_of_those_that_were_there(folder):
    for _ in range(2):
        release_forms(folder, ("xlsx", "csv"), (), lambda _: None)
    assert (folder / "figures.en.xlsx").is_file()
    assert (folder / "open_data" / "datapackage.json").is_file()


@pytest.mark.slow
def test_forms_made_side_by_side_are_the_same(folder):
    drawn_page(folder)
    made = []
    for at_once in (1, 2):
        found = release_forms(folder, ("html", "docx", "xlsx"), (), lambda _: None, at_once)
        made.append({path.name: path.read_bytes() for path in found.made})
    assert list(made[0]) == ["committee.en.html", "committee.en.docx", "figures.en.xlsx"]
    assert made[0] == made[1]


def test_side_by_side_what_the_gate_refuses_is_said_as_well(folder):
    page = folder / "committee.en.html"
    page.write_text(page.read_text("utf-8").replace("Draft", "010170-1234"), encoding="utf-8")
    with pytest.raises(ExportError, match="a number like a person's in committee"):
        release_forms(folder, ("html", "xlsx"), (), lambda _: None, 2)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["2019Q4"]


def test_a_reports_folder_that_cannot_be_written_to_is_named_as_such(folder, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match="then export again") as raised:
        release_forms(folder, ("csv",), (), lambda _: None)
    assert raised.value.found == "Permission denied"
