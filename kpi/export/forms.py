"""The forms beside the page: PDF and Word of the page itself, spreadsheet and open data.

All are made of a finished report, its pages and disclosed results: nothing is computed anew. A form
that this machine cannot make is left out and named; the others are made all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from kpi.errors import ExportError, did_you_mean
from kpi.export.about import About
from kpi.export.crew import ALONE, Crew
from kpi.export.making import OPEN_DATA, Making, make, why
from kpi.export.pdf import no_pango
from kpi.params.quarter_file import Form
from kpi.store import COMMITTEE, read_run

FORMS: tuple[Form, ...] = get_args(Form)
FIGURES = "figures"
Progress = Callable[[str], None]


@dataclass
class Forms:
    """The files that were made, and why others were not, by form."""

    made: list[Path] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def chosen_forms(names: Sequence[str]) -> tuple[Form, ...]:
    """Return the forms of these names, in their order; an unknown one is an ExportError."""
    for name in names:
        if name not in FORMS:
            raise ExportError(
                "A report is exported in forms that the program knows.",
                f'"{name}"',
                did_you_mean(name, FORMS),
            )
    return tuple(form for form in FORMS if form in names)


def make_forms(
    folder: Path,
    forms: Sequence[Form],
    languages: Sequence[str] = (),
    out: Path | None = None,
    progress: Progress = lambda _: None,
    workers: Crew = ALONE,
) -> Forms:
    """Make forms of a report's folder in the languages of its pages, or only in some of them.

    They are written beside the pages, unless `out` names another folder. A page that is not there
    is an ExportError; what this machine cannot make is named in the answer.
    """
    found = Forms()
    planned = list(_planned(folder, forms, languages, out or folder))
    reasons = workers.do(make, planned, lambda one: progress(one.name))
    for making, reason in zip(planned, reasons, strict=True):
        if reason:
            found.missing[making.form] = reason
        else:
            found.made.append(making.target)
    return found


def files_of(forms: Sequence[Form], pages: int) -> int:
    """Count the files that are made of so many pages; open data are one for all languages."""
    return sum(1 if form == "csv" else pages for form in forms if form != "html")


def _planned(
    folder: Path, forms: Sequence[Form], languages: Sequence[str], out: Path
) -> Iterator[Making]:
    run = read_run(folder)
    for page in pages_of(folder, languages):
        about = About.of(run, _language(page))
        for form in (form for form in forms if form in _IN_EACH_LANGUAGE):
            yield Making(form, folder, (page,), out / _name(form, about.language), about)
    if "csv" in forms:
        about = About.of(run, run["parameters"]["language"])
        yield Making("csv", folder, tuple(pages_of(folder)), out / OPEN_DATA, about)


_IN_EACH_LANGUAGE = ("pdf", "docx", "xlsx")


def _name(form: str, language: str) -> str:
    stem = FIGURES if form == "xlsx" else COMMITTEE
    return f"{stem}.{language}.{form}"


def forms_in(folder: Path) -> dict[Form, list[Path]]:
    """Return the files of each form that lie in a report's folder; open data are a folder."""
    found = {form: sorted(folder.glob(_name(form, "*"))) for form in FORMS if form != "csv"}
    return found | {"csv": [folder / OPEN_DATA] if (folder / OPEN_DATA).is_dir() else []}


def forms_of(folder: Path, wanted: Sequence[Form]) -> Forms:
    """Return the forms that lie in a report's folder, and what was wanted and is not there."""
    found = forms_in(folder)
    made = [path for paths in found.values() for path in paths]
    is_missing = "pdf" in wanted and not found["pdf"]
    return Forms(made, {"pdf": why(no_pango())} if is_missing else {})


def pages_of(folder: Path, languages: Sequence[str] = ()) -> list[Path]:
    """Return a report's pages in these languages, or all; ExportError for one that is not there."""
    pages = {_language(page): page for page in sorted(folder.glob(f"{COMMITTEE}.*.html"))}
    for language in languages:
        if language not in pages:
            wanted = ",".join(dict.fromkeys([*pages, language]))
            raise ExportError(
                "Forms are made of the report's page in the same language.",
                f"no page in {language}; there is {', '.join(pages) or 'none'}",
                f"Make it first: kpi run {folder.name} --lang {wanted}",
            )
    return [pages[language] for language in (languages or pages)]


def _language(page: Path) -> str:
    return page.stem.rpartition(".")[2]
