"""Texts go to a translator and come back, in a spreadsheet or a gettext file."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from kpi.cli import cli
from kpi.errors import ParameterError
from kpi.language import catalogue
from kpi.language.catalogue import translations
from kpi.params import load_params
from kpi.periods import Period
from kpi.publication.translation import (
    Item,
    Sent,
    awaiting,
    items,
    look_through,
    read_sent,
    write_items,
)

DAY = dt.date(2020, 1, 15)
PROGRAM = "program: Since {quarter}"
FOUND = [
    Item("2019Q4: agenda.title", "=1+1 & <Mål>", "", "missing"),
    Item("2019Q4: agenda.law", "Én linje\nto linjer", "Æ", "translated"),
    Item(PROGRAM, "Siden {quarter}", "Gammel", "stale"),
]
QUARTER = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2018Q1
organisation: {name: {da: A town, kl: A town}}
calendar: {country: GL}
sources:
  bills: {file: bills.csv, columns: {bill_id: Number}}
agenda: {title: Mål, kind: Orientering}   # the analyst's own remark
"""


def write(path: Path) -> Path:
    write_items(FOUND, path, language="kl", main="da", as_of=DAY)
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".po"])
def test_what_goes_out_comes_back(tmp_path, suffix):
    """An earlier translation counts only when it is given anew."""
    path = write(tmp_path / f"kl{suffix}")
    assert read_sent(path) == [
        Sent("2019Q4: agenda.title", "=1+1 & <Mål>", ""),
        Sent("2019Q4: agenda.law", "Én linje\nto linjer", "Æ"),
        Sent(PROGRAM, "Siden {quarter}", ""),
    ]


@pytest.mark.parametrize("suffix", [".xlsx", ".po"])
def test_the_same_texts_give_the_same_file(tmp_path, suffix):
    one, two = (write(tmp_path / f"{name}{suffix}") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_text_that_looks_like_a_formula_is_none(tmp_path):
    sheet = load_workbook(write(tmp_path / "kl.xlsx")).active
    assert [cell.data_type for cell in sheet[2]][:2] == ["s", "s"]
    assert [cell.value for cell in sheet[1]] == [
        "Navn", "Kildetekst", "Oversættelse", "Tidligere oversættelse", "Tilstand",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[4]][2:] == [None, "Gammel", "kilden er ændret siden"]


@pytest.mark.parametrize("name", ["kl.csv", "kl.xlsx", "kl.po"])
def test_what_is_no_such_file_is_refused(tmp_path, name):
    with pytest.raises(ParameterError):
        read_sent(tmp_path / name)
    (tmp_path / name).write_bytes(b"\xff nonsense")
    with pytest.raises(ParameterError):
        read_sent(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("2019Q4: agenda.titel", "x", "is not a text of this report"),
        (PROGRAM, "Siden", "the same names in braces as its source: {quarter}"),
        (PROGRAM, "{quarter} {year}", "the same names in braces"),
        (PROGRAM, "{quarter!r}", "the same names in braces"),
        (PROGRAM, "{quarter.year}", "the same names in braces"),
        (PROGRAM, "{quarter", "braces that do not match"),
        ("2019Q4: agenda.law", "<b>x</b>", "holds HTML"),
        ("2019Q4: agenda.law", "&amp;", "holds HTML"),
        ("2019Q4: agenda.law", "a\x07", "control characters"),
        ("2019Q4: agenda.law", "x" * 20_001, "more than 20,000"),
    ],
)
def test_what_no_page_can_print_is_refused(name, text, why):
    source = next((item.source for item in FOUND if item.name == name), "")
    with pytest.raises(ParameterError, match="nothing was changed") as caught:
        look_through(FOUND, [Sent(name, source, text)])
    assert why in caught.value.found


def test_two_translations_of_one_text_are_refused():
    sent = [Sent("2019Q4: agenda.law", FOUND[1].source, text) for text in ("a", "b")]
    with pytest.raises(ParameterError, match="stands twice"):
        look_through(FOUND, sent)


