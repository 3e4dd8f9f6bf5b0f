"""The catalogue as a whole."""

from __future__ import annotations

import dataclasses

import pytest

from kpi.definitions.kinds import check_columns
from kpi.definitions.metrics import CATALOGUE
from kpi.definitions.metrics.payments import PAYMENTS_ON_TIME
from kpi.errors import DefinitionError


@pytest.mark.parametrize("metric", CATALOGUE)
def test_a_definition_reads_only_declared_columns(metric: str) -> None:
    """Every definition builds on the contracts alone, and says in words what it counts."""
    definition = CATALOGUE[metric]
    check_columns(definition)
    assert definition.id == metric
    assert definition.title
    assert definition.words.endswith(".")


def test_an_undeclared_column_is_a_definition_error() -> None:
    """It is told by name, before any data are read."""
    wrong = dataclasses.replace(PAYMENTS_ON_TIME, population=lambda tables: tables["bills"].colour)
    with pytest.raises(DefinitionError, match="colour"):
        check_columns(wrong)
    with pytest.raises(DefinitionError, match="settled_at"):
        check_columns(dataclasses.replace(PAYMENTS_ON_TIME, stop="settled_at"))
    with pytest.raises(DefinitionError, match="bill_id"):
        check_columns(dataclasses.replace(PAYMENTS_ON_TIME, waits="application_waits"))
