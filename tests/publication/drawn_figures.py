"""A report's folder with figures of every kind: zero, hidden, no data, none, and a sly comment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from kpi.publication.document import About
from tests.page.drawn_report import write_report

FORMULA = '=HYPERLINK("https://example.org";"x")'
RESULTS = """
    metric              | period | group       | n    | met | missed | unknown | persons
    payments_on_time    | 2019Q3 |             | 1000 | 750 | 250    |         |
    payments_on_time    | 2019Q4 |             | 1055 | 951 | 52     | 52      |
    application_time    | 2019Q4 |             | 250  | 250 | 0      |         |
    housing_benefit_time| 2019Q4 |             | 60   | 57  | 3      |         |
    acute_duty          | 2019Q4 |             | 0    | 0   | 0      |         |
    good_service        | 2019Q4 |             |      |     |        |         |
"""
ABOUT = About("Targets, Q4 2019", "A small town", "en", dt.date(2020, 1, 15))


def drawn_figures(folder: Path) -> Path:
    """Write the folder, and a page that carries the mark of a draft."""
    paths = pd.DataFrame(
        {
            "metric": "payments_on_time", "period": "2019Q4", "from_step": ["", "=1+1"],
            "to_step": ["=1+1", ""], "n": [10, 10], "cases": [10, 10], "median_days": [2.5, None],
            "rounded_to": 5, "suppressed": "",
        }
    )  # fmt: skip
    write_report(
        folder,
        RESULTS,
        comments={
            "housing_benefit_time": {
                "cause": FORMULA,
                "action": "+ more",
                "owner": "@me",
                "due": "2020-03-01",
            }
        },
        frames={"step_paths": paths},
        synthetic=True,
        license={"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"},
    )
    page = '<header><strong class="mark">Draft</strong></header><main></main>'
    (folder / "committee.en.html").write_text(page, encoding="utf-8")
    return folder
