"""All pages and forms of a report's folder, made from its payload: approval makes them again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from kpi.export import export_page
from kpi.export.crew import crew
from kpi.export.forms import FORMS, files_of, make_forms
from kpi.present.facts import translation
from kpi.store import page_name, payload, read_run


def export_pages(
    folder: Path,
    *,
    draft: bool = True,
    correction: str = "",
    also: Collection[str] = (),
    at_once: int = 1,
) -> list[Path]:
    """Write the committee's page in each language, and its other forms; return the files.

    Forms are those of the report's parameters, and `also`, so many made `at_once`; what this
    machine cannot make is not among them.
    """
    run = read_run(folder)
    title = run["parameters"]["agenda"]["title"]
    pages = []
    for notebook in sorted((payload(folder) / "notebooks").glob(f"{page_name('*')}.ipynb")):
        page = folder / f"{notebook.stem}.html"
        language = notebook.stem.rpartition(".")[2]
        export_page(
            notebook,
            page,
            language=language,
            title=f"{translation(run, title, language) or title} {run['quarter']}",
            draft=draft,
            correction=correction,
        )
        pages.append(page)
    wanted = {*run["parameters"].get("forms", ()), *also}
    forms = [form for form in FORMS if form in wanted - {"html"}]
    with crew(min(at_once, files_of(forms, len(pages)))) as workers:
        return [*pages, *make_forms(folder, forms, workers=workers).made]
