"""Administrations that are unlike the program's own, by declarations alone: figures, and each word.

A hospital with an event-wise log, a library with waits in minutes and values that are reported.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from kpi.periods import Period
from kpi.run import run
from tests.foreign import Administration

pytestmark = pytest.mark.slow

OURS = {
    "en": r"\b(bills?|citizens?|municipal\w*|caseworkers?|housing|payments?|ledger|0 days)\b",
    "da": r"\b(regning\w*|borger\w*|kommune\w*|sagsbehandler\w*|bolig\w*|betaling\w*|0 dage)\b",
}
PAGES = {
    "languages": ["en", "da"], "notebooks": ["01_data_quality", "02_targets", "04_methods",
    "committee"], "synthetic": True, "forms": ["html"], "history_from": "2018Q3",
}  # fmt: skip


def both(en: str, da: str) -> dict[str, str]:
    """Give a text in both languages."""
    return {"en": en, "da": da}


def moment(en: str, da: str, **more: Any) -> dict[str, Any]:
    """Declare a moment by its label."""
    return {"type": "moment", "label": both(en, da)} | more


def hospital(folder: Path) -> Administration:
    """Return an emergency room whose log has a row for each event; every fifth stay is minor."""
    lines = ["Event;Stay;Patient;Ward;Moment;Triage"]
    for number in range(900):
        came = dt.datetime(2018, 7, 1, 10) + dt.timedelta(hours=7 * number)
        events = {"arrived": 0, "seen": 5 + number % 40, "left": 100 + 10 * (number % 17)}
        for event, minutes in events.items():
            at = came + dt.timedelta(minutes=minutes)
            who, triage = 1_000_000_000 + number, "minor" if number % 5 == 0 else "urgent"
            lines.append(f"{event};S{number};{who};{'AB'[number % 2]};{at:%d-%m-%Y %H:%M};{triage}")
    columns = {
        "stay": {"required": True}, "patient": "person", "triage": "text",
        "ward": {"label": both("ward", "afsnit")},
        "arrived_at": moment("arrival", "ankomst", required=True),
        "seen_at": moment("first seen", "første tilsyn"), "left_at": moment("departure", "afgang"),
    }  # fmt: skip
    clock = {"subject": "stays", "start": "arrived_at"}
    due = [{"due": {"hours": 4}, "quarter_by": "start"}]
    return Administration(
        folder,
        {"stays": {
            "title": both("Stays in the emergency room", "Ophold på akutmodtagelsen"),
            "key": "stay", "dated_by": "arrived_at", "groups": "ward", "columns": columns,
            "steps": {"order": ["arrived", "seen", "left"]},
            "words": {
                "cases": {"en": ["stay", "stays"], "da": ["ophold", "ophold"]},
                "steps": {"left": both("ended", "afsluttet")},
                "groups": {"ward": both("Ward", "Afsnit")},
            },
        }},
        {
            "within_4_hours": clock | {
                "kind": "share_within_limit", "stop": "left_at",
                "title": both("Left within four hours", "Gået inden for fire timer")},
            "until_seen": clock | {
                "kind": "duration", "stop": "seen_at", "percentile": 75,
                "title": both("Wait to be seen", "Ventetid til tilsyn")},
            "arrivals": {
                "kind": "count", "subject": "stays", "happened": "arrived_at",
                "title": both("Arrivals", "Ankomster")},
        },
        {
            "within_4_hours": {"counting": due, "groups": ["ward"],
                               "targets": [{"direction": "at_least", "value": 0.95}]},
            "until_seen": {"counting": [{"due": {"minutes": 30}, "quarter_by": "start"}],
                           "targets": [{"direction": "at_most", "value": 40}]},
            "arrivals": {},
        },
        {"stays": {
            "query": """
                SELECT stay, any_value(patient) AS patient, any_value(ward) AS ward,
                    any_value(triage) AS triage, min(t) FILTER (event = 'arrived') AS arrived_at,
                    min(t) FILTER (event = 'seen') AS seen_at,
                    max(t) FILTER (event = 'left') AS left_at
                FROM log GROUP BY stay ORDER BY stay
            """,
            "files": {"log": {
                "file": "log.csv", "timezone": "Europe/Paris",
                "columns": {
                    "event": "Event", "stay": "Stay", "patient": "Patient", "ward": "Ward",
                    "triage": "Triage", "t": {"column": "Moment", "type": "moment"},
                },
            }},
            "columns": {name: name for name in columns},
            "filter": "triage <> 'minor'",
        }},
        {"log.csv": "\n".join(lines) + "\n"},
        report=PAGES,
    )  # fmt: skip


def library(folder: Path) -> Administration:
    """Return a library: a wait in minutes for each question, and a score and staff by month."""
    days = [dt.date(2018, 7, 1) + dt.timedelta(days=number % 270) for number in range(1080)]
    desk = "".join(
        f"{day}\t{'NS'[number % 2]}\t{(number % 13) + 0.5}\n" for number, day in enumerate(days)
    )
    months = [f"{2018 + (6 + m) // 12}-{(6 + m) % 12 + 1:02}-01" for m in range(9)]
    told = "".join(
        f"{month},{branch},{60 + place + extra},{30 + place}\n"
        for place, month in enumerate(months)
        for branch, extra in (("", 0), ("North", 4.25), ("South", -2))
    )
    score = {
        "kind": "reported", "subject": "months", "on": "month", "latest": "month",
    }  # fmt: skip
    return Administration(
        folder,
        {
            "questions": {
                "title": both("Questions at the desk", "Spørgsmål ved skranken"),
                "dated_by": "came_at", "groups": "desk",
                "columns": {
                    "came_at": moment("question", "spørgsmål", required=True),
                    "desk": "text", "wait": {"type": "number", "unit": "minutes"},
                    "served_at": moment(
                        "answer", "svar", planned=True, expr="came_at + INTERVAL (wait) MINUTE"),
                },
                "steps": {"order": ["came", "served"]},
                "words": {
                    "cases": {"en": ["question", "questions"], "da": ["spørgsmål", "spørgsmål"]},
                    "steps": {"served": both("answered", "besvaret")},
                },
            },
            "months": {
                "title": both("Monthly report", "Månedsrapport"),
                "dated_by": "month", "groups": "branch",
                "columns": {
                    "month": {"type": "date", "required": True}, "branch": "text",
                    "score": {"type": "number", "label": both("satisfaction", "tilfredshed")},
                    "staff": {"type": "number", "label": both("staff", "medarbejdere")},
                },
            },
        },
        {
            "answered": {
                "kind": "share_within_limit", "subject": "questions", "start": "came_at",
                "stop": "served_at",
                "title": both("Answered within 5 minutes", "Besvaret inden for 5 minutter")},
            "score": score | {
                "value": "score", "title": both("Satisfaction", "Tilfredshed"),
                "measured_in": both("points", "point")},
            "staff": score | {
                "value": "staff", "title": both("Staff", "Medarbejdere"),
                "measured_in": both("posts", "stillinger")},
        },
        {
            "answered": {"counting": [{"due": {"minutes": 5}, "quarter_by": "start"}],
                         "groups": ["desk"],
                         "targets": [{"direction": "at_least", "value": 0.8}]},
            "score": {"groups": ["branch"], "targets": [{"direction": "at_least", "value": 70.5}]},
            "staff": {"targets": [{"direction": "at_least", "value": 35}]},
        },
        {
            "questions": {"file": "desk.tsv", "timezone": "Europe/Paris",
                          "columns": {"came_at": "day", "desk": "desk", "wait": "wait"}},
            "months": {"file": "months.csv", "columns": {
                "month": "month", "branch": "branch", "score": "score", "staff": "staff"}},
        },
        {"desk.tsv": "day\tdesk\twait\n" + desk, "months.csv": "month,branch,score,staff\n" + told},
        report=PAGES,
    )  # fmt: skip


def pages(town: Administration) -> dict[str, str]:
    """Make the report and return the text of its pages, by language."""
    report = run(Period.parse("2019Q1"), town.places, lambda _: None)
    found = {}
    for language in OURS:
        texts = []
        for path in sorted(Path(report).glob(f"*.{language}.html")):
            tree = html.parse(path).getroot()
            for node in tree.xpath("//style"):
                node.getparent().remove(node)
            texts.append(tree.text_content())
        found[language] = re.sub(r"\s+", " ", " ".join(texts))
    return found


SAID = {
    hospital: {
        "en": ["stays were not ended in time", "75% of", "took no longer", "≤ 40 minutes",
               "180 rows were not asked for", "a query over log.csv", "Limit: 4 hours"],
        "da": ["ophold blev ikke afsluttet til tiden", "75 % af", "tog ikke længere",
               "≤ 40 minutter", "180 rækker var ikke udvalgt", "Frist: 4 timer"],
    },
    library: {
        "en": ["68 points", "≥ 70.5 points", "38 posts", "72.25 points", "Limit: 5 minutes",
               "questions were not answered in time", "Satisfaction, as it is reported."],
        "da": ["68 point", "≥ 70,5 point", "38 stillinger", "72,25 point", "Frist: 5 minutter",
               "spørgsmål blev ikke besvaret til tiden", "Tilfredshed, som det er indberettet."],
    },
}  # fmt: skip


@pytest.mark.parametrize("make", SAID)
def test_its_pages_have_its_own_words_and_none_of_ours(make, tmp_path):
    texts = pages(make(tmp_path))
    for language, text in texts.items():
        plain = text.replace("\u00a0", " ").replace("\u2068", "").replace("\u2069", "")
        assert [words for words in SAID[make][language] if words not in plain] == []
        assert re.findall(OURS[language], plain, re.IGNORECASE) == []


def test_the_hospital_counts_what_a_loop_counts(tmp_path):
    found = hospital(tmp_path).figures("within_4_hours").loc["2019Q1"]
    stays = [
        (dt.datetime(2018, 7, 1, 10) + dt.timedelta(hours=7 * number), 100 + 10 * (number % 17))
        for number in range(900)
        if number % 5
    ]
    first, next_first = dt.datetime(2019, 1, 1), dt.datetime(2019, 4, 1)
    inside = [minutes for came, minutes in stays if first <= came < next_first]
    assert [found["n"], found["met"]] == [len(inside), sum(one <= 240 for one in inside)]
