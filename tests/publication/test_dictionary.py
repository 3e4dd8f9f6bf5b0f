"""Every metric and every table in words, as JSON and as a page."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import html5lib
import pytest

from kpi.definitions.frames import FRAMES
from kpi.definitions.metrics import METRICS
from kpi.errors import ExportError, ParameterError
from kpi.params import Counting, Params, Target
from kpi.publication.dictionary import catalogue_record, latest_params, write_dictionary
from kpi.publication.document import check_page

PARAMS = Path(__file__).parents[2] / "params"
EXAMPLES = sorted((PARAMS / "examples").iterdir())


@pytest.fixture(scope="module")
def shipped() -> Params:
    """The municipality's parameters."""
    return latest_params(PARAMS)


def with_settings(params: Params, metric: str, **changed: Any) -> Params:
    """Return parameters with other settings of one metric."""
    settings = params.metrics[metric].model_copy(update=changed)
    return dataclasses.replace(params, metrics=params.metrics | {metric: settings})


def page_of(params: Params, folder: Path, language: str = "en") -> str:
    """Return the page as text."""
    path = folder / f"dictionary.{language}.html"
    write_dictionary(params, path, language)
    return path.read_text(encoding="utf-8")


def elements(page: str, name: str) -> list[Any]:
    """Return the elements of a name, in the page's order."""
    tree = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    return list(tree.iter(name))


def words(element: Any) -> str:
    """Return the text of an element, its pieces parted by one space."""
    joined = " ".join(" ".join(element.itertext()).split())
    return joined.replace(" ,", ",").replace("( ", "(").replace(" )", ")").replace(" .", ".")


def test_the_record_of_every_metric(shipped: Params) -> None:
    """In the committee's order, in three languages, and as JSON."""
    record = catalogue_record(shipped)
    assert [metric["id"] for metric in record] == list(shipped.metrics)
    assert json.loads(json.dumps(record)) == record
    for metric in record:
        for texts in (metric["titles"], metric["definition"]):
            assert list(texts) == ["da", "en", "kl"]
            assert texts["da"]
            assert texts["en"]
            assert texts["da"] != texts["en"]


def test_no_greenlandic_is_invented(shipped: Params) -> None:
    """Nobody has written a title or a definition in Greenlandic: null, not Danish."""
    texts = [metric[part] for metric in catalogue_record(shipped) for part in _IN_WORDS]
    assert {text["kl"] for text in texts} == {None}


_IN_WORDS = ("titles", "definition")


def test_what_the_administration_decided(shipped: Params) -> None:
    """Owner, direction, versions and target history come from the parameters."""
    record = {metric["id"]: metric for metric in catalogue_record(shipped)}
    payments = record["payments_on_time"]
    assert payments["tables"] == ["bills"]
    assert (payments["kind"], payments["unit"]) == ("share_within_limit", "share")
    assert (payments["direction"], payments["owner"]) == ("at_least", "Ydelsesafdelingen")
    assert [target["value"] for target in payments["targets"]] == [0.95]
    assert payments["versions"][0]["due"]["column"] == "due_at"
    assert record["early_retirement_pension_time"]["direction"] == "at_most"
    assert record["home_visits"]["direction"] is None
    dropped = record["action_plans_per_caseworker_week"]["retired"]
    assert dropped["replaced_by"] == "action_plan_coverage"
    assert record["action_plan_coverage"]["introduced"] == "2019-07-01"


def test_titles_name_the_limit_in_force(shipped: Params) -> None:
    """A title of the parameters stands in their language alone."""
    titles = {metric["id"]: metric["titles"] for metric in catalogue_record(shipped)}
    assert titles["conversation_wait"]["en"] == "Conversation within 14 days of booking"
    own = catalogue_record(latest_params(PARAMS / "examples" / "payment_requests"))
    assert [metric["titles"] for metric in own] == [
        {"da": None, "en": "Requests paid within 10 working days", "kl": None}
    ]


def test_titles_of_an_administrations_own_metrics_stand_in_each_language() -> None:
    boston = catalogue_record(latest_params(PARAMS / "examples" / "boston311"))
    assert [metric["titles"] for metric in boston] == [
        {
            "da": "Henvendelser lukket til tiden",
            "en": "Service requests closed by their due date",
            "kl": None,
        }
    ]


