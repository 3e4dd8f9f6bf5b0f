"""The reason for going on past a rule that stops the run."""

from __future__ import annotations

import pytest

from kpi.errors import ParameterError
from kpi.language import Labels
from kpi.quality.report import check_reason, label


@pytest.mark.parametrize(
    "reason", ["", "   ", "ok", "because", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", "a b c"]
)
def test_a_reason_that_explains_nothing_is_refused(reason):
    with pytest.raises(ParameterError, match="says why, for every reader"):
        check_reason(reason)


def test_a_reason_stands_on_one_line():
    assert check_reason(" The budget is \n decided tomorrow ") == "The budget is decided tomorrow"


def test_the_label_has_the_reason():
    assert label(Labels("da"), "Budgettet vedtages i morgen").endswith(
        "Budgettet vedtages i morgen"
    )
    assert label(Labels("da"), "") == ""
