"""Report folders drawn as text, for tests of what a reader sees.

    metric           | period | n    | met | missed | unknown
    payments_on_time | 2019Q3 | 1000 | 750 | 250    |
    payments_on_time | 2019Q4 | 1055 | 951 | 52     | 52

Only metrics that are drawn are reported, with the targets of TARGETS. An empty cell is 0. The
columns `group`, `weeks` (of a rate), `median` and `p90` (of a duration) may be left out. Bounds,
statuses and hiding come from the program itself.
"""

from __future__ import annotations

import pickle
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from kpi.definitions.frames import FRAMES, RESULTS
from kpi.definitions.metrics import METRICS
from kpi.disclosure import Care, disclose, protect
from kpi.figures.counts import days_of
from kpi.figures.results import with_status
from kpi.page.facts import Facts
from kpi.params import Params, load_params
from kpi.periods import Period
from kpi.record import Engine, Input, MadeFrom, Quality, payload, write_frame, write_run
from kpi.run.pages import record

QUARTER = Period(2019, 4)
_DRAWN: dict[bytes, dict[Path, bytes]] = {}
LATENESS = ("metric", "period", "unit", "stage", "late", "shared_days", "total_late", "total_days")
COUNTERFACTUAL = ("metric", "period", "stages", "runs", "lower", "upper")
REPORT: dict[str, Any] = {
    "quarter": "2019Q4",
    "as_of": "2020-01-15",
    "history_from": "2018Q1",
    "language": "en",
    "organisation": {"name": "A small town", "committee": "Welfare Committee"},
    "calendar": {"country": "GL"},
    "sources": {"bills": {"file": "bills.csv"}},
    "agenda": {"title": "Service targets"},
}
TARGETS: dict[str, Any] = {
    "payments_on_time": {
        "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 0.95, "wording": "at least 95 %"}],
        "groups": ["office"],
    },
    "conversations_within_10_days": {
        "counting": [{"due": {"days": 10}}],
        "targets": [{"direction": "at_least", "value": 0.9}],
    },
    "application_time": {
        "counting": [{"due": {"days": 10, "unit": "working_days"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 1.0, "wording": "all"}],
    },
    "action_plan_coverage": {
        "introduced": "2019-07-01",
        "targets": [
            {
                "valid_from": "2019-07-01",
                "direction": "at_least",
                "value": 1.0,
                "reason": "Few persons are left in the group.",
                "decided_by": "The administration",
            }
        ],
    },
    "early_retirement_pension_time": {
        "targets": [{"direction": "at_most", "baseline": "year_ago"}]
    },
    "booked_conversations_per_caseworker_week": {
        "targets": [{"direction": "at_least", "value": 18}],
    },
    "good_service": {},
    "front_office": {},
    "action_plans_per_caseworker_week": {
        "targets": [{"valid_to": "2019-06-30", "direction": "at_least", "value": 10}],
        "retired": {
            "valid_from": "2019-07-01",
            "reason": "Too few persons.",
            "replaced_by": "action_plan_coverage",
        },
    },
    "conversations_held": {},
}


def write_report(folder: Path, results: str, **more: Any) -> Path:
    """Write a report's folder from drawn results; what many tests ask for is drawn once.

    `more` are what `_draw` can draw beside results, and changes to the quarter's file. What lies in
    the folder already may be part of the report.
    """
    if folder.is_dir() and any(folder.iterdir()):
        _draw(folder, results, **more)
        return folder
    asked = pickle.dumps((results, more))
    if asked not in _DRAWN:
        with tempfile.TemporaryDirectory() as made:
            _draw(Path(made), results, **more)
            files = [path for path in Path(made).rglob("*") if path.is_file()]
            _DRAWN[asked] = {path.relative_to(made): path.read_bytes() for path in files}
    for path, written in _DRAWN[asked].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(written)
    return folder


def _draw(
    folder: Path,
    results: str,
    *,
    stages: str = "",
    lateness: str = "",
    counterfactual: str = "",
    targets: dict[str, Any] | None = None,
    quality: dict[str, Any] | None = None,
    frames: dict[str, pd.DataFrame] | None = None,
    **changes: Any,
) -> None:
    """Write a report's folder; `changes` are made to the quarter's file."""
    params = _params(folder, _rows(results), targets or {}, changes)
    figures = payload(folder)
    figures.mkdir(parents=True, exist_ok=True)
    shown = disclose(_judged(_rows(results), params), Care.of(params))
    drawn = {
        "results": shown.assign(as_published_in=""),
        "stages": protect("stages", _stages(stages), {"results": shown}, Care.of(params)),
        "lateness": _drawn(lateness, LATENESS, 4),
        "counterfactual": _drawn(counterfactual, COUNTERFACTUAL, 4),
        **(frames or {}),
    }
    for name in FRAMES:
        if name in drawn:
            _write_frame(drawn[name], figures, name, synthetic=params.report.synthetic)
        else:
            for file, written in _empty(name).items():
                (figures / file).write_bytes(written)
    extracts = [
        Input(
            table=name, file=f"extracts/{name}_2019_oktober_december.csv", sha256="0" * 64, rows=100
        )
        for name in params.report.sources
    ]
    engine = Engine(name="duckdb", version="2.0.0")
    made_from = MadeFrom(
        extracts=tuple(extracts), quality=Quality.model_validate(quality or {}), engine=engine
    )
    disclosed = pd.read_parquet(figures / "results.parquet")
    write_run(record(params, made_from, disclosed, folder, folder), folder)


def _write_frame(rows: pd.DataFrame, folder: Path, name: str, *, synthetic: bool = True) -> None:
    leaving = rows.reindex(columns=list(FRAMES[name].leaving))
    write_frame(leaving.assign(synthetic=synthetic), folder, name)


@cache
def _empty(name: str) -> dict[str, bytes]:
    """Return the files of a frame without rows."""
    with tempfile.TemporaryDirectory() as folder:
        _write_frame(pd.DataFrame(), Path(folder), name)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def read_report(folder: Path, results: str, *, language: str = "en", **more: Any) -> Facts:
    """Return the facts of a drawn report."""
    return Facts.read(write_report(folder, results, **more), language)


def months(metric: str, shares: str, n: int = 200, last_unknown: int = 0) -> str:
    """Draw the months up to December 2019 from their shares in per cent: "93 91 *"; * is hidden."""
    lines = []
    given = shares.split()
    for back, share in enumerate(reversed(given)):
        year, month = divmod(2019 * 12 + 11 - back, 12)
        unknown = last_unknown if back == 0 else 0
        cases, met = (3, 2) if share == "*" else (n, round(n * float(share) / 100) - unknown)
        missed = cases - met - unknown
        lines.append(f"{metric} | {year}-{month + 1:02d} | {cases} | {met} | {missed} | {unknown}")
    return "\n".join(reversed(lines))


def _params(
    folder: Path, rows: list[dict[str, str]], targets: dict[str, Any], changes: dict[str, Any]
) -> Params:
    place = folder / "params"
    place.mkdir(parents=True, exist_ok=True)
    drawn = dict.fromkeys(row["metric"] for row in rows)
    known = {name: targets.get(name, TARGETS.get(name, {})) for name in drawn}
    (place / "targets.yaml").write_text(yaml.safe_dump({"metrics": known}, sort_keys=False))
    quarter = Period.parse(changes.get("quarter", QUARTER))
    (place / f"{quarter}.yaml").write_text(yaml.safe_dump(REPORT | changes, sort_keys=False))
    return load_params(place, quarter)


def _rows(drawn: str) -> list[dict[str, str]]:
    lines = [line for line in drawn.strip().splitlines() if line.strip()]
    names, *cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [dict(zip(names, row, strict=False)) for row in cells]


def _judged(rows: list[dict[str, str]], params: Params) -> pd.DataFrame:
    columns = [name for name in RESULTS.made if name not in ("target", "direction", "status")]
    valued = pd.DataFrame([_valued(row) for row in rows]).reindex(columns=columns)
    outcomes = ["met", "missed", "not_yet_due", "unknown"]
    counts = ["n", *outcomes, "numerator", *RESULTS.inner]
    valued[counts] = valued[[*counts]].astype("Float64").astype("Int64")
    spans = map(days_of, valued["period"])
    valued = valued.assign(is_part=[last > params.report.as_of for _, last in spans])
    return RESULTS.checked(with_status(valued, params))


def _valued(row: dict[str, str]) -> dict[str, Any]:
    unit = METRICS[row["metric"]].unit
    period = row["period"]
    known = {
        "metric": row["metric"],
        "version": "1",
        "period": period,
        "period_kind": "quarter" if "Q" in period else "month",
        "group": row.get("group", ""),
        "unit": unit,
    }
    if not row.get("n"):
        return known
    n, met, missed, unknown = (float(row.get(c) or 0) for c in ("n", "met", "missed", "unknown"))
    counts = {"n": n, "met": met, "missed": missed, "unknown": unknown, "not_yet_due": 0.0}
    persons = {f"persons_{name}": count for name, count in counts.items() if name != "n"}
    return known | counts | {"persons": n} | persons | _figures(row, unit, counts)


def _figures(row: dict[str, str], unit: str, counts: dict[str, float]) -> dict[str, Any]:
    n, met, unknown = (counts[name] for name in ("n", "met", "unknown"))
    if unit == "share":
        shares = {"value": met / n, "lower": met / n, "upper": (met + unknown) / n} if n else {}
        return {**shares, "numerator": met, "denominator": n}
    weeks = float(row.get("weeks") or 0)
    value = n / weeks if weeks else float(row.get("median") or n)
    timed = {"median_days": row.get("median"), "p90_days": row.get("p90"), "persons_timed": n}
    extra = {name: float(given) for name, given in timed.items() if given} if unit == "days" else {}
    return {"value": value, "lower": value, "upper": value, "denominator": weeks or None} | extra


def _stages(drawn: str) -> pd.DataFrame:
    names = ("period", "stage", "outcome", "n", "persons", "median_days", "p90_days")
    rows = _rows(drawn) if drawn else []
    frame = pd.DataFrame([{"persons": row["n"]} | row for row in rows], columns=list(names))
    numbers: Any = {
        "n": "Int64",
        "persons": "Int64",
        "median_days": float,
        "p90_days": float,
    }
    frame = frame.replace({"": None}).astype({"n": float, "persons": float}).astype(numbers)
    known: dict[str, Any] = {
        "metric": "payments_on_time",
        "unit": "working_days",
        "persons_of_norm": 90,
    }
    return frame.assign(**known, norm_days=2.0, norm_from="on_time_median")


def _drawn(drawn: str, columns: tuple[str, ...], texts: int) -> pd.DataFrame:
    """Read drawn rows of a frame: so many columns of text, then figures, where * is hidden."""
    lines = [line.split("|") for line in drawn.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line] for line in lines]
    rows = [
        [*row[:texts], *(None if cell == "*" else float(cell) for cell in row[texts:])]
        for row in cells
    ]
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype(dict.fromkeys(columns[texts:], float)).assign(rounded_to=5)
