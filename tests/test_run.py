"""A whole run: what it leaves behind, and what nobody may find in it."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from pathlib import Path

import pytest
from kpi_demo import write_demo
from kpi_demo.planted import PLANTED

from kpi.periods import Period
from kpi.record import office, payload, read_frame
from kpi.run import STEPS, Event, Places, run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
QUARTER = Period(2019, 4)
SECTIONS = (
    "Sagsresumé",
    "Indstilling",
    "Sagsfremstilling",
    "Løsningsforslag",
    "Økonomisk og ressourcemæssig vurdering",
    "Lovgrundlag og rammesættende dokumenter",
    "Det videre forløb",
    "Bemærkninger fra Økonomisk Sekretariat",
    "Bilag",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the synthetic municipality for 2019Q4, as `make report` makes it."""
    folder = tmp_path_factory.mktemp("town")
    write_demo(folder / "data" / "demo")
    published = folder / "data" / "published"
    published.mkdir()
    text = (ROOT / "data" / "published" / "authority_area.csv").read_text(encoding="utf-8")
    (published / "authority_area.csv").write_text(text, encoding="utf-8")
    places = Places(ROOT / "params", folder / "data", ROOT / "notebooks", folder / "reports")
    events: list[Event] = []
    usual = os.umask(0)  # whatever is private is so of itself
    try:
        made = run(QUARTER, places, events.append)
    finally:
        os.umask(usual)
    assert tuple(dict.fromkeys(event.step for event in events)) == STEPS
    return made


