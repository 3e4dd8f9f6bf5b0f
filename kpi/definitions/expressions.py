"""Expressions over the columns of a row, as an analyst writes them in SQL: `kind = 'bill'`.

An expression is read by sqlglot, in DuckDB's dialect, and compiled to Ibis, so that it means the
same on DuckDB, PostgreSQL and Spark. What engines see differently is left out (the order of texts,
upper and lower case, rounding, regular expressions), and so is all that is more than an expression:
statements, subqueries, aggregates, functions that read files. A division by nothing is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from kpi.definitions.columns import IBIS_TYPES, Column
from kpi.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from sqlglot import exp

FUNCTIONS = ("abs", "coalesce", "if", "left", "length", "nullif", "substring")
_PARTS = ("year", "month", "day", "hour", "minute")
_UNITS = {"DAY": "D", "HOUR": "h", "MINUTE": "m", "SECOND": "s"}
_SECONDS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
_LEFT_OUT = (
    "Write it with columns, literals, AND, OR, NOT, comparisons, IN, BETWEEN, LIKE, IS NULL, CASE, "
    f"+ - * / ||, CAST ... AS DATE, EXTRACT and {', '.join(FUNCTIONS)}."
)


def columns_of(expression: str, known: Iterable[str], where: str) -> tuple[str, ...]:
    """Return the columns that an expression reads, in the order in which it names them.

    Raises DefinitionError, which names the place `where`, for one that cannot be read, is more
    than an expression, or names a column that is not known.
    """
    from sqlglot import exp

    tree = _parsed(expression, where)
    names = dict.fromkeys(_name_of(column, where) for column in tree.find_all(exp.Column))
    known = list(known)
    for name in names:
        if name not in known:
            raise DefinitionError(
                f"{where} reads columns that are declared.", f'"{name}"', did_you_mean(name, known)
            )
    return tuple(names)


def tree_of(expression: str, where: str = "") -> exp.Expr:
    """Return a checked expression as sqlglot reads it; else raise DefinitionError."""
    return _parsed(expression, where)


def compiled(
    expression: str, rows: ir.Table, columns: Mapping[str, Column], where: str
) -> ir.Value:
    """Return what an expression gives for each row.

    Args:
        expression: SQL over the declared columns.
        rows: A table with those columns.
        columns: Their declarations: a text is compared with its allowed values only.
        where: How the place is called in a message, such as "bills.filter".

    Raises DefinitionError as `columns_of` does, and where types do not fit.
    """
    import ibis

    columns_of(expression, rows.columns, where)
    try:
        return _Compiler(rows, columns, where).value(_parsed(expression, where))
    except (ibis.common.exceptions.IbisError, TypeError, AttributeError, ValueError) as error:
        raise DefinitionError(
            f"{where} puts together what fits together.",
            f"{expression[:80]}: {str(error).splitlines()[0][:120]}",
            "Compare dates with dates, numbers with numbers, texts with texts.",
        ) from None


def holds(
    expression: str, rows: ir.Table, columns: Mapping[str, Column], where: str
) -> ir.BooleanValue:
    """Return whether an expression is true of each row; null counts as not true."""
    value: Any = compiled(expression, rows, columns, where)
    if not value.type().is_boolean():
        raise DefinitionError(
            f"{where} is true or false.", f'"{expression[:80]}"', "Compare it: amount > 0."
        )
    truth: ir.BooleanValue = value.fill_null(False)
    return truth


@lru_cache(maxsize=1024)
def _read(expression: str) -> exp.Expr | None:
    """Read one expression, as SELECT would have it; None for what is none.

    So a column may be called as a statement begins: call, set, show.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        found = sqlglot.parse(f"SELECT {expression}", read="duckdb")
    except SqlglotError:
        return None
    chosen = found[0]
    if len(found) != 1 or not isinstance(chosen, exp.Select) or len(chosen.expressions) != 1:
        return None
    parts = {name for name, part in chosen.args.items() if part}
    only: exp.Expr = chosen.expressions[0]
    return only if parts == {"expressions"} else None


def _parsed(expression: str, where: str) -> exp.Expr:
    from sqlglot import exp

    tree = _read(expression)
    if tree is None:
        raise DefinitionError(f"{where} is one expression.", f'"{expression[:80]}"', _LEFT_OUT)
    if strange := next((node for node in tree.walk() if not _is_allowed(node)), None):
        raise DefinitionError(
            f"{where} is an expression over columns, and nothing more.",
            _described(strange),
            _advice(strange) if isinstance(strange, exp.Func) else _LEFT_OUT,
        )
    return tree


def _allowed() -> tuple[type[exp.Expr], ...]:
    from sqlglot import exp

    return (
        exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or,
        exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
        exp.Like, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.DPipe, exp.Case, exp.If,
        exp.Coalesce, exp.Nullif, exp.Abs, exp.Length, exp.Left, exp.Substring, exp.Extract,
        exp.Cast, exp.Date, exp.DataType, exp.Interval, exp.Var,
    )  # fmt: skip


