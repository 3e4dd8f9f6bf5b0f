"""The sentences that open the page, computed from the figures."""

import pytest

from kpi.language import NBSP
from kpi.page.comparison import since_when
from kpi.page.facts import Facts
from kpi.page.methods import definition, signs
from kpi.page.reasons import open_at_end, reason
from kpi.page.sections import marks, masthead, recommendation, summary, target
from kpi.page.sentences import answer, background
from kpi.record import without_comment

MET = "conversations_within_10_days | 2019Q4 | 239 | 230 | 9 | 0"
MISSED = "application_time | 2019Q4 | 252 | 219 | 33 | 0"
OPEN = "payments_on_time | 2019Q4 | 1055 | 951 | 52 | 52"
DOUBT = "cannot be documented whether the target of payments on time "
UNKNOWN = "kan ikke dokumenteres, om målet for udbetalinger til tiden er nået."
DECIDED = "Applications decided within 10 working days"
HEAD = "metric | period | n | met | missed | unknown\n"


@pytest.mark.parametrize(
    ("rows", "english", "danish"),
    [
        (
            [MET, MISSED, OPEN],
            "One of three measured targets is not met, and it " + DOUBT + "is.",
            f"Et af tre målte mål er ikke nået, og det {UNKNOWN}",
        ),
        (
            [MET, MISSED],
            "One of two measured targets is not met.",
            "Et af to målte mål er ikke nået.",
        ),
        (
            [MET, OPEN],
            "No target is known to be missed, but it " + DOUBT + "is met.",
            f"Intet mål er opgjort som ikke nået, men det {UNKNOWN}",
        ),
        (
            [MET, "payments_on_time | 2019Q4 | 1000 | 960 | 40 | 0"],
            "All two measured targets are met.",
            "Alle to målte mål er nået.",
        ),
        (
            [MISSED],
            f"{DECIDED}: the target is not met, 86.9% against all.",
            "Ansøgninger afgjort inden for 10 arbejdsdage: målet er ikke nået, 86,9 % mod 100 %.",
        ),
        (
            ["conversations_held | 2019Q4 | 270 | | |"],
            "Conversations held: 270. No target is set.",
            "Afholdte samtaler: 270. Der er ikke sat et mål.",
        ),
        (
            ["payments_on_time | 2019Q4 | 40 | 38 | 2 |"],
            "There are no figures for the quarter.",
            "Der er ingen tal for kvartalet.",
        ),
    ],
)
def test_the_page_opens_with_the_answer(report, rows, english, danish):
    drawn = HEAD + "\n".join(rows)
    assert answer(report(drawn)) == english
    assert answer(report(drawn, language="da")).replace(NBSP, " ") == danish


BAND = {"direction": "at_least", "value": 0.95, "near": 2}


def test_a_miss_within_the_band_is_told_as_close(report):
    """It counts as not met; its word, sign and the legend say that it is close."""
    missed = "payments_on_time | 2019Q4 | 1000 | 940 | 60 | 0"
    targets = {"payments_on_time": {"targets": [BAND]}}
    alone = report(HEAD + missed, targets=targets)
    assert answer(alone).replace(NBSP, " ") == (
        "Payments on time: the target is not met, but close, 94.0% against at least 95%."
    )
    facts = report(f"{HEAD}{MISSED}\n{missed}", targets=targets)
    assert answer(facts) == (
        "Two of two measured targets are not met. One of those not met is close to its target."
    )
    danish = report(f"{HEAD}{MISSED}\n{missed}", targets=targets, language="da")
    assert answer(danish).endswith("Et af dem, der ikke er nået, er tæt på målet.")
    assert "Not met, but close" in summary(facts).html
    assert "not met, but close" in signs(facts).html.casefold()
    assert "close: at most 2 percentage points" in definition(facts, "payments_on_time").target
    assert without_comment(facts.run) == ["application_time", "payments_on_time"]


def test_where_no_target_has_a_band_nothing_is_said_of_one(report):
    facts = report(f"{HEAD}{MISSED}")
    assert "close" not in signs(facts).html
    assert "close" not in definition(facts, "application_time").target


