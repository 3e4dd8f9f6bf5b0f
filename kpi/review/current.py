"""Whether a report is still of its parameters and extracts: nobody should approve a stale one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kpi.errors import ReviewError
from kpi.params import Params, load_params
from kpi.periods import Quarter
from kpi.store import read_run, sha256_of

_CHOSEN_BY_THE_RUN = {"languages"}


def refuse_stale(folder: Path, params: Path, data: Path) -> None:
    """Raise ReviewError where parameters or extracts were changed after the report was made.

    Likewise where a translation is older than what it translates.
    """
    run = read_run(folder)
    read = load_params(params, Quarter.parse(run["quarter"]))
    found = [*_changed_parameters(run, read), *_changed_extracts(run, data)]
    if found:
        raise ReviewError(
            "A report is approved while it is of its parameters and extracts.",
            f"changed since: {', '.join(found)}",
            f"Make it again: kpi run {run['quarter']}",
        )
    _refuse_stale_translations(run, read)


def _refuse_stale_translations(run: dict[str, Any], params: Params) -> None:
    """Raise ReviewError where a text was changed after it was translated, in a page's language."""
    from kpi.translate import items

    for language in run["parameters"].get("languages") or (run["parameters"]["language"],):
        texts = [one.name for one in items(params, language) if one.standing == "stale"]
        if texts:
            raise ReviewError(
                "No translation on an approved page is older than what it translates.",
                f"{len(texts)} in {language}, the first of {texts[0]}",
                f"kpi translate {language} --export, --import what the translator sends back, then "
                f"kpi run {run['quarter']}.",
            )


def _changed_parameters(run: dict[str, Any], params: Params) -> list[str]:
    now = json.loads(params.report.model_dump_json())
    then = run["parameters"]
    names = [*then, *(name for name in now if name not in then)]
    return [
        f"{name} in {run['quarter']}.yaml"
        for name in names
        if name not in _CHOSEN_BY_THE_RUN and then.get(name) != now.get(name)
    ]


def _changed_extracts(run: dict[str, Any], data: Path) -> list[str]:
    """Name the extracts that are others now; those that are no longer there cannot be compared."""
    there = [(one, data / one["file"]) for one in run["inputs"]]
    return [
        one["file"] for one, path in there if path.is_file() and sha256_of(path) != one["sha256"]
    ]
