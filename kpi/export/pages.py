"""All pages of a report's folder, made from its payload: what approval and publication do again."""

from __future__ import annotations

from pathlib import Path

from kpi.export import export_page
from kpi.store import page_name, payload, read_run


def export_pages(folder: Path, *, draft: bool = True, correction: str = "") -> list[Path]:
    """Write the committee's page in each language it was made in, and return the files."""
    run = read_run(folder)
    title = f"{run['parameters']['agenda']['title']} {run['quarter']}"
    pages = []
    for notebook in sorted((payload(folder) / "notebooks").glob(f"{page_name('*')}.ipynb")):
        page = folder / f"{notebook.stem}.html"
        language = notebook.stem.rpartition(".")[2]
        export_page(
            notebook, page, language=language, title=title, draft=draft, correction=correction
        )
        pages.append(page)
    return pages
