"""What every page needs, made before the first: where one process makes several, only once."""

from __future__ import annotations

import datetime as dt

from kpi.labels import LANGUAGES, Labels
from kpi.present.fragment import compile_templates

_A_DAY = dt.date(2000, 1, 1)


def make_ready() -> None:
    """Read the words, numbers and dates of all languages, and compile the templates."""
    for language in LANGUAGES:
        labels = Labels(language)
        labels.and_list([labels.date(_A_DAY), labels.month("2000-01"), labels.number(1)])
    compile_templates()
