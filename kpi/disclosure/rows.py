"""How many rows were read and set aside, as it is told: in multiples, rounded down.

Rows are cases of persons. Their exact number, less what figures show, would be what these hide; and
a rule that three rows break tells that there are three such persons. So the record of a report has
multiples of `hide_persons_below`, which leave each number as many values, and null for few. The
exact numbers stand in the office's papers (reports/2019Q4.office/).
"""

from __future__ import annotations

from kpi.record import CheckedTable, Finding, Input, MadeFrom


def with_rows_told(made_from: MadeFrom, of: int) -> MadeFrom:
    """Return what figures were made from, with rows in multiples of a number; with 1 as they are.

    Rows read are still those accepted and those set aside, together.
    """
    if of <= 1:
        return made_from
    tables = tuple(_table(one, of) for one in made_from.quality.tables)
    quality = made_from.quality.model_copy(update={"tables": tables})
    extracts = tuple(_extract(one, of) for one in made_from.extracts)
    return made_from.model_copy(update={"quality": quality, "extracts": extracts})


def _down(rows: int, of: int) -> int:
    return rows // of * of


def _told(rows: int | None, of: int) -> int | None:
    """Return a number of rows as it is told: null where there are few, zero where there is none."""
    return None if rows is None or 0 < rows < of else _down(rows, of)


def _table(table: CheckedTable, of: int) -> CheckedTable:
    read, aside = _down(table.rows_read, of), _told(table.rows_set_aside, of)
    dated = {
        name: None if rows is None else _down(rows, of)
        for name in ("rows_in_quarter", "rows_in_previous_quarter")
        for rows in (getattr(table, name),)
    }
    return table.model_copy(
        update={
            "rows_read": read,
            "rows_accepted": read - (aside or 0),
            "rows_set_aside": aside,
            "reasons": {rule: _told(rows, of) for rule, rows in table.reasons.items()},
            "findings": tuple(_finding(one, of) for one in table.findings),
            **dated,
        }
    )


def _finding(finding: Finding, of: int) -> Finding:
    among = None if finding.among is None else _down(finding.among, of)
    return finding.model_copy(update={"rows": _told(finding.rows, of), "among": among})


def _extract(extract: Input, of: int) -> Input:
    left_out = {name: _down(getattr(extract, name), of) for name in ("not_asked_for", "other_rows")}
    doubts = tuple(one.model_copy(update={"rows": _told(one.rows, of)}) for one in extract.doubts)
    return extract.model_copy(
        update={
            "rows": _down(extract.asked_for, of) + sum(left_out.values()),
            "first_row": _down(extract.first_row, of) + 1 if extract.first_row > 1 else 1,
            "doubts": doubts,
            **left_out,
        }
    )
