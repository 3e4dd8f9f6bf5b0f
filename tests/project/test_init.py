"""A project begun in an empty folder: with a sample of its own, or for an extract that is there."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner, Result
from pyarrow import parquet

from kpi.cli import cli
from kpi.errors import ParameterError
from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import Params, cycle_of, load_params
from kpi.periods import Period
from kpi.project.init import quoted
from kpi.project.proposal import begin
from kpi.project.questions import questions_for
from kpi.run import Places, accept, engine_for
from kpi.sources.looking import look, name_of


def init(*arguments: str | Path, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["init", *map(str, arguments)], input=answers)


def rows(number: int = 400) -> list[list[str]]:
    """Draw cases of two years: every third takes ten days, the others two; the last are open."""
    found = [["Case no", "Received", "Closed", "Office", "Remark"]]
    for place in range(number):
        received = dt.date(2024, 1, 1) + dt.timedelta(days=place * 730 // number)
        closed = received + dt.timedelta(days=10 if place % 3 == 0 else 2)
        is_open = place > number - 3
        office = ("North", "South")[place % 2]
        found.append(
            [f"C{place}", f"{received}", "" if is_open else f"{closed}", office, f"r{place}"]
        )
    return found


def write(path: Path, table: Sequence[Sequence[str]], separator: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator).writerows(table)
    return path


def declared(folder: Path) -> dict[str, Any]:
    """Return what the files of parameters of a folder hold, by their names."""
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in (folder / "params").glob("*.yaml")
    }


def loaded(folder: Path) -> Params:
    [quarter] = [path.stem for path in (folder / "params").glob("*Q*.yaml")]
    return load_params(folder / "params", Period.parse(quarter))


def figures(folder: Path, place: Path) -> dict[str, tuple[int, int]]:
    """Return n and met of the first metric by quarter."""
    params = loaded(folder)
    places = Places(params=folder / "params", data=folder / "data")
    with engine_for(params, places, place) as backend:
        accept(backend, params, places, None, lambda _: None)
        found = evaluate(backend, params, measure(backend, params))
    first = next(iter(params.metrics))
    found = found[(found.metric == first) & (found.period_kind == "quarter") & (found.group == "")]
    counts = zip(found["period"], found["n"].astype(int), found["met"].astype(int), strict=True)
    return {period: (n, met) for period, n, met in counts}


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_sample_is_read_and_counted(language: str, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    answer = init(folder, "--language", language)
    assert answer.exit_code == 0, answer.output
    assert "kpi run 2025Q4" in answer.output
    assert loaded(folder).report.page_languages == (language,)
    assert {path.name for path in (folder / "notebooks").iterdir()} == {
        f"{name}.ipynb" for name in loaded(folder).report.notebooks
    }


@pytest.mark.slow
def test_the_figures_of_the_sample(tmp_path: Path) -> None:
    assert init(tmp_path / "new").exit_code == 0
    assert figures(tmp_path / "new", tmp_path)["2025Q4"] == (192, 166)


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    answer = init(tmp_path)
    assert "notes.txt" in str(answer.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "notes.txt"]


def test_cases_are_proposed_from_their_dates(tmp_path: Path) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    answer = init(tmp_path / "new", "--from", extract, "--yes")
    assert answer.exit_code == 0, answer.exception
    files = declared(tmp_path / "new")
    subject = files["definitions"]["subjects"]["requests"]
    assert subject["key"] == ["case_no"]
    assert subject["dated_by"] == "received"
    assert subject["groups"] == ["office"]
    assert subject["words"]["cases"] == ["request", "requests"]
    assert "remark" not in subject["columns"]
    metric = files["definitions"]["metrics"]["within_the_limit"]
    assert (metric["start"], metric["stop"]) == ("received", "closed")
    assert files["targets"]["metrics"]["within_the_limit"]["counting"][0]["due"] == {
        "days": 10, "unit": "calendar_days",
    }  # fmt: skip
    assert "guessed" in (tmp_path / "new" / "params" / "targets.yaml").read_text("utf-8")
    counted = figures(tmp_path / "new", tmp_path)
    assert sum(n for n, _ in counted.values()) >= 390
    assert (tmp_path / "new" / "data" / "requests.csv").stat().st_mode & 0o077 == 0


def test_what_is_given_is_not_guessed(tmp_path: Path) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    given = {
        "--limit": "5 working days", "--target": "90", "--group": "none", "--key": "Case no",
        "--title": "Answered soon", "--noun": "letter, letters", "--period": "2025Q2",
        "--person": "none", "--start": "Received", "--stop": "Closed", "--country": "DK",
        "--timezone": "Europe/Copenhagen", "--organisation": "The Town", "--language": "da",
    }  # fmt: skip
    words = [word for pair in given.items() for word in pair]
    answer = init(tmp_path / "new", "--from", extract, *words)
    assert answer.exit_code == 0, answer.exception
    params = loaded(tmp_path / "new")
    metric = params.metrics["within_the_limit"]
    due = metric.counting[0].due
    assert due
    assert (due.days, due.unit) == (5, "working_days")
    assert metric.targets[0].value == pytest.approx(0.9)
    assert metric.groups == ()
    assert params.quarter == Period(2025, 2)
    assert params.report.calendar.country == "DK"
    assert params.report.organisation.name == "The Town"
    assert params.definition("within_the_limit").title == {"da": "Answered soon"}
    assert "Guessed" not in answer.output


def test_answers_are_asked_and_asked_again(tmp_path: Path) -> None:
    """Enter takes the proposal; an answer that does not fit says why."""
    extract = write(tmp_path / "requests.csv", rows())
    answers = ["", "", "Clsed", "closed", "", "", "", "soon", "7 days", "", "95", ""]
    answer = init(tmp_path / "new", "--from", extract, answers="\n".join(answers) + "\n")
    assert answer.exit_code == 0, answer.exception
    assert 'Did you mean "closed"?' in answer.output
    metric = loaded(tmp_path / "new").metrics["within_the_limit"]
    due = metric.counting[0].due
    assert due
    assert due.days == 7
    assert metric.targets[0].value == pytest.approx(0.95)


def test_an_extract_in_the_folder_itself_may_be_named(tmp_path: Path) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    assert init(tmp_path, "--from", extract, "--yes").exit_code == 0
    assert (tmp_path / "data" / "requests.csv").read_bytes() == extract.read_bytes()


def test_a_due_date_of_the_data_is_the_limit(tmp_path: Path) -> None:
    table = rows()
    dated = [[*row, "Due date" if not place else row[1]] for place, row in enumerate(table)]
    answer = init(tmp_path / "new", "--from", write(tmp_path / "cases.csv", dated, ";"), "--yes")
    assert answer.exit_code == 0, answer.exception
    files = declared(tmp_path / "new")
    due = files["targets"]["metrics"]["within_the_limit"]["counting"][0]["due"]
    assert due == {"column": "due_date"}
    columns = files["definitions"]["subjects"]["cases"]["columns"]
    assert columns["due_date"]["planned"] is True


def test_rows_that_are_counts_are_summed(tmp_path: Path) -> None:
    table = [["Month", "Site", "Seen", "Late"]]
    table += [
        [f"{year}-{month:02d}", site, str(100 + month), str(month)]
        for year in (2024, 2025)
        for month in range(1, 13)
        for site in ("A", "B", "C")
    ]
    extract = write(tmp_path / "clinics.csv", table)
    given = ("--numerator", "seen - late", "--target", "95")
    answer = init(tmp_path / "new", "--from", extract, "--yes", *given)
    assert answer.exit_code == 0, answer.exception
    files = declared(tmp_path / "new")
    assert files["definitions"]["subjects"]["clinics"]["key"] == ["month_value", "site"]
    assert files["definitions"]["metrics"]["share"]["denominator"] == "seen"
    assert files["2025Q4"]["as_of"] == dt.date(2025, 12, 31)
    assert figures(tmp_path / "new", tmp_path)["2025Q4"] == (999, 900)


def test_rows_with_one_date_alone_are_counted(tmp_path: Path) -> None:
    table = [row[:2] + row[3:4] for row in rows()]
    answer = init(tmp_path / "new", "--from", write(tmp_path / "calls.csv", table), "--yes")
    assert answer.exit_code == 0, answer.exception
    metric = declared(tmp_path / "new")["definitions"]["metrics"]["calls_counted"]
    assert (metric["kind"], metric["happened"]) == ("count", "received")


def test_a_column_of_persons_hides_small_counts(tmp_path: Path) -> None:
    dated = [[*row, "CPR-nr." if not place else f"0101{place % 90 + 10}-{place:04d}"]
             for place, row in enumerate(rows())]  # fmt: skip
    extract = write(tmp_path / "sager.csv", dated, ";")
    answer = init(tmp_path / "new", "--from", extract, "--yes", "--language", "da")
    assert answer.exit_code == 0, answer.exception
    report = loaded(tmp_path / "new").report
    assert report.disclosure.hide_persons_below == 5
    assert report.organisation.person_numbers == "cpr"
    columns = declared(tmp_path / "new")["definitions"]["subjects"]["sager"]["columns"]
    assert columns["cpr_nr"]["type"] == "person"
    assert loaded(tmp_path / "new").shown_persons == ()


@pytest.mark.parametrize(("because", "shown"), [("", ("sager.client",)), ("public", ())])
def test_persons_who_are_not_hidden_are_named(
    because: str, shown: tuple[str, ...], tmp_path: Path
) -> None:
    """Somebody who makes a column one of persons afterwards may forget to hide small counts."""
    dated = [[*row, "Client" if not place else f"P{place:04d}"]
             for place, row in enumerate(rows())]  # fmt: skip
    extract = write(tmp_path / "sager.csv", dated, ";")
    answer = init(tmp_path / "new", "--from", extract, "--yes", "--person", "client")
    assert answer.exit_code == 0, answer.exception
    (path,) = (tmp_path / "new" / "params").glob("20*.yaml")
    text = path.read_text(encoding="utf-8")
    assert "hide_persons_below: 5" in text
    said = f'hide_persons_below: 0\n  because: "{because}"'
    path.write_text(text.replace("hide_persons_below: 5", said), encoding="utf-8")
    found = loaded(tmp_path / "new").shown_persons
    assert found == shown


@pytest.mark.slow
def test_a_workbook_and_parquet_are_looked_at_as_text_is(tmp_path: Path) -> None:
    table = rows()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["Requests of 2024 and 2025"])
    for place, row in enumerate(table):
        days = [dt.date.fromisoformat(cell) if cell and place else cell for cell in row[1:3]]
        sheet.append([row[0], *days, *row[3:]])
    book.save(tmp_path / "requests.xlsx")
    columns = dict(zip(table[0], zip(*table[1:], strict=True), strict=True))
    parquet.write_table(pa.table(columns), tmp_path / "requests.parquet")
    write(tmp_path / "requests.csv", table)
    wanted = None
    for name in ("requests.csv", "requests.xlsx", "requests.parquet"):
        answer = init(tmp_path / name.replace(".", "_"), "--from", tmp_path / name, "--yes")
        assert answer.exit_code == 0, answer.exception
        found = figures(tmp_path / name.replace(".", "_"), tmp_path / f"{name}.duckdb")
        wanted = wanted or found
        assert found == wanted


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([["Case", "Office"], ["1", "North"], ["2", "South"]], "none of dates"),
        ([["Received"], ["2024-01-01"], ["2024-01-02"]], "1 column"),
        ([["Case", "Received"]], "header alone"),
        ([["1", "2024-01-01"], ["2", "2024-02-01"]], "values"),
    ],
)
def test_an_extract_of_which_nothing_can_be_proposed_writes_nothing(
    table: list[list[str]], found: str, tmp_path: Path
) -> None:
    extract = write(tmp_path / "cases.csv", table)
    answer = init(tmp_path / "new", "--from", extract, "--yes")
    assert found in str(answer.exception)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("option", "value", "found"),
    [
        ("--limit", "10 working hours", "working"),
        ("--start", "Opened", "Opened"),
        ("--stop", "Received", "twice"),
        ("--key", "Office", "does not"),
        ("--target", "130", "100"),
        ("--period", "2030Q1", "2026"),
        ("--numerator", "Office", "office"),
        ("--noun", "case", "many"),
    ],
)
def test_an_answer_that_does_not_fit_is_told(
    option: str, value: str, found: str, tmp_path: Path
) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    answer = init(tmp_path / "new", "--from", extract, "--yes", option, value)
    assert answer.exit_code
    assert found in f"{answer.exception}"
    assert not (tmp_path / "new").exists()


def test_options_about_an_extract_need_one(tmp_path: Path) -> None:
    assert "--from" in init(tmp_path / "new", "--limit", "10 days").output


@pytest.mark.parametrize(
    ("name", "shape", "proposed"),
    [
        ("sf311_requests", "cases", {
            "start": "created_date", "stop": "closed_date", "key": "unique_key",
            "group": "source", "noun": "request, requests", "person": "none",
        }),
        ("sf_fire_dispatches", "cases", {
            "start": "received_timestamp", "stop": "on_scene_timestamp", "key": "row_id",
            "group": "battalion", "limit": "10 minutes", "noun": "dispatch, dispatches",
        }),
        ("tgv_punctuality", "counts", {
            "start": "date_value", "denominator": "nombre_de_circulations_prevues",
            "group": "service", "noun": "case, cases",
        }),
        ("ae_attendances", "counts", {
            "start": "period", "denominator": "attendances", "numerator": "breaches",
            "key": "period, org_code, type", "group": "type", "period": "2019Q1",
        }),
    ],
)  # fmt: skip
def test_real_extracts_are_seen_through(
    name: str, shape: str, proposed: dict[str, str], shared: Path
) -> None:
    with look(shared / "data" / f"{name}.csv.gz") as looked:
        answers = begin(looked, name, "en", ())
        found = {}
        for question in questions_for(answers):
            found[question.option] = question.propose(answers)
            question.read(answers, found[question.option])
    assert answers.shape == shape
    assert {option: found[option] for option in proposed} == proposed


def test_names_and_texts_are_written_so_that_they_read_the_same() -> None:
    assert name_of("Gare d'arrivée") == "gare_d_arrivee"
    for text in ("no", "12", "a: b", "plain words", "#x", "{days} days", "a, b", "x # y", ""):
        assert yaml.safe_load(f"[{quoted(text)}]") == [text]
        assert yaml.safe_load(f"key: {quoted(text)}") == {"key": text}


def of_kind(folder: Path) -> tuple[Params, dict[str, tuple[int, int]]]:
    """Return the parameters of a project about any kind of period, and n and met by period."""
    params_folder = folder / "params"
    (file,) = params_folder.glob("[12]*.yaml")
    params = load_params(params_folder, cycle_of(params_folder).parse(file.stem))
    places = Places(params=params_folder, data=folder / "data")
    with engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, lambda _: None)
        found = evaluate(backend, params, measure(backend, params))
    kept = (found["period_kind"] == params.quarter.kind) & (found["group"] == "")
    kept &= found["metric"] == next(iter(params.metrics))
    counts = found.loc[kept, ["period", "n", "met"]].astype({"n": int, "met": int})
    return params, {str(name): (n, met) for name, n, met in counts.itertuples(index=False)}


def test_a_few_months_are_reported_by_month(tmp_path: Path) -> None:
    """Four months hold one whole quarter: nothing to compare it with."""
    table = [row for row in rows(2000) if row[1] == "Received" or row[1] < "2024-05"]
    extract = write(tmp_path / "requests.csv", table)
    answer = init(tmp_path / "new", "--from", extract, "--yes")
    assert answer.exit_code == 0, answer.exception
    assert "Next: " in answer.output
    files = declared(tmp_path / "new")
    assert (files["targets"]["period"], files["2024-04"]["month"]) == ("month", "2024-04")
    params, found = of_kind(tmp_path / "new")
    assert str(params.report.history_from) == "2024-01"
    assert found["2024-03"][0] > 0
    assert "kpi new-period 2024-05" in (tmp_path / "new" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "period"),
    [
        (("--period", "month"), "2025-12"),
        pytest.param(("--period", "2025-03"), "2025-03", marks=pytest.mark.slow),
        pytest.param(("--period", "year"), "2025", marks=pytest.mark.slow),
        pytest.param(("--period", "2024"), "2024", marks=pytest.mark.slow),
        (("--period", "year", "--year-starts", "april"), "2024/25"),
        pytest.param(
            ("--period", "2024/25", "--year-starts", "april"), "2024/25", marks=pytest.mark.slow
        ),
        pytest.param(
            ("--period", "2024/25Q3", "--year-starts", "april"), "2024/25Q3", marks=pytest.mark.slow
        ),
    ],
)
def test_another_kind_of_period_is_asked_for(
    given: tuple[str, ...], period: str, tmp_path: Path
) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    answer = init(tmp_path / "new", "--from", extract, "--yes", *given)
    assert answer.exit_code == 0, answer.exception
    params, found = of_kind(tmp_path / "new")
    assert str(params.quarter) == period
    assert found[period][0] > 0


def test_a_year_of_two_years_needs_its_month(tmp_path: Path) -> None:
    extract = write(tmp_path / "requests.csv", rows())
    answer = init(tmp_path / "new", "--from", extract, "--yes", "--period", "2024/25")
    assert isinstance(answer.exception, ParameterError)
    assert "--year-starts april" in answer.exception.remedy
    assert not (tmp_path / "new").exists()


def test_rows_a_year_apart_are_reported_by_year(tmp_path: Path) -> None:
    """All dated in April: the year starts in it, and the last one is over in March."""
    table = [["Year", "Site", "Seen", "Late"]]
    table += [[f"{year}-04-01", site, "100", "9"] for year in range(2018, 2025) for site in "AB"]
    extract = write(tmp_path / "clinics.csv", table)
    given = ("--numerator", "seen - late", "--denominator", "seen")
    answer = init(tmp_path / "new", "--from", extract, "--yes", *given)
    assert answer.exit_code == 0, answer.exception
    files = declared(tmp_path / "new")
    assert [files["targets"][name] for name in ("period", "year_starts")] == ["year", "april"]
    assert files["2024-25"]["as_of"] == dt.date(2025, 3, 31)
    _, found = of_kind(tmp_path / "new")
    assert found["2024/25"] == (200, 182)


def test_what_is_made_of_columns_is_said_in_their_words(tmp_path: Path) -> None:
    """The page has no expression where a reader expects words."""
    table = [["Month", "Site", "Seen", "Called off", "Late"]]
    table += [
        [f"2025-{month:02d}", site, str(100 + month), str(month % 4), str(month)]
        for month in range(1, 13)
        for site in ("A", "B", "C")
    ]
    extract = write(tmp_path / "visits.csv", table)
    made = "seen - coalesce(called_off, 0)"
    given = ("--numerator", f"{made} - late", "--denominator", made)
    answer = init(tmp_path / "new", "--from", extract, "--yes", *given)
    assert answer.exit_code == 0, answer.exception
    metrics = declared(tmp_path / "new")["definitions"]["metrics"]
    said = str([metrics["share"][name] for name in ("title", "late")]) + metrics["total"]["title"]
    assert "coalesce" not in said.replace("\\xa0", " ")
    assert "Seen − Called off" in said.replace("\\xa0", " ")
