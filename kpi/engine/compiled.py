"""The SQL of questions that this process has compiled before, under all that they say.

Compiling a question takes ten times as long as reading it through. Towns alike, quarters of a
batch and tests ask many that were asked before, of other rows.
"""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import ibis
import ibis.expr.operations as ops

MOST = 5000
_sql: dict[bytes, str] = {}


def compiled(question: ops.Node, compile_it: Callable[[], str]) -> str:
    """Return the SQL of a question of DuckDB, compiled unless an equal one was before.

    Equal are questions whose tables have the same names and columns, in whatever database, and
    that say the same of them down to every value.
    """
    try:
        said = _said(question)
    except RecursionError:  # too deep to be written down; Ibis compiles level by level
        return compile_it()
    if said not in _sql:
        if len(_sql) >= MOST:
            _sql.clear()
        _sql[said] = compile_it()
    return _sql[said]


def _named(of: type) -> tuple[type[str], tuple[str]]:
    """Say which operation it is; a class that Ibis made of a function has a name of its own."""
    return str, (f"{of.__module__}.{of.__qualname__}",)


class _Saying(pickle.Pickler):
    """Writes down a question; that an engine is one of ours (KnowingTables), it says itself."""

    dispatch_table = copyreg.dispatch_table | {type(ops.Node): _named}


def _said(question: ops.Node) -> bytes:
    """Return the checksum of all that a question says; how Ibis joins selects is part of it."""
    written = BytesIO()
    _Saying(written, protocol=pickle.HIGHEST_PROTOCOL).dump(
        (question, ibis.options.sql.fuse_selects)
    )
    return sha256(written.getbuffer()).digest()
