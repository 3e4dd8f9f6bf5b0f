"""Typed cells of workbooks, databases and Parquet written as text, as the extract's format has it.

Days and moments in ISO form, whole numbers without a decimal sign, other numbers with the format's
decimal sign, so that one reading of text serves every kind of extract.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

_DAY_ZERO = dt.datetime(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119


def cell_text(cell: object, decimal: str, zone: dt.tzinfo | None = None) -> str | None:
    """Write a cell as text; a moment with an offset is written as the wall clock of the zone."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | Decimal):
        return _number(cell, decimal)
    if isinstance(cell, dt.datetime):
        local = cell.astimezone(zone).replace(tzinfo=None) if cell.tzinfo else cell
        return local.isoformat(" ", timespec="seconds")
    return str(cell)


def _number(number: float | Decimal, decimal: str) -> str | None:
    if not math.isfinite(number):
        return None
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)) if isinstance(number, float) else number, "f").replace(
        ".", decimal
    )


def day_of_serial(cell: object) -> dt.datetime | None:
    """Return the moment that a spreadsheet's number of a day stands for, if it may be one."""
    if isinstance(cell, int | float) and FIRST_SERIAL <= cell <= LAST_SERIAL:
        return _DAY_ZERO + dt.timedelta(seconds=round(cell * 86400))
    return None
