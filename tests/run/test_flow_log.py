"""kpi flow: any event log in, six tables and a page out."""

from __future__ import annotations

import gzip
from pathlib import Path

import html5lib
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from kpi.cli import cli
from kpi.errors import ContractError, KpiError, ParameterError, RunError, SourceError
from kpi.publication.document import check_page
from kpi.run.flow_log import TABLES, Office, measure_log
from kpi.sources.event_log import LogColumns

COLUMNS = LogColumns("case", "step", "at")
LOG = """case,step,at
A,received,2024-01-05 09:00:00
A,approved,2024-01-05 15:00:00
A,paid,2024-01-08 10:00:00
B,received,2024-01-08 08:00:00
B,approved,2024-01-08 08:00:00
B,returned,2024-01-09 08:00:00
B,approved,2024-01-09 09:00:00
NA,received,2024-01-10 08:00:00
C,received,
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def measured(log: Path, out: Path, **more) -> dict[str, pd.DataFrame]:
    """Measure a log and read its tables back."""
    office = more.pop("office", Office("Europe/Copenhagen", "", "08:00-16:00"))
    measure_log(log, more.pop("columns", COLUMNS), office, out, **more)
    return {
        name: pd.read_csv(out / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in TABLES
    }


def test_a_small_log_comes_out_as_anybody_would_count_it(log, tmp_path):
    found = measured(log, tmp_path / "out")
    first = (
        found["transitions"]
        .set_index(["from_activity", "to_activity"])
        .loc[("received", "approved")]
    )
    assert (first["n"], first["mean_s"], first["max_s"]) == (2, 3 * 3600, 6 * 3600)
    paid = found["transitions"].set_index("to_activity").loc["paid"]
    assert (paid["sum_s"], paid["business_sum_s"]) == (67 * 3600, 3 * 3600)
    cases = found["cases"].set_index("case")
    assert cases.loc["A", ["events", "duration_s"]].tolist() == [3, 73 * 3600]
    assert cases.loc["NA", "events"] == 1
    assert cases.loc["A", "start"] == "2024-01-05 09:00:00+01:00"
    again = found["rework"].set_index("activity").loc["approved"]
    assert again.tolist() == [2, 1, 3, 1]
    assert found["wip"]["open"].tolist() == [1, 1, 1, 1, 0, 0]
    assert found["variants"]["cases"].sum() == 3


def test_the_page_is_whole_and_tells_what_it_could_not_use(log, tmp_path):
    measured(log, tmp_path / "out", language="da")
    page = (tmp_path / "out" / "flow.html").read_text(encoding="utf-8")
    check_page(page, "flow.html")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "hændelser uden tidspunkt; udeladt" in page
    assert "3 sager, 8 hændelser." in page


@pytest.mark.slow
def test_the_same_log_gives_the_same_bytes(log, tmp_path):
    for name in ("one", "two"):
        measured(log, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.slow
def test_parquet_workbook_and_gzip_give_the_same_tables(log, tmp_path):
    frame = pd.read_csv(log, dtype=str, keep_default_na=False, na_values=[""])
    frame.to_parquet(tmp_path / "log.parquet")
    frame.to_excel(tmp_path / "log.xlsx", index=False)
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(LOG.encode()))
    expected = measured(log, tmp_path / "csv")["transitions"]
    for name in ("log.parquet", "log.xlsx", "log.csv.gz"):
        found = measured(tmp_path / name, tmp_path / f"from {name}")["transitions"]
        pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(
    ("separator", "encoding", "said"),
    [
        (";", "cp1252", "cp1252 (detected); semicolons"),
        pytest.param("\t", "utf-16", "utf-16 (detected); tabs", marks=pytest.mark.slow),
        pytest.param(",", "utf-8-sig", "utf-8-sig (detected); commas", marks=pytest.mark.slow),
    ],
)
def test_how_a_log_is_written_is_detected_and_said(log, tmp_path, separator, encoding, said):
    danish = LOG.replace("approved", "bogført").replace("returned", "påmindet")
    log.write_text(danish, encoding="utf-8")
    expected = measured(log, tmp_path / "expected")
    log.write_text(danish.replace(",", separator), encoding=encoding)
    found = measured(log, tmp_path / "out")
    found["notes"] = found["notes"].query("note != 'doubtful_encoding'")
    for name, frame in found.items():
        pd.testing.assert_frame_equal(frame, expected[name])
    said += " (detected); dates yyyy-mm-dd hh:mm:ss (detected)"
    assert f"Read as {said}." in (tmp_path / "out" / "flow.html").read_text(encoding="utf-8")


def asked(log: Path, out: Path, *more: str) -> Result:
    """Ask on the command line."""
    columns = ("--case", "case", "--activity", "step", "--timestamp", "at")
    return CliRunner().invoke(cli, ["flow", str(log), *columns, *more, "--out", str(out)])


def test_stray_quotation_marks_stop_until_they_are_said_to_be_letters(log, tmp_path):
    log.write_text(LOG.replace("A,approved", 'A,"approved').replace("A,paid", 'A,paid"'))
    stopped = asked(log, tmp_path / "out")
    assert isinstance(stopped.exception, SourceError)
    assert "quotation mark" in str(stopped.exception)
    declared = asked(log, tmp_path / "out", "--quote", "none")
    assert (declared.exit_code, (tmp_path / "out" / "flow.html").is_file()) == (0, True)
    assert len(pd.read_csv(tmp_path / "out" / "cases.csv")) == 3


def test_twelve_hours_and_the_half_of_the_day_are_said_in_words(log, tmp_path):
    log.write_text("case,step,at\nA,received,01/25/2024 09:00 AM\nA,paid,01/25/2024 01:00 PM\n")
    assert "dates mm/dd/yyyy hh:mm AM/PM" in asked(log, tmp_path / "out").output


def test_the_command_says_what_it_detected_and_guessed(log, tmp_path):
    log.write_text(LOG.replace("paid", "bogført").replace(",", ";"), encoding="cp1252")
    lines = asked(log, tmp_path / "out").output.splitlines()
    read = "Read as cp1252 (detected); semicolons (detected); dates yyyy-mm-dd hh:mm:ss (detected)."
    assert lines[0] == read
    assert lines[1].startswith("Not kept: It is certain in which encoding")
    form = ("--date", "%Y-%m-%d %H:%M:%S")
    declared = asked(log, tmp_path / "out", "--encoding", "cp1252", "--separator", ";", *form)
    assert declared.output.splitlines() == [(tmp_path / "out" / "flow.html").as_posix()]
    wrong = asked(log, tmp_path / "out", "--encoding", "utf-8")
    assert isinstance(wrong.exception, SourceError)
    assert "letters in another encoding" in str(wrong.exception)


def test_what_was_there_stays_after_an_error_and_is_replaced_after_success(log, tmp_path):
    out = tmp_path / "out"
    measured(log, out)
    before = (out / "flow.html").read_bytes()
    with pytest.raises(ContractError):
        measured(log, out, columns=LogColumns("case", "stepp", "at"))
    assert (out / "flow.html").read_bytes() == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="something else in other"):
        measured(log, other)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"columns": LogColumns("case", "stepp", "at")}, ContractError, 'Did you mean "step"'),
        ({"office": Office("Europe/Copenhagn")}, ParameterError, "Europe/Copenhagen"),
        ({"office": Office(hours="16:00-08:00")}, ParameterError, "opens before it closes"),
        ({"office": Office(country="QQ")}, ParameterError, "two-letter code"),
        ({"ends": ["payd"]}, ParameterError, 'Did you mean "paid"'),
        ({"columns": LogColumns("case", "step", "step")}, SourceError, "none that can be read"),
    ],
    ids=["column", "zone", "hours", "country", "end", "timestamps"],
)
def test_what_does_not_exist_is_a_clear_error(log, tmp_path, change, error, message):
    with pytest.raises(error, match=message):
        measured(log, tmp_path / "out", **change)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LOG + "D,received,2024-01-10T08:00:00+01:00\n", "1 with and 8 without"),
        ("case,step,at\n", "empty"),
        ("", "empty"),
        ("case,step,at\nA,received,\n", "none"),
    ],
    ids=["two ways of writing time", "no rows", "nothing", "no timestamp"],
)
def test_a_broken_log_is_a_clear_error(tmp_path, content, message):
    path = tmp_path / "log.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KpiError, match=message):
        measured(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command(log, tmp_path):
    answer = asked(log, tmp_path / "out")
    assert answer.output.strip().endswith("flow.html")
    assert answer.exit_code == 0


@pytest.mark.slow
def test_reference_answers(shared, tmp_path):
    """The public log: what an independent tool counted (its seconds are exact)."""
    columns = LogColumns("case:concept:name", "concept:name", "time:timestamp")
    office = Office("Europe/Amsterdam", "NL", "07:00-17:00")
    log = shared / "data" / "request_for_payment.csv.gz"
    found = measured(log, tmp_path / "out", columns=columns, office=office)["transitions"]
    folder = shared / "expected" / "flow" / "request_for_payment"
    known = pd.read_csv(folder / "pm4py_performance_dfg.csv.gz")
    keys = ["from_activity", "to_activity"]
    both = found.merge(known, on=keys, suffixes=("", "_known"), validate="one_to_one")
    assert len(both) == len(known) == len(found)
    for ours, theirs in {
        "n": "n_known", "mean_s": "mean_s_known", "median_s": "median_s_known",
        "sum_s": "sum_s_known", "stdev_s": "stdev_s_known",
        "business_median_s": "bh_local_nl_median_s", "business_sum_s": "bh_local_nl_sum_s",
    }.items():  # fmt: skip
        pd.testing.assert_series_equal(both[ours], both[theirs], check_names=False, rtol=1e-6)


def noted(path: Path, out: Path, **more) -> dict[str, int]:
    """Return what is noted of a log, by note and name."""
    notes = measured(path, out, **more)["notes"]
    names = notes["note"] + notes["name"].fillna("").map(lambda name: f": {name}" if name else "")
    return dict(zip(names, notes["n"].tolist(), strict=True))


def test_every_oddity_is_noted_with_its_count(log, tmp_path):
    more = "D,Approved ,2024-01-10 08:00:00\nD,Approved ,2024-01-10 08:00:00\n"
    log.write_text(LOG + more + "A,archived,2024-01-09 10:00:00\n", encoding="utf-8")
    known = ["received", "approved", "returned", "paid", "Approved "]
    found = noted(log, tmp_path / "out", ends=["paid"], known=known)
    assert found["unknown_activity: archived"] == 1
    assert found["activity_written_alike: Approved "] == 2
    assert (found["duplicate_events"], found["events_without_timestamp"]) == (1, 1)
    assert (found["cases_going_on_after_end"], found["one_event_cases"]) == (1, 1)
    page = (tmp_path / "out" / "flow.html").read_text(encoding="utf-8")
    assert "events of an unknown step: archived" in page


def test_offsets_of_several_zones_are_noted(tmp_path):
    """They are instants all the same: an hour passes from the first to the second."""
    path = tmp_path / "log.csv"
    rows = (
        "A,a,2024-07-05T10:00:00+02:00",
        "A,b,2024-07-05T09:00:00Z",
        "A,c,2024-07-05 11:00+0100",
    )
    path.write_text("\n".join(("case,step,at", *rows, "")), encoding="utf-8")
    found = measured(path, tmp_path / "out")["transitions"]
    assert found["sum_s"].tolist() == [3600, 3600]
    page = (tmp_path / "out" / "flow.html").read_text(encoding="utf-8")
    for offset in ("+00:00", "+01:00", "+02:00"):
        assert f"timestamps written with the offset {offset}" in page


@pytest.mark.slow
def test_closing_days_and_hours_by_weekday(log, tmp_path):
    """From Friday 15:00 to Monday 10:00: no time on Friday, none on a closed Monday."""
    hours = "mon-thu 08:00-16:00, fri 08:00-12:00"
    arguments = ["flow", str(log), "--case", "case", "--activity", "step", "--timestamp", "at"]
    arguments += ["--timezone", "Europe/Copenhagen", "--hours", hours]
    for number, (closed, seconds) in enumerate({"2024-01-04": 2 * 3600, "2024-01-08": 0}.items()):
        out = tmp_path / str(number)
        answer = CliRunner().invoke(cli, [*arguments, "--closed", closed, "--out", str(out)])
        assert answer.exit_code == 0
        found = pd.read_csv(out / "transitions.csv").set_index("to_activity")
        assert found.loc["paid", "business_sum_s"] == seconds
    assert "Also closed: 8 January 2024." in (out / "flow.html").read_text(encoding="utf-8")


ODD = {
    "month first, and nobody can tell": ("10/01/2019 09:00", "10/03/2019 09:00", ""),
    "month first, as one of them tells": (
        "10/01/2019 09:00",
        "10/31/2019 09:00",
        30 * 86400 + 3600,
    ),
    "a word for the zone": ("2019-07-01 07:00:00 UTC", "2019-07-01 13:00:00 UTC", 6 * 3600),
    "hour 24": ("2019-12-31 12:00:00", "2019-12-31 24:00:00", 12 * 3600),
    "seven digits": ("2019-12-31 12:00:00.0000000", "2019-12-31 12:00:01.0000000", 1),
    "names of months": ("1. okt. 2019 09:00", "3. oktober 2019 09:00", 2 * 86400),
    "day numbers": ("43739.375", "43741.375", 2 * 86400),
}


QUICK = {"month first, and nobody can tell", "names of months"}


@pytest.mark.parametrize(
    "kind", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in ODD]
)
def test_timestamps_of_every_kind_are_read_or_refused(tmp_path, kind):
    """A log has no page whose verdict could say that it may be wrong: what is doubtful stops."""
    start, end, seconds = ODD[kind]
    path = tmp_path / "log.csv"
    path.write_text(f"case,step,at\nA,in,{start}\nA,out,{end}\n", encoding="utf-8")
    if not seconds:
        with pytest.raises(SourceError, match="--date"):
            measured(path, tmp_path / "out")
        form = ("--date", "%m/%d/%Y %H:%M")
        assert asked(path, tmp_path / "out", *form).exit_code == 0
        stages = pd.read_csv(tmp_path / "out" / "stages.csv")
        seconds = 2 * 86400
    else:
        stages = measured(path, tmp_path / "out")["stages"]
    assert stages.set_index("activity").loc["in", "mean_s"] == seconds


def test_what_is_odd_in_reading_is_among_the_notes(tmp_path):
    lines = ["case;step;at", "1001;in ;43739,375", "1001.0;out;43741,375", "a1;in\u200b;43739,5",
             "A1;out;43740,5"]  # fmt: skip
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = measured(tmp_path / "log.csv", tmp_path / "out")
    notes = found["notes"].set_index(["note", "name"])["n"]
    assert notes["identifiers_as_numbers", "case"] == 1
    assert notes["identifiers_in_other_letters", "case"] == 2
    assert notes["dates_as_numbers", "at"] == 4
    assert notes["invisible_letters", "step"] == 1
    spelled = notes["activity_written_alike"]
    assert dict(spelled) == {"in ": 1, "in\u200b": 1}
    assert set(found["cases"]["case"]) == {"1001", "a1", "A1"}
