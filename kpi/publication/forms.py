"""The forms of a report: the committee's page in each language, and what is made beside it.

PDF and Word are made of the page itself, spreadsheet and open data of the disclosed results:
nothing is computed anew. A form that this machine cannot make is left out and named; the others are
made all the same.

Forms of a report that is there are made aside, read by the gate, then put in their place; approval
makes all pages and forms again, from the payload.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

from kpi.errors import ExportError, did_you_mean
from kpi.files import work_beside
from kpi.language import Labels
from kpi.page.facts import translation
from kpi.params.quarter_file import Form
from kpi.processes import WorkerPool
from kpi.publication.document import About
from kpi.publication.gate import inspect
from kpi.publication.paper import marks_of
from kpi.publication.pdf import PangoMissingError, no_pango
from kpi.record import (
    ANNEX,
    COMMITTEE,
    Run,
    not_writable,
    office,
    page_name,
    payload,
    read_run,
)

OPEN_DATA = "open_data"


@dataclass(frozen=True)
class Making:
    """A form of a report's folder, the pages whose content or marks it has, and its file."""

    form: Form
    folder: Path
    pages: tuple[Path, ...]
    target: Path
    about: About

    @property
    def name(self) -> str:
        """What is told while it is made; open data are in all languages."""
        what = f"{self.form} annex" if self.target.stem.startswith(ANNEX) else self.form
        return f"export {what}" + ("" if self.form == "csv" else f" {self.about.language}")


def make(one: Making) -> str:
    """Make a form; return why this machine cannot, or nothing. Each loads what it needs alone."""
    try:
        _write(one)
    except PangoMissingError as error:
        return why(error)
    return ""


def _write(one: Making) -> None:
    if one.form == "pdf":
        from kpi.publication.pdf import write_pdf

        write_pdf(one.pages[0], one.target, one.about)
    elif one.form == "docx":
        from kpi.publication.word import write_word

        write_word(one.pages[0], one.target, one.about)
    elif one.form == "xlsx":
        from kpi.publication.workbook import write_spreadsheet

        write_spreadsheet(one.folder, one.target, one.about, marks_of(one.pages))
    else:
        from kpi.publication.open_data import write_open_data

        write_open_data(one.folder, one.target, one.about, marks_of(one.pages))


def why(error: PangoMissingError) -> str:
    """Return what was found and what to do about it, on one line."""
    return f"Found: {error.found}. {error.remedy}"


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
    workers: WorkerPool | None = None,
) -> Forms:
    """Make forms of a report's folder in the languages of its pages, or only in some of them.

    They are written beside the pages, unless `out` names another folder. A page that is not there
    is an ExportError; what this machine cannot make is named in the answer.
    """
    found = Forms()
    planned = list(_planned(folder, forms, languages, out or folder))
    reasons = (workers or WorkerPool(1)).map(make, planned, lambda one: progress(one.name))
    for making, reason in zip(planned, reasons, strict=True):
        if reason:
            found.missing[making.form] = reason
        else:
            found.made.append(making.target)
    return found


def _form_makers(
    forms: Sequence[Form], pages: Sequence[Path], at_once: int = os.cpu_count() or 1
) -> WorkerPool:
    return WorkerPool(min(at_once, files_of(forms, len(pages))))


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
        for annex in _annexes(folder, [about.language]):
            for form in (form for form in forms if form in _OF_A_PAGE):
                yield Making(form, folder, (annex,), out / f"{annex.stem}.{form}", about)
    if "csv" in forms:
        about = About.of(run, run.parameters.language)
        yield Making("csv", folder, tuple(pages_of(folder)), out / OPEN_DATA, about)


_OF_A_PAGE = ("pdf", "docx")
_IN_EACH_LANGUAGE = (*_OF_A_PAGE, "xlsx")


def _name(form: str, language: str) -> str:
    stem = FIGURES if form == "xlsx" else COMMITTEE
    return f"{stem}.{language}.{form}"


