"""A rule that rows must keep, and what it may look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

Severity = Literal["stop", "set_aside", "note", "off"]

ROW_NO = "row_no"
SOURCE_FILE = "source_file"
UNREADABLE = "unreadable"
PERSON_CHECK = "_check"


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the rows themselves.

    `is_known_step` tells the names of steps that the parameters declare.
    """

    as_of: dt.date
    calendar: ir.Table
    tables: Mapping[str, ir.Table]
    municipality_code: str = ""
    is_known_step: Callable[[ir.StringValue], ir.BooleanValue] | None = None


Broken = Callable[["ir.Table", Context], "ir.BooleanValue"]


@dataclass(frozen=True)
class Rule:
    """A rule that rows must keep: `broken` gives true for each row that breaks it.

    Its severity: it stops the run, sets the row aside, or is a note; parameters may switch it off.

    A null result means that the rule could not be judged and counts as kept. `needs` names other
    tables and `about` optional columns; where one of them is not among the sources the rule is not
    checked. `among` gives the rows that could break it, where these are not all: the loss rate of a
    join, say.

    What a broken rule may do to a figure: a row that `is_no_case` is a duplicate or belongs to
    somebody else, so it would never have counted; a noted row is counted, and may have been counted
    wrongly where the rule `casts_doubt`.
    """

    id: str
    severity: Severity
    words: str
    broken: Broken
    needs: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    among: Broken | None = None
    is_no_case: bool = False
    casts_doubt: bool = True


def rule(severity: Severity, words: str, **more: Any) -> Callable[[Broken], Rule]:
    """Make a rule of a function; its name is the rule's id, `more` the rule's other fields."""

    def make(broken: Broken) -> Rule:
        return Rule(broken.__name__, severity, words, broken, **more)

    return make


def repeated(rows: ir.Table, *columns: str) -> ir.BooleanValue:
    """Tell the second and later rows that are alike in all the columns, in the file's order."""
    import ibis

    window = ibis.window(group_by=[rows[name] for name in columns], order_by=rows[ROW_NO])
    complete = ibis.and_(*(rows[name].notnull() for name in columns))
    return complete & (ibis.row_number().over(window) > 0)
