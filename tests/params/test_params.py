"""Parameter files: what is refused, and how it is said."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from kpi.errors import DefinitionError, ParameterError
from kpi.params import Params, cycle_of, load_params, quarters_in
from kpi.periods import Cycle, Period

QUARTER = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2018Q1
organisation: {name: A town}
calendar: {country: GL}
sources:
  bills: {file: bills.csv, columns: {bill_id: Number}}
"""
TARGETS = """
metrics:
  payments_on_time:
    counting:
      - {due: {column: due_at}, quarter_by: due}
    targets:
      - {valid_to: 2018-12-31, direction: at_least, value: 0.9}
      - {valid_from: 2019-01-01, direction: at_least, value: 0.95}
"""


def load(folder: Path, quarter: str = QUARTER, targets: str = TARGETS) -> Params:
    """Write both files and load them."""
    (folder / "2019Q4.yaml").write_text(quarter, encoding="utf-8")
    (folder / "targets.yaml").write_text(targets, encoding="utf-8")
    return load_params(folder, Period(2019, 4))


def test_the_target_in_force(tmp_path: Path) -> None:
    """Each quarter has the target that was valid on its last day."""
    settings = load(tmp_path).metrics["payments_on_time"]
    values = [settings.target_on(Period(year, 4).last_day) for year in (2018, 2019)]
    assert [target.value for target in values if target] == [0.9, 0.95]


def test_a_metric_is_none_of_a_quarter_before_it_was_introduced(tmp_path: Path) -> None:
    """A report of an earlier quarter that is made again stays as it was."""
    introduced = TARGETS.replace("counting:", "introduced: DAY\n    counting:")
    assert list(load(tmp_path, targets=introduced.replace("DAY", "2019-12-31")).metrics)
    assert not load(tmp_path, targets=introduced.replace("DAY", "2020-01-01")).metrics


def test_the_shipped_parameters_are_valid() -> None:
    """The municipality's and both examples."""
    folder = Path(__file__).parents[2] / "params"
    for path, quarter in (
        (folder, Period(2019, 4)),
        (folder / "examples" / "boston311", Period(2011, 4)),
        (folder / "examples" / "payment_requests", Period(2018, 3)),
    ):
        assert load_params(path, quarter).quarter == quarter


def test_a_missing_quarter_names_those_there_are(tmp_path: Path) -> None:
    """With a suggestion."""
    load(tmp_path)
    with pytest.raises(ParameterError, match='Did you mean "2019Q4"'):
        load_params(tmp_path, Period(2019, 3))


def test_missing_targets(tmp_path: Path) -> None:
    """The file is named, and what to do."""
    load(tmp_path)
    (tmp_path / "targets.yaml").unlink()
    with pytest.raises(ParameterError, match=r"no file targets\.yaml"):
        load_params(tmp_path, Period(2019, 4))


