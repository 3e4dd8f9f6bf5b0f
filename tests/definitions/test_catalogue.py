"""The catalogue as a whole."""

from __future__ import annotations

import dataclasses

import pytest

from kpi.definitions.kinds import check
from kpi.definitions.metrics import METRICS
from kpi.definitions.metrics.payments import PAYMENTS_ON_TIME
from kpi.errors import DefinitionError


@pytest.mark.parametrize("metric", METRICS)
def test_a_definition_reads_only_declared_columns(metric: str) -> None:
    """Every definition builds on the contracts alone, and says in words what it counts."""
    definition = METRICS[metric]
    check(definition)
    assert definition.id == metric
    assert definition.title
    assert str(definition.words).endswith(".")


def test_an_undeclared_column_is_a_definition_error() -> None:
    """It is told by name, before any data are read."""
    wrong = dataclasses.replace(PAYMENTS_ON_TIME, filter="colour = 'red'")
    with pytest.raises(DefinitionError, match="colour"):
        check(wrong)
    with pytest.raises(DefinitionError, match="settled_at"):
        check(dataclasses.replace(PAYMENTS_ON_TIME, stop="settled_at"))
    with pytest.raises(DefinitionError, match="shipped"):
        check(dataclasses.replace(PAYMENTS_ON_TIME, steps=("received", "shipped", "paid")))