def test_while_the_quarter_runs_only_what_is_decided_is_told(report):
    """302 of 302 on time is no target met while cases may still come; one that is late is lost."""
    on_time = "payments_on_time | 2019Q4 | 302 | 302 | 0 | 0"
    rows = f"{HEAD}{MET}\n{MISSED}\n{on_time}"
    facts = report(rows, as_of="2019-12-30")
    assert answer(facts) == (
        "The quarter is not over. One target can no longer be met. Two targets are not decided yet."
    )
    danish = report(rows, as_of="2019-12-30", language="da")
    assert answer(danish) == (
        "Kvartalet er ikke slut. Et mål kan ikke længere nås. To mål er ikke afgjort endnu."
    )
    assert facts.row("payments_on_time")["status"] == "running"
    over = report(rows, as_of="2019-12-31")
    assert "not over" not in answer(over)


def test_a_quarter_that_is_not_over_is_marked_beside_the_masthead(report):
    """In the marks of every copy, with a sentence that says until when it runs."""
    facts = report(HEAD + OPEN, as_of="2019-12-30")
    assert marks(facts)[0] == "The quarter is not over"
    shown = " ".join(str(masthead(facts)).split())
    assert "runs until 31 December 2019, and the extracts know what happened up to 30 December" in (
        shown.replace(NBSP, " ")
    )
    over = report(HEAD + OPEN, as_of="2019-12-31")
    assert marks(over) == []
    assert "runs until" not in str(masthead(over))


def test_texts_of_another_quarter_are_marked_where_they_stand(report):
    """On a draft: an approved page has none, for they stop its approval."""
    texts = {
        "agenda": {"title": "Targets of 2019Q3", "recommendation": ["the briefing be noted"]},
        "comments": {"payments_on_time": {"cause": "Illness.", "due": "2020-01-02"}},
    }
    facts = report(HEAD + OPEN, **texts)
    assert marks(facts) == ["Texts of another quarter"]
    assert "Names Q3 2019" in str(masthead(facts)).replace(NBSP, " ")
    said = str(target(facts, "payments_on_time"))
    assert "The date 2 January 2020 has passed" in said.replace(NBSP, " ")
    assert "mark" not in str(recommendation(facts))
    danish = report(HEAD + OPEN, language="da", **texts)
    assert "Nævner 3. kvartal 2019" in str(masthead(danish)).replace(NBSP, " ")


def test_the_largest_change_is_told_with_both_figures(report):
    facts = report("""
        metric                       | period | n    | met | missed | unknown
        payments_on_time             | 2019Q3 | 1000 | 750 | 250    |
        payments_on_time             | 2019Q4 | 1055 | 951 | 52     | 52
        conversations_within_10_days | 2019Q3 | 200  | 188 | 12     |
        conversations_within_10_days | 2019Q4 | 239  | 230 | 9      |
    """)
    assert background(facts) == (
        "The largest change since Q3 2019: payments on time, from 75.0% to 90.1–95.1%."
    )


def test_a_change_that_may_be_none_is_not_told(report):
    facts = report("""
        metric           | period | n    | met | missed | unknown
        payments_on_time | 2019Q3 | 1000 | 930 | 70     |
        payments_on_time | 2019Q4 | 1055 | 951 | 52     | 52
    """)
    assert background(facts) == ""


@pytest.mark.parametrize(
    ("row", "danish"),
    [
        (OPEN, "52 regninger blev ikke betalt til tiden, og 52 regninger mangler betalingsdato."),
        (MISSED, "33 ansøgninger blev ikke afgjort til tiden."),
        ("application_time | 2019Q4 | 40 | 40 | |", "Alle 40 overholdt målet."),
        (
            "application_time | 2019Q4 | 40 | 38 | 2 |",
            "Der er få personer bag tallet; det er skjult.",
        ),
        ("conversations_held | 2019Q4 | 0 | | |", "Der var ingen i kvartalet."),
        ("good_service | 2019Q4 | | | |", "Et formål uden måling."),
    ],
)
def test_a_figure_is_told_by_its_counts(report, row, danish):
    facts = report(HEAD + row, language="da")
    assert reason(facts, row.split(" | ")[0]) == danish


