"""A value that cannot be read sets its row aside only where a figure reads its column."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.params import load_params
from kpi.periods import Period
from kpi.run.prepare import declared_tables

PARAMS = Path(__file__).resolve().parents[2] / "params"


@pytest.fixture(scope="module")
def unread() -> dict[str, frozenset[str]]:
    """Give, for each table of the report, the columns that none of its figures reads."""
    tables = declared_tables(load_params(PARAMS, Period(2019, 4)))
    return {name: table.unread for name, table in tables.items()}


def test_what_no_figure_reads(unread: dict[str, frozenset[str]]) -> None:
    """An amount in a share, a date that only a note is about."""
    assert unread["bills"] == {"amount_dkk"}
    assert unread["action_plans"] == {"next_follow_up_at"}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("bills", {"received_at", "due_at", "approved_at", "paid_at", "is_paid", "is_cancelled"}),
        ("bill_steps", {"happened_at"}),
        ("applications", {"received_at", "decided_at"}),
        ("application_waits", {"from_date", "to_date"}),
        ("conversations", {"contact_at", "ordered_at", "held_at"}),
        ("action_plans", {"made_at", "closed_at"}),
        ("match_groups", {"from_date", "to_date"}),
        ("duty_roster", {"date"}),
        ("phone_windows", {"date", "open_minutes", "planned_minutes"}),
    ],
)
def test_what_figures_read(
    unread: dict[str, frozenset[str]], table: str, columns: set[str]
) -> None:
    """Filters, clocks, due dates, derived columns, steps, waits, periods, what is divided by."""
    assert unread[table].isdisjoint(columns)
