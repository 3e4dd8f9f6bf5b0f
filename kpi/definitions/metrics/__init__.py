"""The metrics that the program brings; parameters put them in the committee's order."""

from __future__ import annotations

from kpi.definitions.found import found_in
from kpi.definitions.kinds import Metric

METRICS: dict[str, Metric] = {one.id: one for one in found_in(__name__, Metric)}
