"""Great Expectations' Data Docs as files that need nothing from outside.

Its pages load scripts, styles and pictures from seven addresses, and its index is empty without
them. All of that is taken out; a small style and an index of our own take their place.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from kpi.errors import ExportError
from kpi.language import Labels
from kpi.periods import Period
from kpi.quality.report import SEVERITY_WORDS, Finding, TableReport

COUNTED_TWICE = "Great Expectations, which made each table's page, counted the same."

_PARTS = ("expectations", "validations", "static")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}
th,td{border-bottom:1px solid #767676;padding:.3rem .8rem;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
h1,h5{font-size:1.3rem;margin:1rem 0 .3rem}h2,h6{font-size:1.1rem;margin:1rem 0 .3rem}
ul,ol{list-style:none;padding:0}.badge{font-family:monospace}.alert{border-left:4px solid #555;
padding-left:.6rem}.fa-check-circle::before{content:"\\2713"}.fa-times::before{content:"\\2717"}
.fa-exclamation-triangle::before{content:"!"}i{font-style:normal;font-weight:bold}
"""
_TAKEN_OUT = (
    r"<script\b.*?</script>",
    r"<style\b.*?</style>",
    r"<title\b.*?</title>",
    r"<link\b[^>]*>",
    r"<img\b[^>]*>",
    r"<footer\b.*?</footer>",
    r'<div class="card mb-3">.*?(?=<div class="card d-md-block)',  # buttons that need a script
    r'<p class="m-0">\s*<a data-toggle="collapse".*?</p>',
    r'\son[a-z]+="[^"]*"',
)
_LINK_OUTSIDE = re.compile(r'<a\b[^>]*href="(?:https?:)?//[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_LOADED = re.compile(
    r'(?:src|href)\s*=\s*["\']?(?:[a-z]+:)?//|url\(|@import|<script', re.IGNORECASE
)
_TIME_OF_DAY = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\dZ")  # written in the machine's own zone
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Docs:
    """Where the documents go, and what they are about.

    `day` stands in them as the time of the run, so that they depend on the input only. `notice`
    stands at the top of each page.
    """

    folder: Path
    quarter: Period
    day: dt.date
    labels: Labels
    notice: str = ""

    @property
    def banner(self) -> str:
        """The notice as HTML; empty without one."""
        return f"<p><strong>{html.escape(self.notice)}</strong></p>" if self.notice else ""


def write_docs(context: Any, wanted: Docs, reports: Sequence[TableReport]) -> None:
    """Write the Data Docs of a Great Expectations context and an index over them.

    The folder gets index.html, expectations/<table>.html and, below validations/<table>, the
    results. Earlier Data Docs in it are replaced.
    """
    docs = wanted.folder
    _forget_the_clock(context.validation_results_store)
    docs.mkdir(parents=True, exist_ok=True)
    for part in _PARTS:
        shutil.rmtree(docs / part, ignore_errors=True)
    context.add_data_docs_site("site", _site(docs))
    context.build_data_docs(site_names=["site"])
    shutil.rmtree(docs / "static")
    for page in sorted(docs.rglob("*.html")):
        dated = _TIME_OF_DAY.sub(wanted.day.isoformat(), page.read_text(encoding="utf-8"))
        content = make_self_contained(dated, page.stem)
        _write(page, re.sub(r"<body[^>]*>", rf"\g<0>{wanted.banner}", content, count=1))
    pages = {path.parts[-4]: path for path in sorted((docs / "validations").rglob("*.html"))}
    if set(pages) != {report.table for report in reports}:
        raise ExportError(
            "Each table has its page in the quality documents.",
            f"{len(pages)} pages for {len(reports)} tables",
            "Great Expectations could not write a page: its log says why.",
        )
    links = {table: page.relative_to(docs).as_posix() for table, page in pages.items()}
    _write(docs / "index.html", _index(wanted, reports, links))


def _site(docs: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(docs.resolve()),
        },
    }


def _forget_the_clock(store: Any) -> None:
    """Take out of the stored results when the rows were loaded."""
    for key in store.list_keys():
        result = store.get(key)
        result.meta.pop("batch_markers", None)
        store.set(key, result)


def make_self_contained(page: str, title: str) -> str:
    """Return a page without scripts, pictures, outside addresses and random ids."""
    for pattern in _TAKEN_OUT:
        page = re.sub(pattern, "", page, flags=re.DOTALL)
    page = _LINK_OUTSIDE.sub(r"\1", page)
    page = _TIME_OF_DAY.sub(r"\1", page)
    numbers = count(1)
    ids: dict[str, str] = {}
    page = _RANDOM_ID.sub(lambda found: ids.setdefault(found[0], f"n{next(numbers)}"), page)
    head = f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
    page = page.replace("</head>", head, 1).replace("<html>", '<html lang="en">', 1)
    return re.sub(r"[ \t]*\n\s*", "\n", page)


def _write(path: Path, page: str) -> None:
    if _LOADED.search(page):
        raise ExportError(
            "The quality documents load nothing from outside.",
            f"an outside address in {path.name}",
            "Great Expectations' pages have changed: adapt kpi/quality/data_docs.py.",
        )
    path.write_text(page, encoding="utf-8", newline="\n")


def _index(wanted: Docs, reports: Sequence[TableReport], links: dict[str, str]) -> str:
    """Return the page with each table's rows and the rules that were broken."""
    labels = wanted.labels
    title = html.escape(f"{labels('Data quality')} {labels.quarter(wanted.quarter)}")
    rows = [_table_row(report, links[report.table], labels) for report in reports]
    broken = [
        _finding_row(report, finding, labels) for report in reports for finding in report.broken
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{labels.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{wanted.banner}<h1>{title}</h1>\n"
        f"{_table(('Extract',), ('Read', 'Accepted', 'Set aside'), rows, labels)}"
        f"<h2>{html.escape(labels('What was found'))}</h2>\n"
        f"{_table(('Extract', 'Rule', 'What happened'), ('Rows',), broken, labels)}"
        f"<p>{html.escape(labels(COUNTED_TWICE))}</p>\n</body>\n</html>\n"
    )


def _table(texts: Sequence[str], numbers: Sequence[str], rows: list[str], labels: Labels) -> str:
    heads = [f'<th scope="col">{html.escape(labels(head))}</th>' for head in texts]
    heads += [f'<th scope="col" class="n">{html.escape(labels(head))}</th>' for head in numbers]
    body = "".join(rows)
    return f"<table>\n<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def _table_row(report: TableReport, link: str, labels: Labels) -> str:
    name = f'<a href="{html.escape(link)}">{html.escape(report.table)}</a>'
    counts = (report.rows_read, report.rows_accepted, report.rows_set_aside)
    cells = "".join(f'<td class="n">{labels.count(number)}</td>' for number in counts)
    return f'<tr><th scope="row">{name}</th>{cells}</tr>\n'


def _finding_row(report: TableReport, finding: Finding, labels: Labels) -> str:
    words = (report.table, labels(finding.words), labels(SEVERITY_WORDS[finding.severity]))
    cells = "".join(f"<td>{html.escape(word)}</td>" for word in words)
    return f'<tr>{cells}<td class="n">{labels.count(finding.rows)}</td></tr>\n'
