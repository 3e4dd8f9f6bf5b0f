"""run.json: what a report was made from, how, and with what verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from kpi.errors import SourceError
from kpi.evaluate.changes import changes
from kpi.metrics import CATALOGUE
from kpi.params import MetricParams, Params
from kpi.sources import Extract
from kpi.translate import items
from kpi.versions import versions

_PUBLISHED_COLUMNS = ("metric", "period", "text", "low", "high", "source", "note")


def record(
    params: Params,
    extracts: list[Extract],
    quality: dict[str, Any],
    disclosed: pd.DataFrame,
    data: Path,
) -> dict[str, Any]:
    """Return the content of run.json; no path of a machine, no user, no secret in it."""
    return {
        "quarter": str(params.quarter),
        "parameters": json.loads(params.report.model_dump_json()),
        "texts": {
            language: dict(params.texts.translations.get(language, {}))
            for language in _others(params)
        },
        "translations": {language: _translated(params, language) for language in _others(params)},
        "metrics": [_described(name, params.metrics[name], params) for name in params.metrics],
        "changes": [vars(change) for change in changes(params)],
        "working_days": _working_days(params),
        "inputs": [vars(extract) for extract in extracts],
        "quality": quality,
        "published": _published(params, data),
        "verdicts": _verdicts(params, disclosed),
        "versions": versions(),
    }


def _others(params: Params) -> list[str]:
    """Return the languages of the page beside the report's own."""
    return [one for one in params.report.page_languages if one != params.report.language]


def _translated(params: Params, language: str) -> dict[str, Any]:
    """Count what is translated; what is stale is named, for nobody should approve it unread."""
    found = items(params, language)
    missing = sum(item.standing == "missing" for item in found)
    stale = [item.name for item in found if item.standing == "stale"]
    return {"texts": len(found), "missing": missing, "stale": stale}


def _described(name: str, settings: MetricParams, params: Params) -> dict[str, Any]:
    definition = CATALOGUE[name]
    counting = settings.counting_on(params.quarter.last_day)
    return {
        "id": name,
        "title": definition.title,
        "own_title": settings.title,
        "days": counting.due.days if counting and counting.due else None,
        "words": definition.words,
        "kind": type(definition).__name__.lower(),
        "unit": definition.unit,
        "is_target": definition.is_target,
        "tables": list(definition.tables),
        **json.loads(settings.model_dump_json(exclude={"title", "groups"})),
        "groups": list(settings.groups),
    }


def _working_days(params: Params) -> dict[str, int]:
    calendar = params.report.calendar.work_calendar()
    return {str(q): calendar.workdays(q.first_day, q.last_day) for q in params.quarters}


def _published(params: Params, data: Path) -> list[dict[str, Any]]:
    if not params.report.published:
        return []
    path = data / params.report.published
    if not path.is_file():
        raise SourceError(
            "The file of earlier published figures exists.",
            f"no file {params.report.published} in the data folder",
            "Restore it, or correct `published` in the quarter's parameters.",
        )
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(frame.columns) != list(_PUBLISHED_COLUMNS):
        raise SourceError(
            f"{path.name} has the columns {', '.join(_PUBLISHED_COLUMNS)}.",
            ", ".join(frame.columns),
            "Correct its header.",
        )
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _verdicts(params: Params, disclosed: pd.DataFrame) -> dict[str, str]:
    now = disclosed[(disclosed["period"] == str(params.quarter)) & (disclosed["group"] == "")]
    return dict(zip(now["metric"], now["status"], strict=True))