def test_the_definitions_without_parameters() -> None:
    """What the administration decides is empty then."""
    record = {metric["id"]: metric for metric in catalogue_record()}
    assert list(record) == list(METRICS)
    wait = record["conversation_wait"]
    assert wait["titles"]["en"] == "Conversation within N days of booking"
    assert (wait["versions"], wait["targets"], wait["owner"]) == ([], [], "")


@pytest.mark.parametrize(
    ("folder", "language"),
    [
        pytest.param(folder, language, marks=() if language == quick else pytest.mark.slow)
        for folder, quick in ((PARAMS, "da"), *((one, "en") for one in EXAMPLES))
        for language in ("da", "en", "kl")
    ],
)
def test_the_page_is_whole(folder: Path, language: str, tmp_path: Path) -> None:
    """Valid HTML that loads nothing, each metric and table in its place, every link with an end."""
    params = latest_params(folder)
    page = page_of(params, tmp_path, language)
    check_page(page, "dictionary.html")
    html5lib.HTMLParser(strict=True).parse(page)
    (root,) = elements(page, "html")
    assert root.get("lang") == language
    assert len(elements(page, "h1")) == 1
    sections = [section.get("aria-labelledby") for section in elements(page, "section")]
    tables = list(params.report.sources)
    frames = [f"frame-{name}" for name in ("metrics", *FRAMES, "year_to_date")]
    listed = [f"metric-{m}" for m in params.metrics] + [f"table-{t}" for t in tables]
    assert sections == listed + frames
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = {link.get("href").removeprefix("#") for link in elements(page, "a")}
    assert links <= set(ids)
    assert {f"metric-{metric}" for metric in params.metrics} <= links


def test_every_table_has_a_caption_and_headings(shipped: Params, tmp_path: Path) -> None:
    """So that it can be read without being seen."""
    for table in elements(page_of(shipped, tmp_path), "table"):
        assert words(next(table.iter("caption")))
        assert all(cell.get("scope") in ("col", "row") for cell in table.iter("th"))


def section_of(page: str, name: str) -> str:
    """Return the text of a section."""
    found = (one for one in elements(page, "section") if one.get("aria-labelledby") == name)
    return words(next(found))


def test_a_metric_in_words(shipped: Params, tmp_path: Path) -> None:
    """Definition, clock, limit, target and owner."""
    said = section_of(page_of(shipped, tmp_path), "metric-application_time")
    for part in (
        "An application that is still open after its limit is late.",
        "From received_at (day 0) to decision_at.",
        "Limit: 10 working days. Counted in the quarter in which its limit ends.",
        "100%",
        "Owner Benefits department",
        "per cent; higher is better",
    ):
        assert part in said


def test_versions_and_targets_with_their_dates(shipped: Params, tmp_path: Path) -> None:
    """Each with what was in force when, why, and who decided."""
    old = {"version": "a", "valid_to": "2018-12-31", "due": {"days": 14}}
    new = {"version": "b", "valid_from": "2019-01-01", "due": {"days": 10, "roll_forward": True}}
    counting = tuple(Counting.model_validate(version) for version in (old, new))
    target = {"valid_from": "2018-01-01", "valid_to": "2019-12-31", "direction": "at_most"}
    about = {"baseline": "year_ago", "reason": "Too slow", "decided_by": "The committee"}
    changed = with_settings(
        shipped,
        "application_time",
        counting=counting,
        targets=(Target.model_validate(target | about),),
    )
    said = section_of(page_of(changed, tmp_path), "metric-application_time")
    for part in (
        "Version a. Limit: 14 calendar days.",
        "until 31 December 2018",
        "Version b. Limit: 10 calendar days. A limit that ends on a closed day moves",
        "from 1 January 2019",
        "below the same quarter last year from 1 January 2018 to 31 December 2019",
        "Too slow Decided by: The committee.",
    ):
        assert part in said