def forms_in(folder: Path) -> dict[Form, list[Path]]:
    """Return the files of each form that lie in a report's folder; open data are a folder."""
    found = {form: sorted(folder.glob(_name(form, "*"))) for form in FORMS if form != "csv"}
    for form, paths in found.items():
        paths.extend(sorted(folder.glob(f"{page_name('*', ANNEX)}.{form}")))
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


def _annexes(folder: Path, languages: Sequence[str]) -> list[Path]:
    """Return the annexes that there are of the pages in these languages."""
    named = [folder / f"{page_name(language, ANNEX)}.html" for language in languages]
    return [annex for annex in named if annex.exists()]


def _language(page: Path) -> str:
    return page.stem.rpartition(".")[2]


def release_forms(
    folder: Path,
    forms: Sequence[Form],
    languages: Sequence[str],
    progress: Progress,
    at_once: int = 1,
) -> Forms:
    """Make forms of a report's folder; none takes its place before the gate has read them all.

    The pages themselves are read by the gate, too, and stay as they are. So many forms are made and
    read `at_once`, if there are as many.
    """
    pages = pages_of(folder, languages)
    shown = [*pages, *_annexes(folder, [_language(page) for page in pages])]
    shown = shown if "html" in forms else []
    with ExitStack() as entered:
        try:
            work = entered.enter_context(work_beside(folder))
        except OSError as error:
            raise not_writable(error, "Free it, then export again.") from None
        with _form_makers(forms, pages, at_once) as workers:
            found = make_forms(folder, forms, languages, work, progress, workers)
            for page in shown:
                shutil.copyfile(page, work / page.name)
            progress("gate")
            inspect(work, papers=office(folder), workers=workers)
        for path in sorted(work.iterdir()):
            _put(path, folder / path.name)
    return Forms([*shown, *(folder / path.name for path in found.made)], found.missing)


def _put(path: Path, target: Path) -> None:
    try:
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    except OSError as error:
        raise ExportError(
            "A form takes the place of the one that was there.",
            f"{target.name}: {error.strerror or 'an error of the file system'}",
            "Close it if it is open in Word, Excel or a reader, then export again.",
        ) from None


def export_pages(
    folder: Path,
    *,
    draft: bool = True,
    correction: str = "",
    also: Collection[str] = (),
    workers: WorkerPool | None = None,
) -> list[Path]:
    """Write the committee's page in each language, and its other forms; return the files.

    Forms are those of the report's parameters, and `also`, side by side where there are `workers`;
    what this machine cannot make is not among them.
    """
    run = read_run(folder)
    executed = sorted((payload(folder) / "notebooks").glob(f"{page_name('*')}.ipynb"))
    wanted = {*run.parameters.forms, *also}
    forms = [form for form in FORMS if form in wanted - {"html"}]
    export = partial(_export_pages_of, run, folder, draft=draft, correction=correction)
    with ExitStack() as entered:
        workers = workers or entered.enter_context(_form_makers(forms, executed))
        written = list(workers.map(export, executed))
        made = make_forms(folder, forms, workers=workers).made
    pages = [page for page, *_ in written]
    annexes = [annex for _, *rest in written for annex in rest]
    return [*pages, *annexes, *made]


def _export_pages_of(
    run: Run, folder: Path, executed: Path, *, draft: bool, correction: str
) -> list[Path]:
    """Write the page of an executed notebook and, if it has one, its annex."""
    from kpi.publication.html import export_page, has_annex, read_notebook

    notebook, language = read_notebook(executed), executed.stem.rpartition(".")[2]
    agenda = run.parameters.agenda.title
    title = f"{translation(run, agenda, language) or agenda} {run.quarter}"
    export = partial(export_page, notebook, language=language, draft=draft, correction=correction)
    page = folder / f"{executed.stem}.html"
    export(page, title=title)
    if not has_annex(notebook):
        return [page]
    annex = folder / f"{page_name(language, ANNEX)}.html"
    export(annex, title=f"{Labels(language)('Annex')}: {title}", part=ANNEX)
    return [page, annex]
