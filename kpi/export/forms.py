"""The forms beside the page: PDF and Word of the page itself, spreadsheet and open data.

All are made of a finished report, its pages and disclosed results: nothing is computed anew. A form
that this machine cannot make is left out and named; the others are made all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from kpi.errors import ExportError, did_you_mean
from kpi.export.about import About
from kpi.export.pdf import PangoMissingError, no_pango, write_pdf
from kpi.export.word import write_word
from kpi.params.quarter_file import Form
from kpi.store import COMMITTEE, read_run

FORMS: tuple[Form, ...] = get_args(Form)
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
) -> Forms:
    """Make forms of a report's folder in the languages of its pages, or only in some of them.

    They are written beside the pages, unless `out` names another folder. A page that is not there
    is an ExportError; what this machine cannot make is named in the answer.
    """
    found, target = Forms(), out or folder
    run = read_run(folder)
    for page in pages_of(folder, languages):
        about = About.of(run, _language(page))
        for form, write in _OF_A_PAGE.items():
            if form not in forms or form in found.missing:
                continue
            progress(f"export {form} {about.language}")
            file = target / f"{page.stem}.{form}"
            try:
                write(page, file, about)
                found.made.append(file)
            except PangoMissingError as error:
                found.missing[form] = _why(error)
    return found


def forms_of(folder: Path, wanted: Sequence[Form]) -> Forms:
    """Return the forms that lie in a report's folder, and what was wanted and is not there."""
    made = [
        path
        for form in FORMS
        for path in sorted(folder.glob(f"{COMMITTEE}.*.{form}"))
        if form in wanted
    ]
    is_missing = "pdf" in wanted and not any(path.suffix == ".pdf" for path in made)
    return Forms(made, {"pdf": _why(no_pango())} if is_missing else {})


def _why(error: PangoMissingError) -> str:
    return f"Found: {error.found}. {error.remedy}"


_OF_A_PAGE: dict[Form, Callable[[Path, Path, About], None]] = {"pdf": write_pdf, "docx": write_word}


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
