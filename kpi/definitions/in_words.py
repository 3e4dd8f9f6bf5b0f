"""Expressions in words: what a filter or a sum says, in the labels of the columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kpi.definitions.columns import Column
from kpi.definitions.expressions import tree_of
from kpi.errors import DefinitionError
from kpi.language import NBSP, Labels

if TYPE_CHECKING:
    from sqlglot import exp


def condition_in_words(expression: str, columns: Mapping[str, Column], labels: Labels) -> str:
    """Say a condition in a language; one for which there are no words stands as it is written."""
    try:
        return _Speaker(columns, labels).said(tree_of(expression))
    except (_NoWordsError, DefinitionError):  # what is no expression is told where it is compiled
        return str(labels(CONDITION_WORDS["code"], code=expression))


def value_in_words(expression: str, columns: Mapping[str, Column], labels: Labels) -> str:
    """Say a value in a language: the label of a column, or what is made of several."""
    if expression in columns:
        return str(labels(columns[expression].means))
    try:
        return _Speaker(columns, labels).value(tree_of(expression))
    except (_NoWordsError, DefinitionError):
        return str(labels(CONDITION_WORDS["quoted"], name=expression))


class _NoWordsError(Exception):
    """An expression holds what has no words here."""


class _Speaker:
    """Says the parts of an expression."""

    def __init__(self, columns: Mapping[str, Column], labels: Labels) -> None:
        self.columns, self.labels = columns, labels
        self._says: dict[str, Callable[[Any], str]] = {
            "Paren": lambda node: self.said(node.this),
            "Column": self._column,
            "Literal": self._literal,
            "Boolean": lambda node: self._say("true" if node.this else "false"),
            "And": lambda node: self._both(node, "and"),
            "Or": lambda node: self._both(node, "or"),
            "Not": self._not,
            "Is": lambda node: self._missing(node, is_so=True),
            "In": lambda node: self._in(node, is_so=True),
            "Between": self._between,
            **{name: partial(self._compared, name) for name in _COMPARISONS},
            **{name: partial(self._calculated, sign) for name, sign in _SIGNS.items()},
            "Coalesce": self._coalesce,
        }

    def _say(self, what: str, **values: str) -> str:
        return str(self.labels(CONDITION_WORDS[what], **values))

    def said(self, node: exp.Expr) -> str:
        """Say a part of an expression."""
        says = self._says.get(type(node).__name__)
        if says is None:
            raise _NoWordsError
        return str(says(node))

    def value(self, node: exp.Expr) -> str:
        """Say what a comparison is about: no condition."""
        if type(node).__name__ not in ("Column", "Literal", "Boolean", "Coalesce", *_SIGNS):
            raise _NoWordsError
        if type(node).__name__ == "Column":
            return self._quoted(node)
        return self.said(node)

    def _quoted(self, node: exp.Expr) -> str:
        if node.name not in self.columns:
            raise _NoWordsError
        label = self.labels(self.columns[node.name].means)
        return self._say("quoted", name=label)

    def _column(self, node: exp.Expr) -> str:
        """A column that is a condition itself: yes or no."""
        column = self.columns.get(node.name)
        if column is None or column.type != "yes_no":
            raise _NoWordsError
        return self._say("is true", name=self._quoted(node))

    def _literal(self, node: exp.Literal) -> str:
        if node.is_string:
            return self._say("quoted", name=node.this)
        decimals = len(node.this.partition(".")[2])
        return self.labels.number(float(node.this), decimals)

    def _both(self, node: exp.Connector, words: str) -> str:
        parts = []
        for side in (node.this, node.expression):
            inner = side.unnest()
            said = self.said(inner)
            mixed = type(inner).__name__ in ("And", "Or") and type(inner) is not type(node)
            parts.append(f"({said})" if mixed else said)
        return self._say(words, one=parts[0], other=parts[1])

    def _not(self, node: exp.Not) -> str:
        inner = node.this.unnest()
        name = type(inner).__name__
        if name == "Is":
            return self._missing(inner, is_so=False)
        if name == "In":
            return self._in(inner, is_so=False)
        if name == "Column":
            self._column(inner)
            return self._say("is false", name=self._quoted(inner))
        return self._say("not", condition=self.said(inner))

    def _missing(self, node: exp.Is, *, is_so: bool) -> str:
        if type(node.expression).__name__ != "Null":
            raise _NoWordsError
        return self._say("missing" if is_so else "there", name=self.value(node.this))

    def _in(self, node: exp.In, *, is_so: bool) -> str:
        if not node.expressions:
            raise _NoWordsError
        values = self.labels.and_list([self.value(one) for one in node.expressions])
        return self._say(
            "one of" if is_so else "none of", name=self.value(node.this), values=values
        )

    def _between(self, node: exp.Between) -> str:
        ends = {end: self.value(node.args[end]) for end in ("low", "high")}
        name = self.value(node.this)
        return self._say("between", name=name, **ends)

    def _compared(self, words: str, node: exp.Binary) -> str:
        one, other = (self.value(side.unnest()) for side in (node.this, node.expression))
        return self._say(words, one=one, other=other)

    def _calculated(self, sign: str, node: exp.Binary) -> str:
        parts = []
        for side in (node.this, node.expression):
            inner = side.unnest()
            said = self.value(inner)
            parts.append(f"({said})" if type(side).__name__ == "Paren" else said)
        return f"{parts[0]}{NBSP}{sign} {parts[1]}"

    def _coalesce(self, node: exp.Coalesce) -> str:
        """Say what stands in for a missing value; nothing in place of nothing is no matter."""
        if len(node.expressions) != 1:
            raise _NoWordsError
        value, instead = self.value(node.this), node.expressions[0]
        if getattr(instead, "this", None) == "0":
            return value
        return self._say("instead", name=value, other=self.value(instead))


CONDITION_WORDS = {
    "EQ": "{one} is {other}",
    "NEQ": "{one} is not {other}",
    "GT": "{one} is over {other}",
    "GTE": "{one} is at least {other}",
    "LT": "{one} is under {other}",
    "LTE": "{one} is at most {other}",
    "and": "{one} and {other}",
    "or": "{one} or {other}",
    "not": "it is not so that {condition}",
    "quoted": "\u201c{name}\u201d",
    "true": "true",
    "false": "false",
    "is true": "{name} is true",
    "is false": "{name} is false",
    "missing": "{name} is missing",
    "there": "{name} is there",
    "one of": "{name} is one of {values}",
    "none of": "{name} is none of {values}",
    "between": "{name} is from {low} to {high}",
    "instead": "{name} (or {other} where it is missing)",
    "code": "the expression \u201c{code}\u201d is true",
}
"""What is said of an expression; comparisons by the names that sqlglot has for them."""
_COMPARISONS = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE")
_SIGNS = {"Add": "+", "Sub": "\u2212", "Mul": "\u00d7", "Div": "/"}
