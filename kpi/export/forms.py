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
from kpi.export.open_data import FOLDER as OPEN_DATA
from kpi.export.open_data import write_open_data
from kpi.export.paper import marks_of
from kpi.export.pdf import PangoMissingError, no_pango, write_pdf
from kpi.export.spreadsheet import write_spreadsheet
from kpi.export.word import write_word
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
) -> Forms:
    """Make forms of a report's folder in the languages of its pages, or only in some of them.

    They are written beside the pages, unless `out` names another folder. A page that is not there
    is an ExportError; what this machine cannot make is named in the answer.
    """
    found, target = Forms(), out or folder
    run = read_run(folder)
    for page in pages_of(folder, languages):
        about = About.of(run, _language(page))
        for form in (form for form in forms if form in _IN_EACH_LANGUAGE):
            if form not in found.missing:
                progress(f"export {form} {about.language}")
                _make(found, form, page, target, about)
    if "csv" in forms:
        progress("export csv")
        data, language = target / OPEN_DATA, run["parameters"]["language"]
        write_open_data(folder, data, About.of(run, language), marks_of(pages_of(folder)))
        found.made.append(data)
    return found


def _make(found: Forms, form: Form, page: Path, target: Path, about: About) -> None:
    """Make one form in one language, and note what came of it."""
    file = target / _name(form, about.language)
    try:
        if form == "pdf":
            write_pdf(page, file, about)
        elif form == "docx":
            write_word(page, file, about)
        else:
            write_spreadsheet(page.parent, file, about, marks_of([page]))
    except PangoMissingError as error:
        found.missing[form] = _why(error)
    else:
        found.made.append(file)


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
    return Forms(made, {"pdf": _why(no_pango())} if is_missing else {})


def _why(error: PangoMissingError) -> str:
    return f"Found: {error.found}. {error.remedy}"


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