def test_a_text_whose_source_has_changed_is_passed_over():
    looked = look_through(
        FOUND,
        [
            Sent("2019Q4: agenda.title", "Andre mål", "x"),
            Sent("2019Q4: agenda.law", "Én linje\r\nto linjer ", "1 < 2"),
            Sent(PROGRAM, "Siden {quarter}", ""),
        ],
    )
    assert looked.accepted == {"2019Q4: agenda.law": "1 < 2"}
    assert looked.stale == ["2019Q4: agenda.title"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder of parameters, and the program's catalogues in a place of their own."""
    source = Path(str(catalogue.catalogue_path("da"))).parents[2]
    shutil.copytree(source, tmp_path / "locale")
    monkeypatch.setattr(catalogue.resources, "files", lambda _: tmp_path)
    translations.cache_clear()
    folder = tmp_path / "params"
    folder.mkdir()
    (folder / "2019Q4.yaml").write_text(QUARTER, encoding="utf-8")
    (folder / "targets.yaml").write_text("metrics: {good_service: {owner: Orientering}}\n")
    yield folder
    monkeypatch.undo()
    translations.cache_clear()


def kpi(*arguments: object) -> str:
    done = CliRunner().invoke(cli, ["translate", "kl", *map(str, arguments)])
    if done.exception:
        raise done.exception
    return done.output


def names(folder: Path) -> list[str]:
    params = load_params(folder, Period(2019, 4))
    return [item.name for item in awaiting(params, "kl") if not item.name.startswith("program")]


@pytest.mark.parametrize("suffix", [".xlsx", ".po"])
def test_a_translators_round(places, tmp_path, suffix):
    """Sent out, filled in, taken back; then a source changes, and its translation is stale.

    The texts are those of no language: x stands for what a translator writes.
    """
    params = load_params(places, Period(2019, 4))
    assert names(places) == ["2019Q4: agenda.title", "2019Q4: agenda.kind"]
    assert "2019Q4: agenda.title" in kpi("--params", places)
    found = items(params, "kl")
    filled = [
        Item(one.name, one.source, one.translation or _filled(one), "translated") for one in found
    ]
    path = tmp_path / f"kl{suffix}"
    write_items(filled, path, language="kl", main="da", as_of=DAY)
    assert "0 missing, 0 stale" in kpi("--import", path, "--params", places)
    assert names(places) == []
    assert "the analyst's own remark" in (places / "2019Q4.yaml").read_text(encoding="utf-8")
    changed = QUARTER.replace("title: Mål", "title: Andre mål")
    (places / "2019Q4.yaml").write_text(changed, encoding="utf-8")
    assert names(places) == ["2019Q4: agenda.title"]
    assert "1 stale" in kpi("--params", places)
    assert "has changed since they were sent out" in kpi("--import", path, "--params", places)


def _filled(item: Item) -> str:
    fields = [part for part in item.source.split() if part.startswith("{")]
    return item.source if "{" in item.source else " ".join(["x", *fields])


def test_the_export_holds_the_programs_messages_and_the_reports_texts(places, tmp_path):
    path = tmp_path / "kl.po"
    assert path.as_posix() in kpi("--export", path, "--params", places, "--quarter", "2019Q4")
    sent = {one.name: one for one in read_sent(path)}
    assert sent["2019Q4: agenda.kind"].source == "Orientering"
    assert sent["program: Contents"].text == "Imai"
    assert "targets: metrics.good_service.owner" not in sent  # the same text stands before


def test_a_translation_in_the_parameter_file_is_changed_there(places):
    params = load_params(places, Period(2019, 4))
    with pytest.raises(ParameterError, match="in the parameter file itself"):
        look_through(items(params, "kl"), [Sent("2019Q4: organisation.name", "A town", "Other")])


def test_the_reports_own_language_is_not_translated(places):
    done = CliRunner().invoke(cli, ["translate", "da", "--params", str(places)])
    assert isinstance(done.exception, ParameterError)
