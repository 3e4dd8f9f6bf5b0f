"""Time a quarter's report against the stock way of making one.

    python benchmarks/quarter.py               five pairs, alternating
    python benchmarks/quarter.py --pairs 1     one pair

The stock way is what a competent analyst writes with the same tools: a papermill command and a
nbconvert command for each notebook in benchmarks/stock/, Great Expectations on pandas, one
language, no disclosure control, no other forms. Ours is `kpi run 2019Q4 --force`: all notebooks,
languages and forms, the release gate included. Machines are noisy: the ratio within a pair counts.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
STOCK = ROOT / "benchmarks" / "stock"
QUARTER = "2019Q4"
PR_SET_CHILD_SUBREAPER = 36
CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)


@dataclass
class Spent:
    """Seconds of the clock and of the processors, and the seconds of each part."""

    clock: float = 0.0
    processor: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    def run(self, part: str, *command: str) -> None:
        """Run a command in the project's folder; what it takes is added."""
        before, start = _processor(), time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        seconds = time.perf_counter() - start
        _wait_for_orphans()
        self.clock += seconds
        self.processor += _processor() - before
        self.parts[part] = self.parts.get(part, 0.0) + seconds


def _adopt_orphans() -> None:
    """Let processes whose starter has ended become this one's: only so their time is counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_orphans() -> None:
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def notebook_of(source: str) -> nbformat.NotebookNode:
    """Make a notebook of a Python file whose cells begin with `# %%`."""
    _, *parts = CELL.split(source)
    cells = [_cell(mark, text.strip()) for mark, text in zip(parts[::2], parts[1::2], strict=True)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(mark: str, text: str) -> nbformat.NotebookNode:
    if "[markdown]" in mark:
        return nbformat.v4.new_markdown_cell(re.sub(r"^# ?", "", text, flags=re.MULTILINE))
    tags = ["parameters"] if "parameters" in mark else []
    return nbformat.v4.new_code_cell(text, metadata={"tags": tags})


def stock_way(work: Path, data: Path) -> Spent:
    """Run and convert each notebook with a command of its own."""
    spent = Spent()
    for path in sorted(STOCK.glob("*.py")):
        plain, executed = work / f"{path.stem}.ipynb", work / f"{path.stem}.executed.ipynb"
        nbformat.write(notebook_of(path.read_text(encoding="utf-8")), plain)
        given = ("-p", "quarter", QUARTER, "-p", "data", str(data))
        quiet = ("--no-progress-bar", "--kernel", "python3")
        spent.run("papermill", beside("papermill"), str(plain), str(executed), *given, *quiet)
        convert = (beside("jupyter"), "nbconvert", "--to", "html", "--no-input")
        spent.run("nbconvert", *convert, str(executed))
    return spent


def our_way(work: Path, data: Path) -> Spent:
    """Make the report anew with `kpi run`."""
    spent = Spent()
    places = ("--data", str(data.parent), "--reports", str(work / "reports"))
    spent.run("kpi run", beside("kpi"), "run", QUARTER, "--force", *places)
    return spent


def beside(program: str) -> str:
    """Return a program of this environment."""
    return str(Path(sys.executable).with_name(program))


def pairs(count: int) -> Iterator[tuple[Spent, Spent]]:
    """Yield what the stock way and ours took, taking turns at being first."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        data = work / "data" / "demo"
        subprocess.run([beside("kpi"), "demo", "--out", str(data)], check=True, cwd=ROOT)
        shutil.copytree(ROOT / "data" / "published", work / "data" / "published")
        for turn in range(count):
            if turn % 2:
                ours, stock = our_way(work, data), stock_way(work, data)
            else:
                stock, ours = stock_way(work, data), our_way(work, data)
            yield stock, ours


def told(name: str, spent: Spent) -> str:
    """Say what one way took, and where."""
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in spent.parts.items())
    return f"{name}: {spent.clock:.1f} s ({spent.processor:.1f} s of processor time; {parts})"


def main() -> None:
    """Print each pair and the ratios' median, minimum and maximum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    count = parser.parse_args().pairs
    clock, processor = [], []
    _adopt_orphans()
    for stock, ours in pairs(count):
        clock.append(ours.clock / stock.clock)
        processor.append(ours.processor / stock.processor)
        print(f"{told('stock way', stock)}; {told('kpi run', ours)}; ratio {clock[-1]:.2f}")
    print(f"{os.cpu_count()} cores, {count} pairs")
    for name, ratios in (("time", clock), ("processor time", processor)):
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{name}: {statistics.median(ratios):.2f} of the stock way ({spread})")


if __name__ == "__main__":
    main()
