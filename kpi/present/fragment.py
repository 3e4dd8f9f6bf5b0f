"""Pieces of the page: HTML in notebooks and in the export, plain text in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kpi.present.attributes import PlainAttributes, plain
from kpi.present.facts import Facts
from kpi.present.icons import icon
from kpi.present.plain import plain_text
from kpi.present.prose import inline, prose
from kpi.present.wording import capital

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
    html = made.render(t=facts.labels, facts=facts, **written, **values)
    return Fragment(f'<div class="kpi" lang="{facts.labels.language}">\n{html}\n</div>')


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
    return (_TEMPLATES / "fragments.css").read_text(encoding="utf-8")


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
        return Markup('<{0} lang="{1}">{2}</{0}>').format(
            element, facts.parameters["language"], html
        )

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
    environment.filters["capital"] = capital
    environment.filters["plain"] = plain
    return environment
