"""Time a backfill: `kpi run 2018Q1..2019Q4 --force`, each quarter against the first.

    python benchmarks/backfill.py

The quarters share one process: what is imported, the process beside and the server of kernels are
there from the second on. The parameters of earlier quarters are those of the demo's last one.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KPI = str(Path(sys.executable).with_name("kpi"))
FIRST, LAST = "2018Q1", "2019Q4"
BEGINS = re.compile(r"(\d{4}Q\d) sources")


def draw(work: Path) -> tuple[str, ...]:
    """Write the demo's extracts and the parameters of eight quarters; return the options."""
    subprocess.run([KPI, "demo", "--out", str(work / "data" / "demo")], check=True, cwd=ROOT)
    shutil.copytree(ROOT / "data" / "published", work / "data" / "published")
    params = work / "params"
    params.mkdir()
    targets = (ROOT / "params" / "targets.yaml").read_text(encoding="utf-8")
    (params / "targets.yaml").write_text(targets, encoding="utf-8")
    last = (ROOT / "params" / f"{LAST}.yaml").read_text(encoding="utf-8")
    for year in (2018, 2019):
        for number in (1, 2, 3, 4):
            name = f"{year}Q{number}"
            written = last.replace(f"quarter: {LAST}", f"quarter: {name}")
            (params / f"{name}.yaml").write_text(written, encoding="utf-8")
    return (
        "--params",
        str(params),
        "--data",
        str(work / "data"),
        "--reports",
        str(work / "reports"),
    )


def main() -> None:
    """Print the seconds of each quarter, and those of a further one against the first's."""
    with tempfile.TemporaryDirectory() as folder:
        options = draw(Path(folder))
        command = [KPI, "run", f"{FIRST}..{LAST}", "--force", *options]
        start, begins = time.perf_counter(), {}
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as run:
            assert run.stderr
            for line in run.stderr:
                found = BEGINS.search(line)
                if found:
                    begins[found[1]] = time.perf_counter() - start
        end = time.perf_counter() - start
    if run.returncode:
        sys.exit(f"exit code {run.returncode}")
    times = [0.0, *list(begins.values())[1:], end]
    seconds = [later - earlier for earlier, later in pairwise(times)]
    for name, spent in zip(begins, seconds, strict=True):
        print(f"{name}: {spent:.1f} s")
    further = statistics.median(seconds[1:])
    print(f"a further quarter takes {further:.1f} s, {further / seconds[0]:.2f} of the first")


if __name__ == "__main__":
    main()
