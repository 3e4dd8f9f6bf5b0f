"""DuckDB asked with as few statements as will do: a small municipality's quarter is all questions.

Ibis' own backend makes a table in seven statements, looks up what columns it has twice, walks
through each expression five times before it is asked, and reads the name of each column's type
anew. What is here gives the same tables and the same frames.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend
from ibis.backends.duckdb.converter import DuckDBPandasData
from ibis.common.exceptions import TableNotFound
from ibis.expr.schema import Schema

from kpi.engine.compiled import compiled

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType


_ONLY_READS = ("SELECT", "COPY")
_CREATE = {False: "CREATE", True: "CREATE OR REPLACE"}
_PREPARED = (ops.InMemoryTable, ops.ScalarUDF, ops.GeoSpatialUnOp, ops.GeoSpatialBinOp)
"""What Ibis has to bring into the engine before an expression that holds it is asked."""


class KnowingTables(Backend):  # type: ignore[misc]  # Ibis has no types
    """Remembers a table until one of its name is made; any other statement of ours may change all.

    The answers are the same: a table that is known is the expression that it was the first time.
    """

    def __init__(self, *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._known: dict[str, ir.Table] = {}

    def __reduce__(self) -> tuple[type[KnowingTables], tuple[()]]:
        """Say what it is, not of which database: so a question is the same to each."""
        return KnowingTables, ()

    def table(self, name: str, /, *, database: Any = None) -> ir.Table:
        """Return a table by its name."""
        if database is not None:
            return super().table(name, database=database)
        if name not in self._known:
            self._known[name] = super().table(name)
        return self._known[name]

    def get_schema(self, table_name: str, *, catalog: Any = None, database: Any = None) -> Schema:
        """Return the columns of a table with their types."""
        place = ".".join(_quoted(part) for part in (catalog, database, table_name) if part)
        try:
            columns = self.con.execute(f"DESCRIBE {place}").fetchall()
        except duckdb.CatalogException:
            raise TableNotFound(table_name) from None
        return Schema({name: _type_of(text, null == "YES") for name, text, null, *_ in columns})

    def create_table(
        self, name: str, /, obj: Any = None, *, overwrite: bool = False, **how: Any
    ) -> ir.Table:
        """Make a table of an expression or a frame; its columns have the types of the expression.

        What was known of its name is forgotten.
        """
        self._known.pop(name, None)
        if obj is None or how:
            return super().create_table(name, obj, overwrite=overwrite, **how)
        if isinstance(obj, ir.Expr):
            return self._made(name, obj.as_table(), self._asked(obj), overwrite=overwrite)
        rows = ibis.memtable(obj)
        held = rows.op()
        self._register_in_memory_table(held)
        try:
            query = f"SELECT * FROM {_quoted(held.name)}"  # noqa: S608 - a name of Ibis'
            return self._made(name, rows, query, overwrite=overwrite)
        finally:
            self.con.unregister(held.name)

    def _made(self, name: str, rows: ir.Table, query: str, *, overwrite: bool) -> ir.Table:
        """Make a table of what a query gives, in the types of the expression that it is of."""
        typed = (
            f"{_quoted(column)}::{_name_of(of)} AS {_quoted(column)}"
            for column, of in rows.schema().items()
        )
        query = f"SELECT {', '.join(typed)} FROM ({query})"  # noqa: S608 - Ibis' SQL
        self.con.execute(f"{_CREATE[overwrite]} TABLE {_quoted(name)} AS {query}")
        return self.table(name)

    def create_view(self, name: str, /, obj: ir.Table, *, overwrite: bool = False) -> ir.Table:
        """Make a view; what was known of its name is forgotten."""
        self._known.pop(name, None)
        query = self._asked(obj)
        self.con.execute(f"{_CREATE[overwrite]} VIEW {_quoted(name)} AS {query}")
        return self.table(name)

    def drop_table(self, name: str, /, **how: Any) -> None:
        """Drop a table; what was known of its name is forgotten."""
        self._known.pop(name, None)
        super().drop_table(name, **how)

    def raw_sql(self, query: Any, **how: Any) -> Any:
        """Run a statement; after one of ours that may change tables, none is known."""
        if isinstance(query, str) and not query.lstrip().upper().startswith(_ONLY_READS):
            self._known.clear()
        return super().raw_sql(query, **how)

    def execute(self, expr: ir.Expr, /, **how: Any) -> Any:
        """Return what an expression gives: a frame, a series or a value, as Ibis types them."""
        if any(value is not None for value in how.values()):
            return super().execute(expr, **how)
        rows = self.con.sql(self._asked(expr)).to_arrow_table()
        columns = zip(rows.column_names, rows.columns, strict=True)
        values = {name: pd.Series(_values(column)) for name, column in columns}
        if not isinstance(expr, ir.Table):
            return expr.__pandas_result__(pd.DataFrame(values), data_mapper=DuckDBPandasData)
        typed = DuckDBPandasData.convert_column
        return pd.DataFrame({n: typed(values[n], of) for n, of in expr.schema().items()})

    def _asked(self, expr: ir.Expr) -> str:
        """Return the SQL of an expression, all that it needs brought into the engine."""
        rows = expr.as_table()
        if rows.op().find(_PREPARED):
            self._run_pre_execute_hooks(rows)
            return str(self.compile(rows))
        return compiled(rows.op(), lambda: str(self.compile(rows)))


def _values(column: Any) -> Any:
    """Return the values of a column of an answer as Ibis takes them out: null, or a list, as it is.

    `column` is one of Arrow; only types of several values have fields.
    """
    return column.to_pylist() if column.type.num_fields or column.null_count else column.to_pandas()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=1000)
def _type_of(text: str, nullable: bool) -> DataType:  # noqa: FBT001 - as Ibis has it
    """Return the type that DuckDB calls so."""
    return Backend.compiler.type_mapper.from_string(text, nullable=nullable)


@lru_cache(maxsize=1000)
def _name_of(of: DataType) -> str:
    """Return what DuckDB calls a type."""
    return str(Backend.compiler.type_mapper.to_string(of))
