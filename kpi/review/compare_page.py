"""A comparison as people read it: a page with the product's look, and lines on the terminal."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kpi.errors import ExportError
from kpi.export import TEMPLATES, check_page, tidy
from kpi.present.fragment import stylesheet
from kpi.review.compare import Comparison

_WIDEST = 72


def write_page(found: Comparison, target: Path) -> None:
    """Write a comparison as one page; what may not stand on a page is an ExportError."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    look = stylesheet() + (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    template = environment.get_template("compare.html.j2")
    page = template.render(t=found.labels, found=found, look=look, pieces=pieces)
    check_page(page, target.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(tidy(page), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExportError(
            "The comparison can be written.",
            error.strerror or "an error of the file system",
            "Name another file with --out.",
        ) from None


def pieces(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Split two texts into what stayed ("same"), went ("gone") and came ("new"), word by word.

    >>> list(pieces("late bills", "few late bills"))
    [('new', 'few'), ('same', 'late bills')]
    """
    old, new = before.split(), after.split()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield "same", " ".join(old[start:end])
            continue
        if end > start:
            yield "gone", " ".join(old[start:end])
        if new_end > new_start:
            yield "new", " ".join(new[new_start:new_end])


def as_lines(found: Comparison) -> Iterator[str]:
    """Write a comparison for the terminal."""
    yield found.labels("{before} beside {after}", before=found.before, after=found.after)
    for section in found.differing:
        yield ""
        yield f"{section.heading} ({len(section.found)})"
        for one in section.found:
            yield f"  {one.what}: {_short(one.before)} \u2192 {_short(one.after)}"
    yield ""
    if found.unchanged:
        yield found.labels("Unchanged: {kinds}.", kinds=found.labels.and_list(found.unchanged))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}\u2026"