@pytest.mark.parametrize(
    ("line", "wrong", "suggested"),
    [
        ("as_off: 2020-01-15", "as_off", "as_of"),
        ("calender: {country: GL}", "calender", "calendar"),
        ("disclosure: {hide_person_below: 5}", "hide_person_below", "hide_persons_below"),
        ("sources: {bills: {fil: x.csv}}", "fil", "file"),
        ("calendar: {country: GL, zone: x, timezne: y}", "zone", "timezone"),
    ],
)
def test_a_mistyped_key_is_refused_with_a_suggestion(
    tmp_path: Path, line: str, wrong: str, suggested: str
) -> None:
    """Wherever it stands in the file."""
    key = line.partition(":")[0]
    text = "\n".join(x for x in QUARTER.splitlines() if not x.startswith(f"{key}:"))
    if key == "sources":
        text = text.replace("  bills: {file: bills.csv, columns: {bill_id: Number}}", "")
    with pytest.raises(ParameterError) as caught:
        load(tmp_path, f"{text}\n{line}\n")
    assert wrong in caught.value.found
    assert suggested in caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2019Q4\n", "2019Q3\n", "named after"),
        ("as_of: 2020-01-15", "as_of: 2019-09-30", "before the quarter"),
        ("as_of: 2020-01-15", "as_of: 15-01-2020", "as_of"),
        ("history_from: 2018Q1", "history_from: 2020Q1", "later than"),
        ("as_of: 2020-01-15", "as_of: 2020-01-15\nas_of: 2020-01-16", "stands twice"),
        ("calendar: {country: GL}", "calendar: {country: GL", "YAML"),
    ],
)
def test_contradictions(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Each is told in words, with the key."""
    with pytest.raises(ParameterError, match=message):
        load(tmp_path, QUARTER.replace(old, new, 1))


def test_an_unknown_metric(tmp_path: Path) -> None:
    """In the targets a DefinitionError, in the comments a ParameterError, with suggestions."""
    with pytest.raises(DefinitionError, match='Did you mean "payments_on_time"'):
        load(tmp_path, targets=TARGETS.replace("payments_on_time", "payment_on_time"))
    comments = QUARTER + "comments: {payments_on_tim: {cause: x}}\n"
    with pytest.raises(ParameterError, match='Did you mean "payments_on_time"'):
        load(tmp_path, comments)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("valid_to: 2018-12-31", "valid_to: 2019-06-30", "overlap"),
        ("direction: at_least, value: 0.95", "value: 0.95", "direction"),
        ("direction: at_least, value: 0.95", "direction: at_least", "value or a baseline"),
        ("due: {column: due_at}", "due: {column: due_at, days: 5}", "column or a number"),
        ("valid_from: 2019-01-01", "valid_from: 2019-01-01, valid_to: 2018-01-01", "before"),
    ],
)
def test_targets_that_contradict_themselves(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """A DefinitionError, never a silent number."""
    with pytest.raises(DefinitionError, match=message):
        load(tmp_path, targets=TARGETS.replace(old, new, 1))


STAGED = """
metrics:
  payments_on_time:
    counting: [{due: {column: due_at}, quarter_by: due}]
    stages: NORMS
"""


def test_norms_of_stages_are_those_in_force_on_a_day(tmp_path: Path) -> None:
    """Written with dates, or once and for all."""
    dated = (
        "[{valid_to: 2018-12-31, norms: {approved-sent: 4}},"
        " {valid_from: 2019-01-01, norms: {approved-sent: 2}}]"
    )
    settings = load(tmp_path, targets=STAGED.replace("NORMS", dated)).metrics["payments_on_time"]
    found = [settings.norms_on(Period(year, 4).last_day) for year in (2018, 2019)]
    assert found == [{"approved-sent": 4.0}, {"approved-sent": 2.0}]
    once = STAGED.replace("NORMS", "{approved-sent: 3}")
    settings = load(tmp_path, targets=once).metrics["payments_on_time"]
    assert settings.norms_on(Period(2019, 4).last_day) == {"approved-sent": 3.0}


@pytest.mark.parametrize(
    ("norms", "message"),
    [
        ("{approved-sent: -1}", "greater than or equal to 0"),
        ("{approved-sent: soon}", "valid number"),
        ("[{norms: {approved-sent: 1}}, {norms: {approved-sent: 2}}]", "overlap"),
        ("{}\n    days_needed: -1", "greater than or equal to 0"),
    ],
)
def test_norms_that_cannot_be(tmp_path: Path, norms: str, message: str) -> None:
    """Days are not negative, and only one version is in force on a day."""
    with pytest.raises(DefinitionError if "overlap" in message else ParameterError, match=message):
        load(tmp_path, targets=STAGED.replace("NORMS", norms))


@pytest.mark.parametrize(
    ("bills", "message"),
    [
        ("{file: b.csv, returns: {steps: [Returned]}}", "steps of an event extract"),
        ("{file: b.csv, other_steps: {steps: [Received]}}", "steps of an event extract"),
        ("{milestones: {paid: {steps: [Paid], take: last}}, returns: {}}", "name the steps"),
        ("{milestones: {paid: {steps: [Paid], take: middle}}}", "'first' or 'last'"),
    ],
)
def test_returns_and_milestones_that_cannot_be(tmp_path: Path, bills: str, message: str) -> None:
    """They are steps of the event extract, told by their names."""
    wrong = QUARTER.replace("{file: bills.csv, columns: {bill_id: Number}}", bills)
    with pytest.raises(ParameterError, match=message):
        load(tmp_path, quarter=wrong)


def test_the_page_is_in_the_reports_language_unless_others_are_named(tmp_path: Path) -> None:
    """Named in the file, or on the command line in its place."""
    assert load(tmp_path).report.page_languages == ("da",)
    params = load(tmp_path, QUARTER + "languages: [da, en]\n")
    assert params.report.page_languages == ("da", "en")
    assert params.in_languages(("en", "en")).report.page_languages == ("en",)
    assert params.in_languages(()) == params


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    """With those there are."""
    with pytest.raises(ParameterError, match="da, en"):
        load(tmp_path).in_languages(("de",))


@pytest.mark.parametrize("sign", ["\\e[2J", "\\x9b", "\\r", "\\u202e"])
def test_control_characters_are_refused_and_not_repeated(tmp_path: Path, sign: str) -> None:
    """In values and in keys: a page or a terminal would heed them."""
    for text, place in (
        (f'{QUARTER}\nagenda: {{title: "a{sign}b"}}\n', "agenda.title"),
        (f'{QUARTER}\ncomments: {{"a{sign}b": {{cause: c}}}}\n', "comments"),
    ):
        with pytest.raises(ParameterError, match="no control characters") as caught:
            load(tmp_path, quarter=text)
        assert caught.value.found == place


def test_what_reports_are_about_stands_in_the_targets(tmp_path: Path) -> None:
    """Quarters of a calendar year unless the folder says otherwise."""
    assert cycle_of(tmp_path) == Cycle()
    targets = tmp_path / "targets.yaml"
    targets.write_text(
        "# of all\nperiod: year\nyear_starts: 'april'  # as the budget\nmetrics: {}\n"
    )
    assert cycle_of(tmp_path) == Cycle("year", 4)
    for name in ("2018-19", "2017-18", "2018Q4", "texts"):
        (tmp_path / f"{name}.yaml").touch()
    assert [str(one) for one in quarters_in(tmp_path)] == ["2017/18", "2018/19"]


@pytest.mark.parametrize("key", ["period", "year"])
def test_a_year_has_a_file_of_its_own(key: str, tmp_path: Path) -> None:
    """The file has a hyphen where the year has a slash; in it either will do."""
    params = a_folder_of_years(tmp_path, f"{key}: 2018/19", "2018-19")
    read = load_params(params, Cycle("year", 4).parse("2018/19"))
    assert (str(read.quarter), read.report.quarter.first_day) == ("2018/19", dt.date(2018, 4, 1))
    assert [str(one) for one in read.quarters] == ["2016/17", "2017/18", "2018/19"]
    again = type(read.report).model_validate(read.report.model_dump(mode="json"))
    assert (again.quarter, again.history_from) == (read.quarter, read.report.history_from)


def test_a_file_about_another_year_is_told(tmp_path: Path) -> None:
    params = a_folder_of_years(tmp_path, "year: 2017/18", "2018-19")
    with pytest.raises(ParameterError, match="describes the year it is named after"):
        load_params(params, Cycle("year", 4).parse("2018/19"))


def test_a_period_of_another_kind_in_a_file_is_told(tmp_path: Path) -> None:
    params = a_folder_of_years(tmp_path, "year: 2018/19", "2018-19")
    path = params / "2018-19.yaml"
    path.write_text(path.read_text("utf-8").replace("2016/17", "2016/17Q1"), "utf-8")
    with pytest.raises(ParameterError, match="Reports here are about years"):
        load_params(params, Cycle("year", 4).parse("2018/19"))


def a_folder_of_years(folder: Path, period: str, name: str) -> Path:
    """Write the example of a yearly report with another period in its file."""
    example = Path(__file__).parents[2] / "params" / "examples" / "emergency"
    params = folder / "params"
    shutil.copytree(example, params)
    text = (params / f"{name}.yaml").read_text("utf-8")
    written = re.sub(r"^year: 2018/19.*$", period, text, flags=re.MULTILINE)
    (params / f"{name}.yaml").write_text(written, "utf-8")
    return params


def test_the_year_to_date_is_asked_of_all_that_adds_up(tmp_path: Path) -> None:
    """Of one metric, or of all; what does not add up over a year has none."""
    shipped = Path(__file__).parents[2] / "params"
    for name in ("2019Q4.yaml", "targets.yaml"):
        shutil.copy(shipped / name, tmp_path)
    targets = tmp_path / "targets.yaml"
    targets.write_text("year_to_date: true\n" + targets.read_text("utf-8"), "utf-8")
    params = load_params(tmp_path, Period(2019, 4))
    kinds = {params.definition(name).kind: one.year_to_date for name, one in params.metrics.items()}
    assert kinds["share_within_limit"] is kinds["rate"] is True
    assert kinds["stock"] is kinds["attested"] is False