def test_a_target_that_was_dropped(shipped: Params, tmp_path: Path) -> None:
    """When, why, who decided, and what came in its place."""
    said = section_of(page_of(shipped, tmp_path), "metric-action_plans_per_caseworker_week")
    assert "Dropped 1 July 2019. For a glad reason: citizens in match group 3 are so few" in said
    assert "Replaced by: An action plan for everyone in match group 3" in said


def test_a_table_in_words(shipped: Params, tmp_path: Path) -> None:
    """Columns with type, meaning and allowed values; rules with what happens if they are broken."""
    said = section_of(page_of(shipped, tmp_path), "table-bills")
    for part in (
        "One row for each bill",
        "Told apart by bill_id",
        "kind Bilagstype Bill, credit note or benefit run text always filled in bill (Regning), ",
        "credit_note (Kreditnota), benefit_run (Ydelseskørsel)",
        "amount_dkk Beløb Amount of the bill amount with two decimals, kroner may be absent",
        "A bill is paid on or after the day it was approved set aside paid_before_approved",
    ):
        assert part in said


def test_a_result_table_in_words(shipped: Params, tmp_path: Path) -> None:
    """What it is about, how it adds up, how it is protected, and every column that leaves."""
    said = section_of(page_of(shipped, tmp_path), "frame-lateness")
    for part in (
        "Late cases by the stage that went most over its norm.",
        "The stages add up to all late cases of the quarter, and to all their days.",
        "Counted from drawn cases, each of which stands for several: counts are rounded.",
        "total_late Late cases in all All late cases of the quarter.",
        "Rounded to about a twentieth of all. In the unit of the row.",
    ):
        assert part in said
    assert "persons_sharing" not in said


def test_severities_as_the_parameters_set_them(tmp_path: Path) -> None:
    """The university only notes what the municipality sets aside."""
    page = page_of(latest_params(PARAMS / "examples" / "payment_requests"), tmp_path)
    said = section_of(page, "table-bills")
    assert "A bill is paid on or after the day it was approved noted paid_before_approved" in said


def test_texts_of_the_parameters_are_marked_and_escaped(shipped: Params, tmp_path: Path) -> None:
    """They are in the municipality's language, and never markup."""
    changed = with_settings(shipped, "payments_on_time", aim="<b>Alle</b> & én")
    english, danish = (page_of(changed, tmp_path, language) for language in ("en", "da"))
    assert '<span lang="da">&lt;b&gt;Alle&lt;/b&gt; &amp; én</span>' in english
    assert "&lt;b&gt;Alle&lt;/b&gt; &amp; én" in danish
    assert '<span lang="da">' not in danish


def test_the_latest_quarter_of_a_folder(tmp_path: Path, shipped: Params) -> None:
    """The dictionary is of the latest quarter; a folder without any is a clear error."""
    text = (PARAMS / "2019Q4.yaml").read_text(encoding="utf-8")
    (tmp_path / "2019Q4.yaml").write_text(text, encoding="utf-8")
    later = text.replace("quarter: 2019Q4", "quarter: 2020Q1").replace("2020-01-15", "2020-04-15")
    (tmp_path / "2020Q1.yaml").write_text(later, encoding="utf-8")
    targets = (PARAMS / "targets.yaml").read_text(encoding="utf-8")
    (tmp_path / "targets.yaml").write_text(targets, encoding="utf-8")
    assert str(latest_params(tmp_path).quarter) == "2020Q1"
    with pytest.raises(ParameterError, match=r"no file such as 2019Q4\.yaml"):
        latest_params(tmp_path / "empty")


def test_a_page_that_cannot_be_written(shipped: Params, tmp_path: Path) -> None:
    """A file stands where its folder should be: the message says what to do."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ExportError, match="--out"):
        write_dictionary(shipped, tmp_path / "file" / "page.html", "en")


def test_a_page_in_greenlandic_marks_what_is_danish_but_for_its_title(shipped, tmp_path):
    page = page_of(shipped, tmp_path, "kl")
    assert '<html lang="kl">' in page
    assert f"<title>Dataordbog \u2013 {shipped.report.organisation.name}</title>" in page
    assert '<h1><span lang="da">Dataordbog</span></h1>' in page
