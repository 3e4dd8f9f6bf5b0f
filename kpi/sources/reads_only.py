"""A query of a source is one SELECT: seen before the database is."""

from __future__ import annotations

from kpi.errors import ParameterError

_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "sqlite": "sqlite"}


def see_reads_only(name: str, query: str, database: str) -> None:
    """Raise ParameterError unless a query is one statement that selects and changes nothing."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    writing = (
        exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter,
        exp.Command, exp.Into, exp.Copy, exp.Set, exp.TruncateTable, exp.Lock,
    )  # fmt: skip
    try:
        statements = [one for one in sqlglot.parse(query, read=_DIALECTS.get(database)) if one]
    except SqlglotError:
        found = "one that cannot be understood"
    else:
        if len(statements) != 1:
            found = f"{len(statements)} statements"
        elif not isinstance(statements[0], exp.Query) or statements[0].find(*writing):
            found = "a statement that may write"
        else:
            return
    raise ParameterError(
        f"The query of {name} is one SELECT.", found, "A source only reads: write one SELECT."
    )
