"""Another administration with extracts of its own: all of it declared, nothing known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import Params, cycle_of, load_params
from kpi.quality.report import QualityReport
from kpi.run import Places, accept, engine_for


@dataclass
class Administration:
    """Declarations and extracts in a folder; the extracts are texts by the names of their files."""

    folder: Path
    subjects: dict[str, Any]
    metrics: dict[str, Any]
    targets: dict[str, Any]
    sources: dict[str, Any]
    extracts: dict[str, str]
    quarter: str = "2019Q1"
    report: dict[str, Any] = field(default_factory=dict)
    engine: str = "duckdb"

    def __post_init__(self) -> None:
        """Write all files."""
        for place in (self.places.params, self.places.data):
            place.mkdir(parents=True, exist_ok=True)
        files = {
            "definitions": {"subjects": self.subjects, "metrics": self.metrics},
            "targets": {"metrics": self.targets},
            self.quarter: {
                "quarter": self.quarter,
                "as_of": "2019-04-30",
                "history_from": "2018Q4",
                "language": "en",
                "organisation": {"name": "An administration", "person_numbers": "any"},
                "calendar": {"country": "FR", "timezone": "Europe/Paris"},
                "notebooks": ["committee"],
                "sources": self.sources,
            }
            | self.report,
        }
        for name, content in files.items():
            text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
            (self.places.params / f"{name}.yaml").write_text(text, encoding="utf-8")
        for name, text in self.extracts.items():
            (self.places.data / name).write_text(text, encoding="utf-8")

    @property
    def places(self) -> Places:
        """Where its files lie."""
        inside = (self.folder / name for name in ("params", "data", "notebooks", "reports"))
        params, data, _, reports = inside
        return Places(params, data, Places().notebooks, reports, engine=self.engine)

    @property
    def params(self) -> Params:
        """Its parameters, as they are read from the files."""
        return load_params(self.places.params, cycle_of(self.places.params).parse(self.quarter))

    def read(self, table: str) -> tuple[QualityReport, pd.DataFrame]:
        """Return what was found in the extracts, and the rows of a table."""
        params = self.params
        with engine_for(params, self.places, self.folder) as backend:
            quality = accept(backend, params, self.places, None, lambda _: None)
            return quality, backend.execute(backend.table(f"read_{table}").order_by("row_no"))

    def measured(self, table: str = "") -> tuple[QualityReport, pd.DataFrame, pd.DataFrame]:
        """Return what was found in the extracts, the rows of a table, and all results."""
        params = self.params
        with engine_for(params, self.places, self.folder) as backend:
            quality = accept(backend, params, self.places, None, lambda _: None)
            rows = pd.DataFrame()
            if table:
                rows = backend.execute(backend.table(f"read_{table}").order_by("row_no"))
            results = evaluate(backend, params, measure(backend, params))
        return quality, rows, results

    def figures(self, metric: str) -> pd.DataFrame:
        """Return the figures of a metric by period: its quarters as wholes."""
        _, _, found = self.measured()
        kept = (found["metric"] == metric) & (found["group"] == "")
        return found[kept & (found["period_kind"] == "quarter")].set_index("period")
