"""Texts that another quarter's file left behind: which, why, and what confirms them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kpi.errors import ParameterError
from kpi.params import load_params
from kpi.params.carried_over import by_record, confirmation, named_periods
from kpi.periods import Period

LAST: dict[str, Any] = {
    "quarter": "2019Q4",
    "as_of": "2020-01-15",
    "history_from": "2019Q1",
    "organisation": {"name": "A town"},
    "calendar": {"country": "GL"},
    "sources": {"bills": {"file": "bills.csv"}},
    "comments": {
        "payments_on_time": {
            "cause": {"da": "Sygdom.", "en": "Illness."},
            "action": "En afløser.",
            "due": "2020-03-01",
        }
    },
    "attestations": {
        "front_office": {
            "by": "AB", "date": "2020-01-10", "statement": "Åbent hele kvartalet.", "is_met": True,
        }
    },
    "agenda": {
        "title": "Servicemål",
        "journal_number": "EMN-2020-00627",
        "recommendation": ["orientering om oktober-november-december 2019 tages til efterretning"],
        "summary": "Der er fokus på god service.",
    },
}  # fmt: skip
METRICS: dict[str, Any] = {"payments_on_time": {}, "front_office": {}}
FRESH: dict[str, Any] = {
    "quarter": "2020Q1",
    "as_of": "2020-04-15",
    "comments": {
        "payments_on_time": {
            "cause": {"da": "En ny kørsel.", "en": "A new run."},
            "action": "Flere kørsler.",
            "due": "2020-06-01",
        }
    },
    "attestations": {
        "front_office": {
            "by": "AB", "date": "2020-04-02", "statement": "Åbent hele kvartalet.", "is_met": True,
        }
    },
    "agenda": {
        "title": "Servicemål",
        "journal_number": "EMN-2020-01431",
        "recommendation": ["orientering om januar-februar-marts 2020 tages til efterretning"],
        "summary": "Der er fokus på hurtige svar.",
    },
}  # fmt: skip


def found(folder: Path, now: dict[str, Any], last: dict[str, Any] | None = None) -> dict[str, str]:
    """Return why texts of 2020Q1 are carried over, by their place."""
    written = {"2019Q4": last or LAST, "2020Q1": LAST | now}
    for name, content in written.items():
        text = yaml.safe_dump(content, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    targets = yaml.safe_dump({"metrics": METRICS})
    (folder / "targets.yaml").write_text(targets, encoding="utf-8")
    carried = load_params(folder, Period(2020, 1)).carried_over
    return {one.place: one.why for one in carried}


def test_a_file_copied_with_nothing_but_its_quarter_changed(tmp_path: Path) -> None:
    """Every text of the committee's page is told, and each says what would confirm it."""
    assert found(tmp_path, {"quarter": "2020Q1"}) == {
        "comments.payments_on_time": "same",
        "attestations.front_office": "same",
        "agenda.journal_number": "same",
        "agenda.recommendation.1": "names_quarter",
        "agenda.summary": "same",
    }
    late = found(tmp_path, {"quarter": "2020Q1", "as_of": "2020-04-15"})
    assert late["comments.payments_on_time.due"] == "due"
    carried = load_params(tmp_path, Period(2020, 1)).carried_over
    assert {
        record: confirmation(texts, Period(2020, 1)) for record, texts in by_record(carried).items()
    } == {
        "comments.payments_on_time": "unchanged: true",
        "attestations.front_office": "unchanged: true",
        "agenda": "unchanged: [journal_number, recommendation, true]",
    }


def test_what_was_written_anew_is_not_told(tmp_path: Path) -> None:
    """A quarter's own texts, dates and numbers."""
    assert found(tmp_path, FRESH) == {}


def test_the_first_quarter_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    """Its dates, and the quarters that it names, tell all the same."""
    found(tmp_path, FRESH)
    (tmp_path / "2019Q4.yaml").unlink()
    assert load_params(tmp_path, Period(2020, 1)).carried_over == ()
    (tmp_path / "2020Q1.yaml").write_text(
        yaml.safe_dump(LAST | {"quarter": "2020Q1", "as_of": "2020-04-15"}), encoding="utf-8"
    )
    carried = load_params(tmp_path, Period(2020, 1)).carried_over
    assert {one.place: one.why for one in carried} == {
        "comments.payments_on_time.due": "due",
        "attestations.front_office": "attested",
        "agenda.recommendation.1": "names_quarter",
    }


def test_a_translation_that_was_left_is_told(tmp_path: Path) -> None:
    """The Danish text is new, the English one beside it is not."""
    comments = {"payments_on_time": {"cause": {"da": "En ny kørsel.", "en": "Illness."}}}
    assert found(tmp_path, FRESH | {"comments": comments}) == {"comments.payments_on_time": "same"}
    point = {
        "da": "orientering om 1. kvartal 2020",
        "en": "the briefing on the fourth quarter of 2019",
    }
    agenda = FRESH["agenda"] | {"recommendation": [point]}
    assert found(tmp_path, FRESH | {"agenda": agenda}) == {
        "agenda.recommendation.1": "names_quarter"
    }


