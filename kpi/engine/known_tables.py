"""DuckDB that looks up once what columns a table has: each question asks for several by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibis.backends.duckdb import Backend

if TYPE_CHECKING:
    import ibis.expr.types as ir


_ONLY_READS = ("SELECT", "COPY")


class KnowingTables(Backend):  # type: ignore[misc]  # Ibis has no types
    """Remembers a table until one of its name is made; any other statement of ours may change all.

    The answers are the same: a table that is known is the expression that it was the first time.
    """

    def __init__(self, *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._known: dict[str, ir.Table] = {}

    def table(self, name: str, /, *, database: Any = None) -> ir.Table:
        """Return a table by its name."""
        if database is not None:
            return super().table(name, database=database)
        if name not in self._known:
            self._known[name] = super().table(name)
        return self._known[name]

    def create_table(self, name: str, /, *of: Any, **how: Any) -> ir.Table:
        """Make a table; what was known of its name is forgotten."""
        self._known.pop(name, None)
        return super().create_table(name, *of, **how)

    def create_view(self, name: str, /, *of: Any, **how: Any) -> ir.Table:
        """Make a view; what was known of its name is forgotten."""
        self._known.pop(name, None)
        return super().create_view(name, *of, **how)

    def raw_sql(self, query: Any, **how: Any) -> Any:
        """Run a statement; after one of ours that may change tables, none is known."""
        if isinstance(query, str) and not query.lstrip().upper().startswith(_ONLY_READS):
            self._known.clear()
        return super().raw_sql(query, **how)
