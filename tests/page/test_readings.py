"""What a figure's months say: whether the latest are unusual for its own past."""

import pytest

from kpi.page.trends import monthly, reading
from tests.page.drawn_report import months

METRIC = "payments_on_time"
CALM = "93 95 91 94 92 95 91 93 95 92 94 91 "
HEAD = "metric | period | n | met | missed | unknown\n"
QUARTER = f"{METRIC} | 2019Q4 | 600 | 550 | 50 |\n"


def read(report, shares, language="da"):
    facts = report(HEAD + QUARTER + months(METRIC, shares), language=language)
    found = monthly(facts, METRIC)
    return reading(facts.labels, found) if found else None


@pytest.mark.parametrize(
    ("shares", "danish"),
    [
        (
            CALM + CALM,
            "Det seneste år ligger inden for det, som er normalt for de seneste 24 måneder ",
        ),
        (
            CALM + CALM[:-3] + "80",
            "December 2019 lå under det, som er normalt for de seneste 24 måneder ",
        ),
        (
            CALM + "93 95 91 94 92 95 70 72 71 92 93 91",
            "Juli til september 2019 lå under det, som er normalt for de seneste 24 måneder ",
        ),
        (
            CALM + "93 95 91 94 92 95 96 95 97 95 96 95",
            "De seneste 7 måneder ligger alle over gennemsnittet af de seneste 24 måneder: ",
        ),
        ("93 94 92 93 94 93", "Der er kun 6 tal: for få til at sige, hvad der er normalt."),
        (
            CALM + "93 95 91 94 92 95 91 93 95 * * 94",
            "En af de seneste måneder er skjult, så det kan ikke siges, hvad der er normalt.",
        ),
    ],
)
def test_the_latest_months_are_read_against_what_is_normal(report, shares, danish):
    assert read(report, shares).startswith(danish)


def test_a_figure_that_came_back_says_so(report):
    told = read(report, CALM + "93 95 91 94 92 95 70 72 71 92 93 91")
    assert told.endswith("Siden er tallet igen inden for det.")


def test_normal_rests_on_the_months_since_the_latest_hidden_one(report):
    told = read(report, "* * 92 93 94 93 92 94 93 92 93 94 93 94 92 93 94 93")
    assert "de seneste 16 måneder" in told


def test_a_target_out_of_reach_says_so(report):
    calm = "80 81 80 79 80 81 80 79 80 81 80 79 80 81"
    assert read(report, calm, "en").endswith("without a change it will not be met.")


def test_a_series_that_is_mostly_hidden_has_no_chart(report):
    assert read(report, "* * * * * * * * 93 94 92 93") is None
