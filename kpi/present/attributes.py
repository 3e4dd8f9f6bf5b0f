"""In attributes and titles there is no room for an element: what stands there is plain text."""

from __future__ import annotations

import re

from jinja2.ext import Extension

from kpi.labels.words import Words

_PLACES = re.compile(
    r'(?<=\w=")(?:\{\{.*?\}\}|\{%.*?%\}|[^"{<>])*(?=")|(?<=<title>).*?(?=</title>)', re.DOTALL
)
_VALUE = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)


class PlainAttributes(Extension):
    """Writes every value in an attribute or the title of a template without marks of language."""

    def preprocess(
        self,
        source: str,
        name: str | None,  # noqa: ARG002 - as Jinja calls it
        filename: str | None = None,  # noqa: ARG002
    ) -> str:
        """Add the filter `plain` to the values in attributes and titles.

        >>> PlainAttributes.plain_in_attributes('<a title="{{ t("x") }}">{{ t("x") }}</a>')
        '<a title="{{ (t("x")) | plain }}">{{ t("x") }}</a>'
        """
        return self.plain_in_attributes(source)

    @staticmethod
    def plain_in_attributes(source: str) -> str:
        """Return a template whose attributes and titles take plain values."""
        return _PLACES.sub(
            lambda found: _VALUE.sub(lambda value: _plainly(value[1]), found[0]), source
        )


def _plainly(expression: str) -> str:
    return f"{{{{ ({expression.strip()}) | plain }}}}"


def plain(value: object) -> object:
    """Return a value without marks of language."""
    return str(value) if isinstance(value, Words) else value
