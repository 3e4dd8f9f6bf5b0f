"""Time the forms of a report: each alone, all together, and the plain ways beside them.

    python benchmarks/forms.py                  of reports/2019Q4, three rounds
    python benchmarks/forms.py --rounds 1       one round

Forms are made in the report's own language. "One after another" is a `kpi export` for each form;
"together" is one for all, which makes them side by side. The plain ways are what a competent
analyst would type: `jupyter nbconvert` for the committee's notebook, `weasyprint` for its page;
neither is read by a release gate, and the PDF is not tagged. Machines are noisy: the ratio within
a round counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from quarter import QUARTER, ROOT, Spent, beside

from kpi.record import payload, read_run

FORMS = ("html", "pdf", "docx", "xlsx", "csv")
TOGETHER, ONE_BY_ONE = "together", "one after another"
PAGE, NBCONVERT, WEASYPRINT = "page of the notebook", "nbconvert", "weasyprint"
_MAKE_PAGE = "import sys, pathlib as p, kpi.publication.html as e; n, t, l = sys.argv[1:]; "
_MAKE_PAGE += "e.export_page(e.read_notebook(p.Path(n)), p.Path(t), language=l, title='Benchmark')"
RATIOS = (
    (TOGETHER, ONE_BY_ONE), (TOGETHER, "pdf"), (PAGE, NBCONVERT), ("pdf", WEASYPRINT),
)  # fmt: skip


def rounds(count: int, report: Path) -> Iterator[dict[str, Spent]]:
    """Yield what each way took, in a copy of the report."""
    with tempfile.TemporaryDirectory() as work:
        reports = Path(work) / "reports"
        shutil.copytree(report, reports / QUARTER)
        for _ in range(count):
            yield dict(_ways(reports))


def _ways(reports: Path) -> Iterator[tuple[str, Spent]]:
    folder = reports / QUARTER
    language = read_run(folder)["parameters"]["language"]
    notebook = str(payload(folder) / "notebooks" / f"committee.{language}.ipynb")
    page, out = str(folder / f"committee.{language}.html"), str(reports / "plain")
    export = (beside("kpi"), "export", QUARTER, "--lang", language, "--reports", str(reports))
    one_by_one = Spent()
    for form in FORMS:
        alone = Spent()
        alone.run(form, *export, "--to", form)
        one_by_one.clock += alone.clock
        one_by_one.processor += alone.processor
        yield form, alone
    yield ONE_BY_ONE, one_by_one
    yield from _timed(TOGETHER, *export, "--to", ",".join(FORMS))
    yield from _timed(PAGE, sys.executable, "-c", _MAKE_PAGE, notebook, f"{out}.html", language)
    convert = (beside("jupyter"), "nbconvert", "--to", "html", "--no-input", "--output", out)
    yield from _timed(NBCONVERT, *convert, notebook)
    yield from _timed(WEASYPRINT, beside("weasyprint"), page, f"{out}.pdf")


def _timed(name: str, *command: str) -> Iterator[tuple[str, Spent]]:
    spent = Spent()
    spent.run(name, *command)
    yield name, spent


def main() -> None:
    """Print what each way took, and the ratios' median, minimum and maximum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / QUARTER)
    given = parser.parse_args()
    done = list(rounds(given.rounds, given.report))
    print(f"{os.cpu_count()} cores, {given.rounds} rounds; seconds of the clock, of the processors")
    for name in done[0]:
        clock = statistics.median(one[name].clock for one in done)
        processor = statistics.median(one[name].processor for one in done)
        print(f"{name:20} {clock:6.1f} {processor:6.1f}")
    for ours, other in RATIOS:
        for kind in ("clock", "processor"):
            ratios = [getattr(one[ours], kind) / getattr(one[other], kind) for one in done]
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"{ours} / {other}, {kind}: {statistics.median(ratios):.2f} ({spread})")


if __name__ == "__main__":
    main()
