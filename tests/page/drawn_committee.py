"""A report drawn with everything that a committee's page has to bear, and its pages.

Hidden figures, a range, months, stages, a dropped target; titles and comments with markup, signs
and words that are far too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kpi.publication.html import export_page, read_notebook
from kpi.record import payload
from kpi.report import FOLDER_VARIABLE
from kpi.run.notebooks import in_languages, run_notebooks
from tests.page.drawn_report import TARGETS, months, write_report

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "committee.ipynb"
TITLE = "Servicemål </title><i> 2019Q4"
CALM = "93 95 91 94 92 95 91 93 95 92 94 91"
RESULTS = f"""
metric                           | period | n    | met | missed | unknown | group
good_service                     | 2019Q4 |      |     |        |         |
application_time                 | 2018Q4 | 250  | 230 | 20     |         |
application_time                 | 2019Q3 | 260  | 240 | 20     |         |
application_time                 | 2019Q4 | 252  | 219 | 33     |         |
payments_on_time                 | 2018Q4 | 1000 | 930 | 70     |         |
payments_on_time                 | 2019Q3 | 1000 | 750 | 250    |         |
payments_on_time                 | 2019Q4 | 1055 | 951 | 52     | 52      |
payments_on_time                 | 2019Q4 | 800  | 720 | 40     | 40      | office=Nuuk & <Qinn>
payments_on_time                 | 2019Q4 | 255  | 231 | 12     | 12      | office=Tasiilaq
conversations_within_10_days     | 2019Q3 | 200  | 197 | 3      |         |
conversations_within_10_days     | 2019Q4 | 987  | 984 | 3      |         |
action_plan_coverage             | 2019Q4 | 240  | 173 | 67     |         |
front_office                     | 2019Q4 |      |     |        |         |
action_plans_per_caseworker_week | 2019Q4 | 40   |     |        |         |
conversations_held               | 2019Q3 | 256  |     |        |         |
conversations_held               | 2019Q4 | 270  |     |        |         |
{months("payments_on_time", f"{CALM} 93 95 91 94 92 95 70 72 71 92 93 94", last_unknown=20)}
{months("conversations_held", CALM)}
"""
LONG = {
    "conversations_held": {"title": "Samtaler" * 15, "owner": "Ejer" * 30},
    "action_plan_coverage": TARGETS["action_plan_coverage"] | {"title": "Handlingsplan" * 9},
}
STAGES = """
period | stage             | outcome | n   | median_days | p90_days
2019Q4 | received-approved | met     | 900 | 2               | 3
2019Q4 | received-approved | missed  | 60  | 2               | 3
2019Q4 | approved-paid     | met     | 900 | 1               | 2
2019Q4 | approved-paid     | missed  | 60  | 9               | 11
"""
QUALITY: dict[str, Any] = {
    "tables": [
        {
            "table": "bills",
            "rows_read": 1100,
            "rows_accepted": 1090,
            "rows_set_aside": 10,
            "reasons": {"invoice_recorded_twice": 10},
            "findings": [
                {
                    "rule": "invoice_recorded_twice",
                    "severity": "set_aside",
                    "words": "A bill is recorded once",
                    "rows": 10,
                }
            ],
        }
    ]
}
CHANGES: dict[str, Any] = {
    "synthetic": True,
    "language": "da",
    "languages": ["da", "en"],
    "organisation": {
        "name": "Kommune & Co. <b>",
        "department": "Forvaltning",
        "committee": "Udvalg for Velfærd",
    },
    "comments": {
        "application_time": {
            "cause": '<script>alert(1)</script> & "citater" 🙂 ' + "meget" * 60,
            "action": "Handling",
            "owner": "Ydelseschefen",
            "due": "2020-03-01",
        }
    },
    "attestations": {
        "front_office": {
            "by": "Socialservice",
            "date": "2020-01-10",
            "is_met": True,
            "statement": "Ja.",
        }
    },
    "agenda": {
        "title": "Servicemål </title><i>",
        "recommendation": ["orienteringen tages til efterretning"],
        "presentation": "Første afsnit.\n\nAndet <afsnit>.",
    },
}


def make_pages(folder: Path, languages: Sequence[str]) -> list[Path]:
    """Draw the report in a folder and make its page and annex in each language, by the notebook."""
    write_report(folder, RESULTS, stages=STAGES, quality=QUALITY, targets=LONG, **CHANGES)
    notebooks = payload(folder) / "notebooks"
    run_notebooks(
        in_languages([NOTEBOOK], "2019Q4", "da", list(languages)),
        notebooks,
        {FOLDER_VARIABLE: str(folder)},
        jobs=1,
        done=lambda _: None,
    )
    pages = []
    for language in languages:
        page = folder / f"committee.{language}.html"
        executed = read_notebook(notebooks / f"committee.{language}.ipynb")
        annex = folder / f"annex.{language}.html"
        export_page(executed, page, language=language, title=TITLE)
        export_page(executed, annex, language=language, title=TITLE, part="annex")
        pages.append(page)
    return pages