def _is_allowed(node: exp.Expr) -> bool:
    from sqlglot import exp

    if type(node) not in _allowed():
        return False
    if isinstance(node, exp.DataType):
        return node.this.name in {"DATE", "TIMESTAMP", "TIMESTAMPNTZ"}
    if isinstance(node, exp.In):
        return not node.args.get("query") and not node.args.get("unnest")
    return True


def _described(node: exp.Expr) -> str:
    return f"{type(node).__name__.lower()}: {node.sql(dialect='duckdb')[:60]}"


def _advice(node: exp.Expr) -> str:
    name = node.name if type(node).__name__ == "Anonymous" else type(node).__name__.lower()
    return f"{did_you_mean(str(name).lower(), FUNCTIONS)} {_LEFT_OUT}".strip()


def _name_of(column: exp.Expr, where: str) -> str:
    if column.args.get("table"):
        raise DefinitionError(
            f"{where} names columns without a table.",
            f'"{column.sql(dialect="duckdb")[:60]}"',
            f'Write "{column.name}".',
        )
    return str(column.name)


class _Compiler:
    """Compiles the nodes of one expression over one table."""

    def __init__(self, rows: ir.Table, columns: Mapping[str, Column], where: str) -> None:
        from sqlglot import exp

        self.rows, self.columns, self.where = rows, columns, where
        self.compilers: dict[type[exp.Expr], Callable[[Any], Any]] = {
            exp.Column: lambda node: rows[node.name],
            exp.Literal: self._literal,
            exp.Boolean: lambda node: self._constant(node.this),
            exp.Null: lambda _: self._constant(None),
            exp.Paren: lambda node: self.value(node.this),
            exp.And: lambda node: self.value(node.this) & self.value(node.expression),
            exp.Or: lambda node: self.value(node.this) | self.value(node.expression),
            exp.Not: lambda node: ~self.value(node.this),
            exp.EQ: self._equality,
            exp.NEQ: lambda node: ~self._equality(node),
            exp.GT: partial(self._order, lambda a, b: a > b),
            exp.GTE: partial(self._order, lambda a, b: a >= b),
            exp.LT: partial(self._order, lambda a, b: a < b),
            exp.LTE: partial(self._order, lambda a, b: a <= b),
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Add: lambda node: self._moment_of(node) + self.value(node.expression),
            exp.Sub: lambda node: self._moment_of(node) - self.value(node.expression),
            exp.Mul: lambda node: self.value(node.this) * self.value(node.expression),
            exp.Div: lambda node: self.value(node.this) / self.value(node.expression).nullif(0),
            exp.Neg: lambda node: -self.value(node.this),
            exp.DPipe: lambda node: self.value(node.this) + self.value(node.expression),
            exp.Case: self._case,
            exp.If: self._if,
            exp.Coalesce: self._coalesce,
            exp.Nullif: lambda node: self.value(node.this).nullif(self._beside(node, "expression")),
            exp.Abs: lambda node: self.value(node.this).abs(),
            exp.Length: lambda node: self.value(node.this).length(),
            exp.Left: lambda node: self.value(node.this).left(self._number(node.expression)),
            exp.Substring: self._substring,
            exp.Extract: self._extract,
            exp.Cast: self._cast,
            exp.Date: lambda node: self._date(self.value(node.this)),
            exp.Interval: self._interval,
        }

    def value(self, node: exp.Expr) -> Any:
        """Return a node as a value of each row."""
        return self.compilers[type(node)](node)

    def _constant(self, value: Any) -> Any:
        import ibis

        return ibis.null() if value is None else ibis.literal(value)

    def _literal(self, node: exp.Literal) -> Any:
        if node.is_string:
            return self._constant(str(node.this))
        return self._constant(self._number(node))

    def _number(self, node: exp.Expr) -> Any:
        text = str(node.this)
        return int(text) if text.isdigit() else float(text)

    def _beside(self, node: exp.Expr, name: str = "expression") -> Any:
        """Return what stands beside `this`; a text beside a date or moment is read as one."""
        return self._fitting(node.args[name], node.this)

    def _fitting(self, node: exp.Expr, other: exp.Expr) -> Any:
        from sqlglot import exp

        if not (isinstance(node, exp.Literal) and node.is_string):
            return self.value(node)
        kind = self.value(other).type()
        if kind.is_date() or kind.is_timestamp():
            return self._moment(str(node.this))
        self._see_allowed(node, other)
        return self.value(node)

    def _see_allowed(self, node: exp.Literal, other: exp.Expr) -> None:
        """See that a text compared with a column is one of those that it may hold."""
        from sqlglot import exp

        column = self.columns.get(other.name) if isinstance(other, exp.Column) else None
        if column and column.allowed and str(node.this) not in column.allowed:
            raise DefinitionError(
                f"{self.where} compares {column.name} with values that it may hold.",
                f'"{node.this}"',
                did_you_mean(str(node.this), column.allowed),
            )

    def _moment(self, text: str) -> Any:
        import ibis

        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise DefinitionError(
                f"{self.where} writes dates as 2019-12-31.", f'"{text[:30]}"', "Write it so."
            ) from None
        is_day = len(text) == len("2019-12-31")
        return ibis.literal(moment.date()) if is_day else ibis.literal(moment)

    def _moment_of(self, node: exp.Binary) -> Any:
        """Return what stands first; a day as its midnight where a column's length is added."""
        from sqlglot import exp

        value, length = self.value(node.this), node.expression
        is_of_column = isinstance(length, exp.Interval) and not isinstance(length.this, exp.Literal)
        return value.cast("timestamp") if is_of_column and value.type().is_date() else value

    def _equality(self, node: exp.EQ) -> Any:
        from sqlglot import exp

        first, second = node.this, node.expression
        if isinstance(first, exp.Literal) and not isinstance(second, exp.Literal):
            first, second = second, first
        return self.value(first) == self._fitting(second, first)

    def _order(self, compare: Callable[[Any, Any], Any], node: exp.Binary) -> Any:
        first = self._fitting(node.this, node.expression)
        second = self._fitting(node.expression, node.this)
        self._see_ordered(first)
        return compare(first, second)

    def _see_ordered(self, value: Any) -> None:
        if value.type().is_string():
            raise DefinitionError(
                f"{self.where} compares numbers and dates by size.",
                "texts, whose order is another on each engine",
                "Name the texts: IN ('a', 'b').",
            )

    def _is(self, node: exp.Is) -> Any:
        from sqlglot import exp

        value = self.value(node.this)
        if isinstance(node.expression, exp.Null):
            return value.isnull()
        return (value == self.value(node.expression)).fill_null(False)

    def _in(self, node: exp.In) -> Any:
        values = [self._fitting(one, node.this) for one in node.expressions]
        return self.value(node.this).isin(values)

    def _between(self, node: exp.Between) -> Any:
        value = self.value(node.this)
        self._see_ordered(value)
        return (value >= self._beside(node, "low")) & (value <= self._beside(node, "high"))

    def _like(self, node: exp.Like) -> Any:
        pattern = str(node.expression.this)
        if "\\" in pattern:
            raise DefinitionError(
                f"{self.where} writes patterns with % and _ alone.", "a backslash", "Take it out."
            )
        return self.value(node.this).like(pattern)

    def _case(self, node: exp.Case) -> Any:
        import ibis

        branches = []
        for branch in node.args["ifs"]:
            when = self.value(branch.this)
            if node.this is not None:
                when = self.value(node.this) == self._fitting(branch.this, node.this)
            branches.append((when, self.value(branch.args["true"])))
        default = node.args.get("default")
        return ibis.cases(*branches, else_=None if default is None else self.value(default))

    def _if(self, node: exp.If) -> Any:
        import ibis

        otherwise = node.args.get("false")
        return ibis.ifelse(
            self.value(node.this),
            self.value(node.args["true"]),
            None if otherwise is None else self.value(otherwise),
        )

    def _coalesce(self, node: exp.Coalesce) -> Any:
        others = [self._fitting(one, node.this) for one in node.expressions]
        return self.value(node.this).coalesce(*others)

    def _substring(self, node: exp.Substring) -> Any:
        length = node.args.get("length")
        start = self._number(node.args["start"]) - 1
        return self.value(node.this).substr(start, None if length is None else self._number(length))

    def _extract(self, node: exp.Extract) -> Any:
        part = str(node.this.name).lower()
        if part not in _PARTS:
            raise DefinitionError(
                f"{self.where} extracts parts of a date that all engines know.",
                f'"{part}"',
                did_you_mean(part, _PARTS),
            )
        return getattr(self.value(node.expression), part)()

    def _cast(self, node: exp.Cast) -> Any:
        from sqlglot import exp

        if isinstance(node.this, exp.Literal) and node.this.is_string:
            return self._moment(str(node.this.this))
        value = self.value(node.this)
        return self._date(value) if node.to.this.name == "DATE" else value.cast("timestamp")

    def _date(self, value: Any) -> Any:
        return value if value.type().is_date() else value.date()

    def _interval(self, node: exp.Interval) -> Any:
        """Return a length of time: of so many units, or as many as a column has, to the second."""
        import ibis
        from sqlglot import exp

        unit = str(node.args["unit"].name).upper().removesuffix("S")
        if unit not in _UNITS:
            raise DefinitionError(
                f"{self.where} adds days, hours, minutes or seconds.",
                f'"{unit.lower()}"',
                did_you_mean(unit, _UNITS),
            )
        if isinstance(node.this, exp.Literal):
            return ibis.interval(int(self._number(node.this)), unit=_UNITS[unit])
        seconds = self.value(node.this).cast("float64") * _SECONDS[unit]
        return seconds.round().cast("int64").as_interval("s")


def unbound(columns: Iterable[Column]) -> ir.Table:
    """Return a table without rows that has the declared columns, to try an expression on."""
    import ibis

    return ibis.table({one.name: IBIS_TYPES[one.type] for one in columns}, name="declared")