def cut_off(table, *, casts_doubt=True):
    """Return what the checks say of an extract that may be cut off."""
    words = "The last line of an extract has its end (it may be cut off)"
    found = {"rule": "last_line_without_end", "severity": "note", "words": words, "rows": 0}
    counts = {"rows_read": 60, "rows_accepted": 60, "rows_set_aside": 0}
    findings = [{**found, "casts_doubt": casts_doubt}]
    return {"tables": [{"table": table, **counts, "findings": findings}]}


@pytest.mark.parametrize("table", ["bills", "bill_steps"])
def test_what_makes_a_figure_doubtful_is_said_with_its_verdict(report, table):
    sources = {name: {"file": f"{name}.csv"} for name in ("bills", "bill_steps")}
    facts = report(HEAD + OPEN, quality=cut_off(table), sources=sources)
    assert reason(facts, "payments_on_time").endswith(
        " The figure may be wrong, for this does not hold: the last line of an extract has its end "
        "(it may be cut off)."
    )


@pytest.mark.parametrize("quality", [cut_off("applications"), cut_off("bills", casts_doubt=False)])
def test_what_makes_no_figure_doubtful_is_not_said_with_its_verdict(report, quality):
    facts = report(HEAD + OPEN, quality=quality)
    assert "may be wrong" not in reason(facts, "payments_on_time")


def test_a_rate_is_told_by_what_it_lacks(report):
    metric = "booked_conversations_per_caseworker_week"
    facts = report(f"metric | period | n | weeks\n{metric} | 2019Q4 | 261 | 16.1")
    assert reason(facts, metric) == "1.8 more conversations a week would reach the target."


def test_a_duration_is_told_by_its_median_and_its_slowest_tenth(report):
    metric = "early_retirement_pension_time"
    facts = report(f"metric | period | n | median | p90\n{metric} | 2019Q4 | 60 | 136 | 245")
    assert reason(facts, metric) == (
        "Half of the 60 decisions took at most 136 days, nine in ten at most 245 days."
    )


def test_the_slowest_tenth_of_few_is_not_told(report):
    metric = "early_retirement_pension_time"
    facts = report(f"metric | period | n | median | p90\n{metric} | 2019Q4 | 38 | 136 | 245")
    assert reason(facts, metric) == "Half of the 38 decisions took at most 136 days."


def missed_in(report, *statuses_by_quarter):
    """Draw payments whose share meets (100) or misses (90) the target, up to 2019Q4."""
    quarters = ["2018Q4", "2019Q1", "2019Q2", "2019Q3", "2019Q4"][-len(statuses_by_quarter) :]
    rows = [
        f"payments_on_time | {quarter} | 100 | {met} | {100 - met - unknown} | {unknown}"
        for quarter, (met, unknown) in zip(quarters, statuses_by_quarter, strict=True)
    ]
    return report("\n".join(["metric | period | n | met | missed | unknown", *rows]))


@pytest.mark.parametrize(
    ("quarters", "words"),
    [
        ([(90, 0), (90, 0), (90, 0)], "for at least 3 quarters"),
        ([(100, 0), (90, 0), (90, 0)], "since Q3 2019"),
        ([(90, 0), (100, 0), (90, 0)], "new: was met in Q3 2019"),
        ([(100, 0), (90, 10), (80, 0)], "last met in Q2 2019"),
        ([(100, 0), (90, 0), (90, 10)], "last met in Q2 2019"),
        ([(90, 0), (90, 0), (90, 10)], ""),
        ([(90, 0), (90, 0), (100, 0)], ""),
    ],
)
def test_since_when_a_target_is_missed(report, quarters, words):
    assert words == since_when(missed_in(report, *quarters), "payments_on_time")


@pytest.mark.parametrize(
    ("overdue", "said"),
    [
        (2, "When the quarter ended, 6 were open, 2 of them past their limit."),
        (6, "When the quarter ended, 6 were open, all past their limit."),
    ],
)
def test_cases_open_at_the_end_are_told_with_those_past_their_limit(
    report, monkeypatch, overdue, said
):
    facts = report(HEAD + MISSED)
    row = facts.row("application_time") | {"open": 6, "overdue": overdue}
    monkeypatch.setattr(Facts, "row", lambda *_: row)
    assert open_at_end(facts, "application_time") == said
