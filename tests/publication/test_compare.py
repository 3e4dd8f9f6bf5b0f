"""What a reviewer looks at: two reports side by side, the most important first."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.publication.approval import approve
from kpi.publication.archive import publish
from kpi.publication.comparison import as_lines, compare, pieces, write_page
from kpi.publication.log import Log
from tests.publication.drawn import MISSED, QUALITY, RESULTS, draw_report

TABLE = {
    "table": "bills", "rows_read": 100, "rows_accepted": 98, "rows_set_aside": 2, "findings": [],
}  # fmt: skip
THIRD = """
metric             | period | n    | met | missed
payments_on_time   | 2019Q3 | 1000 | 750 | 250
conversations_held | 2019Q3 | 240  | 240 |
"""
COMMENT = {"payments_on_time": {"cause": "Approval takes <long> & long.", "owner": "The head"}}
TARGETS = {
    "payments_on_time": {
        "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 0.90, "wording": "at least 90 %"}],
    }
}


@pytest.fixture
def two(tmp_path):
    """Give what draws two reports, the second as it is changed, and compares them."""

    def drawn(before=None, after=None):
        folders = [
            draw_report(tmp_path / name, **(more or {}))
            for name, more in (("before", before), ("after", after))
        ]
        return compare(*folders, "en")

    return drawn


def of(found, heading):
    (section,) = [one for one in found.sections if one.heading == heading]
    return {one.what: (one.before, one.after) for one in section.found}


def test_the_same_report_differs_in_nothing(two):
    found = two()
    assert found.differing == []
    assert len(found.unchanged) == 10


def test_a_changed_verdict_comes_first_and_its_figure_next(two):
    found = two(after={"results": MISSED})
    assert [one.heading for one in found.differing] == ["Statuses", "Figures"]
    assert of(found, "Statuses") == {"Payments on time": ("met, 96.0%", "not met, 90.0%")}
    assert of(found, "Figures") == {
        "Payments on time, Q4 2019": ("96.0% of 1,000", "90.0% of 1,000")
    }


def test_a_figure_of_an_earlier_quarter_is_compared_too(two):
    moved = RESULTS.replace("1000 | 750 | 250", "1100 | 750 | 350")
    found = two(after={"results": moved})
    assert of(found, "Figures") == {
        "Payments on time, Q3 2019": ("75.0% of 1,000", "68.2% of 1,100")
    }


def test_two_quarters_are_compared_each_by_its_own(two):
    found = two({"results": THIRD, "quarter": "2019Q3", "as_of": "2019-10-15"})
    assert of(found, "Statuses") == {"Payments on time": ("not met, 75.0%", "met, 96.0%")}
    assert of(found, "Figures")["Conversations held"] == ("240", "270")
    assert "as_of" in of(found, "Other parameters")
    assert "content" in found.before


def test_a_metric_that_one_has_alone_is_named(two):
    found = two({"results": "\n".join(RESULTS.splitlines()[:4])})
    assert of(found, "Definitions and targets") == {"Conversations held": ("–", "reported")}
    assert of(found, "Figures") == {"Conversations held, Q4 2019": ("–", "270")}


@pytest.mark.parametrize(
    ("change", "heading", "expected"),
    [
        (
            {"targets": TARGETS},
            "Definitions and targets",
            {"Payments on time: targets.1.value": ("0.95", "0.9")},
        ),
        (
            {"quality": QUALITY | {"tables": [TABLE]}},
            "Rows set aside",
            {"Bills: Set aside": ("–", "fewer than 5"), "Bills: Read": ("–", "100")},
        ),
        (
            {"sources": {"bills": {"file": "new.csv"}}},
            "Other parameters",
            {"sources.bills.file": ("bills.csv", "new.csv")},
        ),
        (
            {"comments": COMMENT},
            "Texts",
            {"comments: payments_on_time.owner": ("–", "The head")},
        ),
        (
            {"run": {"versions": {"commit": "another"}, "engine": {"name": "postgres"}}},
            "Program and libraries",
            {"engine.name": ("duckdb", "postgres")},
        ),
    ],
    ids=["target", "set aside", "source", "comment", "program"],
)
def test_every_kind_of_change_is_found_under_its_heading(two, change, heading, expected):
    found = two(after=change)
    assert [one.heading for one in found.differing if one.heading == heading] == [heading]
    assert expected.items() <= of(found, heading).items()


def test_a_changed_notebook_is_told_by_nbdime(tmp_path):
    import nbformat
    from nbformat.v4 import new_code_cell

    from kpi.record import payload

    before, after = (draw_report(tmp_path / name) for name in ("before", "after"))
    path = payload(after) / "notebooks" / "committee.en.ipynb"
    book = nbformat.read(path, as_version=4)
    book["cells"].append(new_code_cell("report.signs()", id="more"))
    nbformat.write(book, path)
    (section,) = compare(before, after, "en").differing
    (one,) = section.found
    assert (section.heading, one.what, one.before, one.after) == (
        "Notebooks", "committee.en.ipynb", "1 cells", "2 cells",
    )  # fmt: skip
    assert "report.signs()" in one.lines


def test_outputs_and_the_run_s_own_parameters_are_no_change(tmp_path):
    before, after = (
        draw_report(tmp_path / "a"),
        draw_report(tmp_path / "b", words="Another output."),
    )
    assert compare(before, after, "en").differing == []


def test_words_that_changed_are_shown_as_such():
    assert list(pieces("a late bill came", "a bill came twice")) == [
        ("same", "a"), ("gone", "late"), ("same", "bill came"), ("new", "twice"),
    ]  # fmt: skip


def test_the_page_escapes_what_people_wrote(two, tmp_path):
    found = two(after={"results": MISSED, "comments": COMMENT})
    write_page(found, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "&lt;long&gt; &amp; long." in page
    assert page.index(">Statuses (") < page.index(">Figures (") < page.index(">Texts (")
    assert "Unchanged: Definitions and targets" in page
    lines = list(as_lines(found))
    assert any("Payments on time: met, 96.0% → not met, 90.0%" in line for line in lines)


@pytest.mark.parametrize("mode", ["light", "dark", "phone"])
def test_axe_finds_nothing_on_the_page(two, tmp_path, chromium, mode):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    page = tmp_path / "comparison.html"
    write_page(two(after={"results": MISSED, "comments": COMMENT, "targets": TARGETS}), page)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 360 if mode == "phone" else 1280, "height": 900})
        tab.emulate_media(color_scheme="dark" if mode == "dark" else "light")
        tab.goto(page.as_uri())
        found = Axe().run(tab).response["violations"]
        width = tab.evaluate("document.documentElement.scrollWidth")
        tab.screenshot(path=tmp_path / f"{mode}.png", full_page=True)
        browser.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert width <= (360 if mode == "phone" else 1280)


def test_the_command_compares_with_what_was_published(reports, tmp_path):
    log = Log(reports)
    folder = draw_report(reports)
    approve(folder, log, "ab, head", "")
    publish(folder, log, tmp_path / "archive")
    again = draw_report(reports, MISSED)
    params = tmp_path / "params"
    params.mkdir()
    from tests.publication.drawn import write_parameters

    write_parameters(params, again)
    asked = ["compare", str(again), "--with", "published", "--params", str(params)]
    done = CliRunner().invoke(cli, [*asked, "--reports", str(reports)])
    assert done.exit_code == 0, done.output
    assert "Payments on time: met, 96.0% → not met, 90.0%" in done.output
    assert (reports / "comparison.html").is_file()
