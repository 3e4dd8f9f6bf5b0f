"""Tasks done side by side: in their order, told when begun, ended by an error."""

from __future__ import annotations

import os
import time

import pytest

from kpi.errors import ExportError
from kpi.processes import crew


def answer(task: int) -> int:
    """Do a task: 0 is slow, 3 fails, 9 is an accident."""
    if task == 3:
        raise ExportError("The rule.", "three", "Take another.")
    if task == 9:
        os._exit(1)
    if task == 0:
        time.sleep(0.2)
    return task * 10


@pytest.mark.parametrize("at_once", [1, 2])
def test_answers_come_in_the_order_of_the_tasks(at_once):
    begun: list[int] = []
    with crew(at_once) as workers:
        assert list(workers.do(answer, [0, 1, 2], begun.append)) == [0, 10, 20]
        assert list(workers.do(answer, [])) == []
    assert begun == [0, 1, 2]


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_is_as_it_was_raised(at_once):
    with (
        pytest.raises(ExportError, match="The rule") as raised,
        crew(at_once) as workers,
    ):
        list(workers.do(answer, [1, 3, 2]))
    assert (raised.value.found, raised.value.remedy) == ("three", "Take another.")


def test_a_process_that_is_stopped_from_outside_is_named_as_such():
    with pytest.raises(ExportError, match="stopped from outside"), crew(2) as workers:
        list(workers.do(answer, [1, 9, 2]))
