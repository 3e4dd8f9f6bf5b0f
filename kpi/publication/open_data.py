"""Open data: every disclosed table as CSV and JSON, described for machines and in words.

The description is a Frictionless data package: https://specs.frictionlessdata.io/data-package/
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from kpi.definitions.frames import METRICS_TABLE, Column, Frame, Kind, table_of
from kpi.files import harmless
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.page.frames import meaning, metrics_table, protection, sums
from kpi.publication.document import About
from kpi.publication.symbols import SYMBOL_WORDS, tables_of, with_symbols
from kpi.record import write_json

DESCRIPTION = "datapackage.json"
_LANGUAGES = ("da", "en")
_TYPES: dict[Kind, str] = {
    "count": "integer", "number": "number", "share": "number", "days": "number",
    "amount": "number", "yes_no": "boolean", "text": "string", "date": "date",
}  # fmt: skip
_CODES = {"metric", "period_kind", "unit", "direction", "status", "suppressed", "stage"}
_MOST_CODES = 40


class Said(NamedTuple):
    """The words of each language, and the language that describes first."""

    language: str
    words: dict[str, Labels]


def write_open_data(folder: Path, target: Path, about: About, marks: list[str]) -> None:
    """Write the disclosed tables of a report's folder and their description into a folder."""
    target.mkdir()
    facts = {language: Facts.read(folder, language) for language in _LANGUAGES}
    tables = [(METRICS_TABLE, _metrics(facts))]
    tables += [(table_of(name), frame) for name, frame in tables_of(facts[about.language])]
    said = Said(about.language, {language: one.labels for language, one in facts.items()})
    resources = [_written(contract, frame, target, said) for contract, frame in tables]
    write_json(_package(facts[about.language], about, marks, resources), target / DESCRIPTION)


def _metrics(facts: dict[str, Facts]) -> pd.DataFrame:
    """Return the metrics with their titles and definitions in each language."""
    tables = {language: metrics_table(one) for language, one in facts.items()}
    first = next(iter(tables.values()))
    columns: dict[str, pd.Series[Any]] = {}
    for name in METRICS_TABLE.leaving:
        if name in {"title", "definition"}:
            columns |= {f"{name}_{language}": table[name] for language, table in tables.items()}
        else:
            columns[name] = first[name]
    return pd.DataFrame(columns)


def _written(contract: Frame, frame: pd.DataFrame, folder: Path, said: Said) -> dict[str, Any]:
    """Write a table in both forms and return what describes it."""
    shown = frame if contract is METRICS_TABLE else with_symbols(contract.name, frame)
    booleans = [c for c in contract.leaving if contract[c].kind == "yes_no"]
    plain = shown.assign(**{c: shown[c].map({True: "true", False: "false"}) for c in booleans})
    csv, js = folder / f"{contract.name}.csv", folder / f"{contract.name}.json"
    plain.map(harmless).to_csv(csv, index=False, lineterminator="\n", encoding="utf-8")
    rows = [list(shown.columns), *shown.astype(object).to_numpy().tolist()]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    js.write_text(f"[\n{text}\n]\n", encoding="utf-8", newline="\n")
    return {
        "name": contract.name,
        **_file(csv, "csv", "text/csv"),
        "profile": "tabular-data-resource",
        **_in_words(contract, said),
        "schema": _schema(contract, frame, said),
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


def _schema(contract: Frame, frame: pd.DataFrame, said: Said) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            _field(name, column, frame, said)
            for column in contract
            for name in _names(column, frame)
        ],
        "primaryKey": list(contract.keys),
        "missingValues": [sign for sign in SYMBOL_WORDS if sign != "0"],
    }
    if contract is METRICS_TABLE:
        return schema
    reference = {"resource": METRICS_TABLE.name, "fields": ["metric"]}
    return schema | {"foreignKeys": [{"fields": ["metric"], "reference": reference}]}


def _names(column: Column, frame: pd.DataFrame) -> list[str]:
    """Return under which names a column is there: one in words has one in each language."""
    in_words = [f"{column.name}_{each}" for each in _LANGUAGES]
    return [name for name in (column.name, *in_words) if name in frame.columns]


def _field(name: str, column: Column, frame: pd.DataFrame, said: Said) -> dict[str, Any]:
    """Describe a column: its name, type and unit, and what it means in each language."""
    language, words = said
    titles = {each: labels(column.title) for each, labels in words.items()}
    meanings = {each: meaning(labels, column) for each, labels in words.items()}
    field = {
        "name": name,
        "type": _TYPES[column.kind],
        "title": titles[language],
        "description": meanings[language],
        "titles": titles,
        "descriptions": meanings,
        **_unit(column),
    }
    known = sorted({str(value) for value in frame[name].dropna()}) if name in _CODES else []
    if known and len(known) <= _MOST_CODES:
        field["constraints"] = {"enum": known}
    return field


def _unit(column: Column) -> dict[str, Any]:
    """Return the unit of a column, or which column tells it: of the row, or of another table."""
    if column.unit.code:
        return {"unit": column.unit.code}
    table, _, field = column.unit.told_by.rpartition(".")
    told_by = {"resource": table, "field": field} if table else {"field": field}
    return {"unitFrom": told_by} if field else {}


def _in_words(contract: Frame, said: Said) -> dict[str, Any]:
    language, words = said
    return {
        "title": words[language](contract.title),
        "description": words[language](contract.about),
        "titles": {each: labels(contract.title) for each, labels in words.items()},
        "descriptions": {each: labels(contract.about) for each, labels in words.items()},
        "sums": {each: sums(labels, contract) for each, labels in words.items()},
        "protection": {each: protection(labels, contract) for each, labels in words.items()},
    }


def _package(
    facts: Facts, about: About, marks: list[str], resources: list[dict[str, Any]]
) -> dict[str, Any]:
    parameters = facts.parameters
    labels = {each: Labels(each) for each in _LANGUAGES}
    package = {
        "profile": "data-package",
        "name": f"service-targets-{facts.quarter.file_name.lower()}",
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
