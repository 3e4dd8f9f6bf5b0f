"""Open data: every disclosed table as CSV and JSON, described for machines and in words.

The description is a Frictionless data package: https://specs.frictionlessdata.io/data-package/
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from kpi.files import harmless
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.publication.columns import ABOUT_WORDS, TITLE_WORDS, kind_of, meaning_of, title_of
from kpi.publication.html import About
from kpi.publication.symbols import SYMBOL_WORDS, published_tables, with_symbols
from kpi.record import write_json

DESCRIPTION = "datapackage.json"
_LANGUAGES = ("da", "en")
_TYPES = {
    "count": "integer", "number": "number", "share": "number", "days": "number",
    "amount": "number", "boolean": "boolean", "text": "string",
}  # fmt: skip
_UNITS = {"share": "ratio", "amount": "DKK", "count": "1"}
_CODES = {"metric", "period_kind", "unit", "direction", "status", "suppressed", "stage"}
_MOST_CODES = 40


def write_open_data(folder: Path, target: Path, about: About, marks: list[str]) -> None:
    """Write the disclosed tables of a report's folder and their description into a folder."""
    target.mkdir()
    facts = {language: Facts.read(folder, language) for language in _LANGUAGES}
    tables = dict(published_tables(folder))
    resources = [
        _written(name, frame, target, about.language)
        for name, frame in {"metrics": _metrics(facts), **tables}.items()
    ]
    write_json(_package(facts[about.language], about, marks, resources), target / DESCRIPTION)


def _metrics(facts: dict[str, Facts]) -> pd.DataFrame:
    """Return the metrics with their titles and definitions in each language."""
    first = next(iter(facts.values()))
    return pd.DataFrame(
        [
            {
                "metric": metric,
                **{f"title_{name}": one.title(metric) for name, one in facts.items()},
                **{
                    f"definition_{name}": one.labels(described.words) for name, one in facts.items()
                },
                "unit": described.unit,
                "is_target": described.is_target,
                "owner": described.owner,
            }
            for metric, described in first.metrics.items()
        ]
    )


def _written(name: str, frame: pd.DataFrame, folder: Path, language: str) -> dict[str, Any]:
    """Write a table in both forms and return what describes it."""
    shown = frame if name == "metrics" else with_symbols(name, frame)
    booleans = [c for c in shown.columns if kind_of(name, str(c)) == "boolean"]
    plain = shown.assign(**{c: shown[c].map({True: "true", False: "false"}) for c in booleans})
    csv, js = folder / f"{name}.csv", folder / f"{name}.json"
    plain.map(harmless).to_csv(csv, index=False, lineterminator="\n", encoding="utf-8")
    rows = [list(shown.columns), *shown.astype(object).to_numpy().tolist()]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    js.write_text(f"[\n{text}\n]\n", encoding="utf-8", newline="\n")
    return {
        "name": name,
        **_file(csv, "csv", "text/csv"),
        "profile": "tabular-data-resource",
        **_in_words(TITLE_WORDS[name], ABOUT_WORDS[name], language),
        "schema": _schema(name, frame, language),
        "alternates": [_file(js, "json", "application/json")],
    }


def _file(path: Path, kind: str, media: str) -> dict[str, Any]:
    return {
        "path": path.name,
        "format": kind,
        "mediatype": media,
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
    }


def _schema(name: str, frame: pd.DataFrame, language: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(name, frame, str(column), language) for column in frame.columns],
        "missingValues": [sign for sign in SYMBOL_WORDS if sign != "0"],
    }
    if name == "metrics":
        return schema | {"primaryKey": ["metric"]}
    reference = {"resource": "metrics", "fields": ["metric"]}
    return schema | {"foreignKeys": [{"fields": ["metric"], "reference": reference}]}


def _field(name: str, frame: pd.DataFrame, column: str, language: str) -> dict[str, Any]:
    """Describe a column: its name, type and unit, and what it means in each language."""
    stem, _, own = column.rpartition("_")
    base = stem if name == "metrics" and own in _LANGUAGES else column
    words = {each: Labels(each) for each in _LANGUAGES}
    titles = {each: title_of(labels, name, base) for each, labels in words.items()}
    meanings = {each: meaning_of(labels, name, base) for each, labels in words.items()}
    kind = kind_of(name, column)
    field = {
        "name": column,
        "type": _TYPES[kind],
        "title": titles[language],
        "description": meanings[language],
        "titles": titles,
        "descriptions": meanings,
    }
    if kind in _UNITS or kind == "days":
        field["unit"] = _UNITS.get(kind, "day")
    known = sorted({str(value) for value in frame[column].dropna()}) if column in _CODES else []
    if known and len(known) <= _MOST_CODES:
        field["constraints"] = {"enum": known}
    return field


def _in_words(title: str, about: str, language: str) -> dict[str, Any]:
    words = {each: Labels(each) for each in _LANGUAGES}
    return {
        "title": words[language](title),
        "description": words[language](about),
        "titles": {each: labels(title) for each, labels in words.items()},
        "descriptions": {each: labels(about) for each, labels in words.items()},
    }


def _package(
    facts: Facts, about: About, marks: list[str], resources: list[dict[str, Any]]
) -> dict[str, Any]:
    parameters = facts.parameters
    labels = {each: Labels(each) for each in _LANGUAGES}
    package = {
        "profile": "data-package",
        "name": f"service-targets-{str(facts.quarter).lower()}",
        "title": about.title,
        "version": str(facts.quarter),
        "created": f"{about.moment.isoformat()}Z",
        "languages": list(_LANGUAGES),
        "contributors": [{"title": about.author, "role": "publisher"}],
        "standing": marks,
        "synthetic": parameters.synthetic,
        "symbols": {
            sign: {each: one(words) for each, one in labels.items()}
            for sign, words in SYMBOL_WORDS.items()
        },
        "resources": resources,
    }
    if parameters.license:
        package["licenses"] = [{k: v for k, v in parameters.license if v}]
    return package
