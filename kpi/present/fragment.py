"""Pieces of the page: HTML in notebooks and in the export, plain text in the terminal."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kpi.present.facts import Facts
from kpi.present.icons import icon
from kpi.present.plain import plain_text

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
    own = _in_own_language(facts)
    made = _environment().get_template(f"{template}.html.j2")
    html = made.render(t=facts.labels, facts=facts, own=own, **values)
    return Fragment(f'<div class="kpi" lang="{facts.labels.language}">\n{html}\n</div>')


def style() -> Fragment:
    """Return the look of the fragments, for notebooks; the exported page brings its own."""
    return Fragment(f"<style>\n{stylesheet()}</style>")


def stylesheet() -> str:
    """Return the look of the fragments as CSS, all of it below the class `kpi`."""
    return (_TEMPLATES / "fragments.css").read_text(encoding="utf-8")


def _in_own_language(facts: Facts) -> Any:
    """Return what marks a text of the parameters where the page is in another language."""
    language = facts.parameters["language"]

    def own(text: object) -> Markup:
        safe = escape(str(text))
        if not safe or language == facts.labels.language:
            return safe
        return Markup('<span lang="{}">{}</span>').format(language, safe)

    return own


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["icon"] = icon
    environment.filters["paragraphs"] = _paragraphs
    return environment


def _paragraphs(text: str) -> list[str]:
    """Split a text at its empty lines."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]
