"""The rows set aside, listed for those who can correct them: where each is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kpi.definitions.subject import ROW_NO, SOURCE_FILE, Rule, Subject
from kpi.quality.flags import FLAG, is_set_aside, strict
from kpi.quality.report import CASE_COLUMNS
from kpi.sources.extract import Extract

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends.duckdb import Backend


_LIKE_A_PERSONS_NUMBER = (
    "(^|[^0-9])(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{2}-?[0-9]{4}([^0-9]|$)"
)


def list_set_aside(
    backend: Backend,
    tables: Mapping[str, Subject],
    rules: Mapping[str, Sequence[Rule]],
    extracts: Sequence[Extract] = (),
) -> pd.DataFrame:
    """List each row set aside with each rule that does it: where it is, and by what to find it.

    `rules` are the rules checked, by table; `extracts` tell where each file begins, as row numbers
    go on through the files of a table and here count within the file. Columns are CASE_COLUMNS,
    sorted by table and row.
    """
    import pandas as pd

    parts = [
        _within_file(_reasons(backend, tables[name], checked), name, extracts)
        for name, checked in rules.items()
    ]
    found = [part for part in parts if not part.empty]
    if not found:
        return pd.DataFrame(columns=list(CASE_COLUMNS))
    return pd.concat(found, ignore_index=True)


def _reasons(backend: Backend, table: Subject, rules: Sequence[Rule]) -> pd.DataFrame:
    import ibis
    import pandas as pd

    read, flags = backend.table(f"read_{table.name}"), backend.table(f"flags_{table.name}")
    checked = read.inner_join(flags, ROW_NO)
    aside = checked.filter(is_set_aside(checked, rules))
    found = aside.select(
        SOURCE_FILE,
        ROW_NO,
        case_number=_case_number(table, aside),
        person=aside[table.person] if table.person else ibis.null("string"),
        **{FLAG + rule.id: aside[FLAG + rule.id] for rule in strict(rules)},
    )
    rows = backend.execute(found.order_by(ROW_NO))
    reasons = [
        rows.loc[rows[FLAG + rule.id]].assign(table=table.name, rule=rule.id, words=rule.words)
        for rule in strict(rules)
    ]
    empty = pd.DataFrame(columns=list(CASE_COLUMNS))
    listed = pd.concat(reasons) if reasons else empty
    return listed[list(CASE_COLUMNS)].sort_values(ROW_NO, kind="stable", ignore_index=True)


def _within_file(rows: pd.DataFrame, table: str, extracts: Sequence[Extract]) -> pd.DataFrame:
    own = [extract for extract in extracts if extract.table == table]
    begins = {one.file.rsplit("/", 1)[-1]: one.first_row for one in (*extracts, *own)}
    if set(begins.values()) <= {1}:
        return rows
    before = rows[SOURCE_FILE].map(begins).fillna(1).astype("int64") - 1
    return rows.assign(**{ROW_NO: rows[ROW_NO] - before})


def _case_number(table: Subject, rows: ir.Table) -> ir.StringValue:
    """Return by what the office finds a row; what could be a person's number is left out.

    Null where rows have neither a key nor anything else: then their place in the file is all.
    """
    import ibis

    found_by = [rows[name].cast("string") for name in table.found_by or table.key]
    if not found_by:
        return ibis.null("string")
    joined, *others = found_by
    for part in others:
        joined = joined + " / " + part.fill_null("")
    is_number = joined.re_search(_LIKE_A_PERSONS_NUMBER)
    return ibis.ifelse(is_number, ibis.null("string"), joined)