def confirmed(part: dict[str, Any], unchanged: Any) -> dict[str, Any]:
    """Return a part of a file with its confirmation."""
    return part | {"unchanged": unchanged}


@pytest.mark.parametrize("unchanged", [True, "2020Q1", ["2020Q1"]])
def test_what_is_confirmed_is_not_told(tmp_path: Path, unchanged: Any) -> None:
    """By true, or by the quarter in which it was confirmed."""
    comments = {"payments_on_time": confirmed(LAST["comments"]["payments_on_time"], unchanged)}
    assert found(tmp_path, FRESH | {"comments": comments}) == {}


def test_a_confirmation_that_was_copied_confirms_nothing(tmp_path: Path) -> None:
    """A file with `unchanged: true` copied once more: now the quarter must be named."""
    comments = {"payments_on_time": confirmed(LAST["comments"]["payments_on_time"], True)}
    last = LAST | {"comments": comments}
    assert "comments.payments_on_time" in found(tmp_path, FRESH | {"comments": comments}, last)
    carried = load_params(tmp_path, Period(2020, 1)).carried_over
    assert confirmation(list(carried), Period(2020, 1)) == "unchanged: 2020Q1"
    anew = {"payments_on_time": confirmed(LAST["comments"]["payments_on_time"], "2020Q1")}
    assert found(tmp_path, FRESH | {"comments": anew}, last) == {}
    last_year = {"payments_on_time": confirmed(LAST["comments"]["payments_on_time"], "2019Q4")}
    assert found(tmp_path, FRESH | {"comments": last_year}) != {}


def test_true_confirms_the_agenda_s_texts_and_no_number_or_quarter(tmp_path: Path) -> None:
    """Those are confirmed by name, for they are what a slip looks like."""
    agenda = confirmed(LAST["agenda"], True)
    left = {"agenda.journal_number": "same", "agenda.recommendation.1": "names_quarter"}
    assert found(tmp_path, FRESH | {"agenda": agenda}) == left
    agenda = confirmed(LAST["agenda"], [True, "journal_number", "recommendation"])
    assert found(tmp_path, FRESH | {"agenda": agenda}) == {}
    agenda = confirmed(LAST["agenda"], ["journal_number"])
    assert "agenda.summary" in found(tmp_path, FRESH | {"agenda": agenda})


def test_unchanged_says_what_it_confirms(tmp_path: Path) -> None:
    """A word that confirms nothing is refused."""
    agenda = confirmed(LAST["agenda"], ["journalnumber"])
    with pytest.raises(ParameterError, match="journalnumber"):
        found(tmp_path, FRESH | {"agenda": agenda})


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("Servicemål 2019Q3", ["2019Q3"]),
        ("Q2 2019 and 2019-Q1", ["2019Q2", "2019Q1"]),
        ("4. kvartal 2019, tredje kvartal 2018", ["2019Q4", "2018Q3"]),
        ("the second quarter of 2019", ["2019Q2"]),
        ("oktober-november-december 2019", ["2019Q4"] * 3),
        ("October–December 2019", ["2019Q4"] * 2),
        ("i marts 2019", ["2019Q1"]),
        ("oktober, november og december", ["2020Q4"] * 3),
        ("på mødet den 1. juli 2019", []),
        ("on 10 March 2020 and March 11, 2020", []),
        ("i april tages fat; it may come", []),
    ],
)  # fmt: skip
def test_the_quarters_that_a_text_names(tmp_path: Path, text: str, quarters: list[str]) -> None:
    """By number, in words, by their months; a day names none."""
    found(tmp_path, FRESH)
    report = load_params(tmp_path, Period(2020, 1)).report
    assert [str(one) for one in named_periods(text, report)] == quarters


@pytest.mark.parametrize(
    ("period", "text", "named"),
    [
        (Period(2018, 4, year_starts=4), "4. kvartal 2018/19", ["2018/19Q4"]),
        (Period(2018, 4, year_starts=4), "2018/19Q3", ["2018/19Q3"]),
        (Period(2018, 4, year_starts=4), "i marts 2019", ["2018/19Q4"]),
        (Period(2019, 3, "month"), "februar 2019 og 2019-01", ["2019-01", "2019-02"]),
        (Period(2019, 3, "month"), "den 15-01-2019", []),
        (Period(2018, 1, "year", 4), "Servicemål 2017/18", ["2017/18"]),
        (Period(2018, 1, "year", 4), "på mødet den 1. juli 2019", []),
        (Period(2019, 1, "year"), "Servicemål 2018 og i marts 2017", ["2018", "2017"]),
    ],
)  # fmt: skip
def test_months_and_years_that_a_text_names(
    tmp_path: Path, period: Period, text: str, named: list[str]
) -> None:
    """Where reports are about these; a year that is part of a date names none."""
    found(tmp_path, FRESH)
    report = load_params(tmp_path, Period(2020, 1)).report
    other = report.model_copy(update={"quarter": period})
    assert [str(one) for one in named_periods(text, other)] == named
