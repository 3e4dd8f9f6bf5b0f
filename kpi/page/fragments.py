"""Pieces of the page: HTML in notebooks and in the export, plain text in the terminal.

A status has its shape beside its word, so that none rests on colour alone. In attributes and titles
there is no room for an element: what stands there is plain text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from kpi.definitions.statuses import STATUSES
from kpi.language import LANGUAGES, NBSP, Labels
from kpi.language.words import Words, changed
from kpi.page.facts import Facts
from kpi.page.prose import inline, prose
from kpi.page.wording import FEW_OR_NONE, NO_FIGURE, capital, inside, is_rounded

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


_BLOCKS = {
    "article", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "header", "li", "ol", "p", "section", "summary", "table", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
_UNREAD = {"style", "svg"}
_UNREAD_WHOLE = re.compile(r"<(svg|style)\b[^<>]*(?<!/)>[^<]*(?:<(?!/?\1\b)[^<]*)*</\1>")


def plain_text(html: str) -> str:
    """Return the words of a piece of HTML, a line for each block, cells two spaces apart."""
    reader = _Reader()
    reader.feed(_UNREAD_WHOLE.sub("", html))
    lines = (re.sub(r"[ \t\n]+", " ", line).strip() for line in reader.text.split("\v"))
    return "\n".join(line.replace("\f ", "  ").strip("\f ") for line in lines if line.strip("\f "))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._unread = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        if tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.text += data

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.text += "\v"
        elif tag in _CELLS:
            self.text += "\f "


_FRAME = Markup(
    '<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" '
    'aria-hidden="true">{}</svg>'
)


def icon(status: str) -> Markup:
    """Return a status' shape as a small SVG that assistive technology passes over."""
    return _FRAME.format(Markup(STATUSES[status].shape))  # noqa: S704  # our own shapes


def shape(status: str) -> Markup:
    """Return a status' shape alone, 16 by 16, for a picture that sets its place and colour."""
    return Markup(STATUSES[status].shape)  # noqa: S704  # our own shapes


_TEMPLATES = Path(__file__).parent / "templates"


class Fragment:
    """A finished piece of the page; `running_header` is what stands on each printed page."""

    def __init__(self, html: str, running_header: str = "") -> None:
        self.html = html
        self.running_header = running_header

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/html": self.html, "text/plain": repr(self)}
        about = {"running_header": self.running_header} if self.running_header else {}
        return data, {"text/html": about} if about else {}

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return plain_text(self.html)


def render(template: str, facts: Facts, **values: object) -> Fragment:
    """Fill a template in the language of the page; every value is escaped."""
    made = _environment().get_template(f"{template}.html.j2")
    written = {"own": facts.own, "prose": _written(facts, prose), "inline": _written(facts, inline)}
    html = with_whole_values(made.render(t=facts.labels, facts=facts, **written, **values))
    return Fragment(f'<div class="kpi" lang="{facts.labels.language}">\n{html}\n</div>')


_TAGS_AND_DRAWINGS = re.compile(r"(<svg\b.*?</svg>|<[^>]*>)", re.DOTALL)
_NUMBER = r"\d(?:[\d.,:]*\d)?(?:\u00a0?%)?"
_BROKEN_BY_BROWSERS = re.compile(
    rf"(?<![\w-])\d{{2}}-\d{{2}}-\d{{4}}(?![\w-])|(?<![\w.,]){_NUMBER}\u2013{_NUMBER}(?!\w)"
)
_WHOLE = r'<span class="whole">\g<0></span>'


def with_whole_values(html: str) -> str:
    """Keep each date and each range on one line; browsers would break it at its dashes.

    >>> with_whole_values('<p title="01-02-2020">On 01-02-2020.</p>')
    '<p title="01-02-2020">On <span class="whole">01-02-2020</span>.</p>'
    >>> with_whole_values("90.1\u201395.1%, as before")
    '<span class="whole">90.1\u201395.1%</span>, as before'
    """
    parts = _TAGS_AND_DRAWINGS.split(html)
    parts[::2] = [_BROKEN_BY_BROWSERS.sub(_WHOLE, text) for text in parts[::2]]
    return "".join(parts)


def with_its_number(name: str) -> str:
    """Return a quarter's name that breaks before its year at most: 4. kvartal 2019."""
    return changed(name, lambda text: text.replace(" ", NBSP, 1))


def compile_templates() -> None:
    """Compile all templates, which else is done when each is filled for the first time."""
    environment = _environment()
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


def style() -> Fragment:
    """Return the look of the fragments, for notebooks; the exported page brings its own."""
    return Fragment(f"<style>\n{stylesheet()}</style>")


def stylesheet() -> str:
    """Return the look of the fragments as CSS, all of it below the class `kpi`."""
    look = (_TEMPLATES / "fragments.css").read_text(encoding="utf-8")
    colours = (f".kpi .{one.id} {{ color: var(--{one.colour}); }}\n" for one in STATUSES.values())
    return look.replace("/* The colours of the statuses. */\n", "".join(colours))


def _written(facts: Facts, write: Callable[[str], Markup]) -> Callable[[str], Markup]:
    """Return what writes a text of the parameters as HTML, marked where it is in another language.

    A text of several paragraphs or with lists is marked as a block.
    """

    def written(text: str) -> Markup:
        if not text:
            return Markup("")
        said = facts.translation(text)
        html = write(said or text)
        if said:
            return html
        element = "div" if html.startswith(("<p", "<ul", "<ol")) else "span"
        return Markup('<{0} lang="{1}">{2}</{0}>').format(element, facts.parameters.language, html)

    return written


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[PlainAttributes],
    )
    environment.globals["icon"] = icon
    environment.globals["dash"] = NO_FIGURE
    environment.filters["capital"] = capital
    environment.filters["with_its_number"] = with_its_number
    environment.filters["uncapital"] = inside
    environment.filters["any"] = any
    environment.filters["plain"] = plain
    return environment


@dataclass(frozen=True)
class Listing:
    """A table as the page writes it; all columns but the first hold figures.

    Where the first names months or days (`in_time`), they are not broken.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    in_time: bool = False


def written(
    labels: Labels, value: float, decimals: int = 0, *, hidden: bool, rounded_to: float = 1
) -> str:
    """Write a figure; hidden and none are two different signs, and so are few or none."""
    if pd.isna(value):
        return labels("hidden") if hidden else NO_FIGURE
    if is_rounded(rounded_to) and not value:
        return labels(FEW_OR_NONE)
    return labels.number(value, 0 if float(value).is_integer() else decimals)


_A_DAY = dt.date(2000, 1, 1)


def make_ready() -> None:
    """Read the words, numbers and dates of all languages, and compile the templates."""
    for language in LANGUAGES:
        labels = Labels(language)
        labels.and_list([labels.date(_A_DAY), labels.month("2000-01"), labels.number(1)])
    compile_templates()