@pytest.fixture(scope="module")
def now(report: Path) -> dict[str, dict[str, str]]:
    """The reported quarter's rows of results.csv by metric."""
    with (payload(report) / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {r["metric"]: r for r in rows if r["period"] == "2019Q4" and not r["group"]}


def test_what_a_run_leaves(report: Path) -> None:
    """The page, the figures, the executed notebooks, the quality documents, the record."""
    names = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    assert {
        "committee.da.html",
        "committee.en.html",
        "committee.kl.html",
        "annex.da.html",
        "annex.en.html",
        "annex.kl.html",
        "data/results.csv",
        "data/results.parquet",
        "data/run.json",
        "data/notebooks/01_data_quality.ipynb",
        "data/notebooks/committee.da.ipynb",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
    } <= names
    assert not any("quality/" in name or "set_aside" in name for name in names)
    beside = {path.name for path in report.parent.iterdir()}
    assert beside == {"2019Q4", "2019Q4.office", ".work", "log.jsonl", "log.lock"}
    papers = office(report)
    assert {path.name for path in papers.iterdir()} == {
        "data_docs", "findings.csv", "findings.parquet", "set_aside.csv", "set_aside.parquet",
        "set_aside_cases.parquet",
    }  # fmt: skip
    assert (papers / "data_docs" / "index.html").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_what_tells_of_rows_is_its_owner_s_alone(report: Path) -> None:
    """The office's papers, and what is kept of them for the next run."""
    for folder in (office(report), report.parent / ".work"):
        assert folder.stat().st_mode & 0o077 == 0
    for folder in (office(report), report.parent / ".work" / "2019Q4" / "counts" / "office"):
        files = [*folder.rglob("*")]
        assert len(files) > 5
        assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_the_published_table_comes_out(now: dict[str, dict[str, str]]) -> None:
    """270 held, 40 acute, 21.8 a working week, 40 plans, 25 follow-ups, 90 to 95 per cent."""
    counts = ("conversations_held", "acute_conversations", "action_plans_made")
    assert [int(float(now[metric]["n"])) for metric in counts] == [270, 40, 40]
    assert float(now["action_plan_follow_ups"]["n"]) == 25
    assert round(float(now["conversations_per_working_week"]["value"]), 1) == 21.8
    payments = now["payments_on_time"]
    assert 0.90 <= float(payments["lower"]) < 0.95 <= float(payments["upper"]) < 0.96
    assert payments["status"] == "not_documented"


def test_a_release_does_not_tell_why_a_figure_is_hidden(report: Path) -> None:
    """Of two hidden offices whose sum is known, the reason would tell how large each can be."""
    for path in payload(report).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reasons = {row.get("suppressed", "") for row in csv.DictReader(file)}
        assert reasons <= {"", "hidden"}, path.name
    assert "hidden" in (payload(report) / "results.csv").read_text(encoding="utf-8")


def test_the_third_quarter(report: Path) -> None:
    """75 per cent on time."""
    with (payload(report) / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["metric"] == "payments_on_time"]
    third = [r for r in rows if r["period"] == "2019Q3" and not r["group"]]
    assert [float(r["value"]) for r in third] == [0.75]


def test_every_planted_defect_is_found(report: Path) -> None:
    """In its number, and no other."""
    with (office(report) / "findings.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    about_tables = {"empty_extract", "no_rows_in_quarter", "volume_outside_band"}
    counted = {
        (row["table"], row["rule"]): int(row["rows"])
        for row in found
        if row["rule"] not in about_tables and int(row["rows"])
    }
    planted = {
        (table, rule): rows for table, rules in PLANTED.items() for rule, rows in rules.items()
    }
    planted["bill_steps", "bill_not_found"] -= 3  # of a day after the extract's: not known yet
    assert counted == {place: rows for place, rows in planted.items() if rows}


def test_every_row_is_accounted_for(report: Path) -> None:
    """Read = accepted + set aside, and each row set aside has its reason in the list.

    The office knows the rows to the row; run.json tells them in fives, rounded down.
    """
    record = json.loads((payload(report) / "run.json").read_text(encoding="utf-8"))
    with (office(report) / "set_aside.csv").open(encoding="utf-8", newline="") as file:
        aside = {(row["table"], row["row_no"]) for row in csv.DictReader(file)}
    read = {extract["table"]: extract["rows"] for extract in record["inputs"]}
    counted = read_frame(office(report), "findings").drop_duplicates("table").set_index("table")
    for table in record["quality"]["tables"]:
        exact = counted.loc[table["table"]]
        assert exact["rows_read"] == exact["rows_accepted"] + exact["rows_set_aside"]
        listed = sum(name == table["table"] for name, _ in aside)
        assert listed == exact["rows_set_aside"]
        told = table["rows_set_aside"]
        assert table["rows_read"] == exact["rows_read"] // 5 * 5 == read[table["table"]]
        assert table["rows_read"] == table["rows_accepted"] + (told or 0)
        assert told == (None if 0 < listed < 5 else listed // 5 * 5)


def test_nobody_is_in_the_report(report: Path) -> None:
    """No person's number, pseudonym, path of this machine or address to fetch, in any file."""
    number = re.compile(r"(?<![\d.])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}-\d{4}(?!\d)")
    pseudonym = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")
    for path in report.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not number.search(text), path.name
            assert not pseudonym.search(text), path.name
            assert str(report.parent.parent) not in text, path.name
            assert str(Path.home()) + "/" not in text, path.name


def test_the_page_has_the_agenda_items_sections_in_order(report: Path) -> None:
    """And says that the data are synthetic and the page a draft."""
    page = (report / "committee.da.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)
    plain = [re.sub(r"<[^>]+>", "", heading).strip() for heading in headings]
    found = [s for heading in plain for s in SECTIONS if heading.startswith(s)]
    assert found == list(SECTIONS)
    assert "yntetisk" in page
    assert "ladde" in page
    assert len(page.encode()) < 400_000


MOST_SCREENS, MOST_WORDS = 4.5, 790
"""Of a phone (390 by 844 pixels): read in three minutes. Each figure and label counts as a word."""
SEEN_WORDS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let words = 0
  while (texts.nextNode()) {
    const inside = texts.currentNode.parentElement
    if (!inside.checkVisibility({contentVisibilityAuto: true})) continue
    let isClipped = false
    for (let one = inside; one; one = one.parentElement)
      isClipped ||= getComputedStyle(one).clipPath === 'inset(50%)'
    const isAbovePage = inside.getBoundingClientRect().bottom < 0
    if (isClipped || isAbovePage) continue
    words += (texts.currentNode.data.match(/\\S*[\\p{L}\\p{N}]\\S*/gu) || []).length
  }
  return words
}"""


def test_the_case_is_short_on_a_phone(report: Path, chromium: Path) -> None:
    """Four screens, three minutes; what is folded up is not counted."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        for language in ("da", "en"):
            tab.goto((report / f"committee.{language}.html").as_uri())
            screens = tab.evaluate("document.documentElement.scrollHeight") / 844
            assert screens <= MOST_SCREENS, language
            assert 500 < tab.evaluate(SEEN_WORDS) <= MOST_WORDS, language
        browser.close()


def test_the_record_names_no_machine_and_no_user(report: Path) -> None:
    """Parameters, checksums, versions and verdicts."""
    record = json.loads((payload(report) / "run.json").read_text(encoding="utf-8"))
    assert record["quarter"] == "2019Q4"
    assert record["parameters"]["as_of"] == "2020-01-15"
    assert all(len(extract["sha256"]) == 64 for extract in record["inputs"])
    assert record["verdicts"]["payments_on_time"] == "not_documented"
    assert record["versions"]["duckdb"]
