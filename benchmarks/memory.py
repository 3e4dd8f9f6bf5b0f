"""Measure the memory of all processes of a run together: `kpi run 2019Q4 --force` on demo data.

    python benchmarks/memory.py

Every tenth of a second the proportional share of each process (PSS: pages that several share are
divided among them) is added up, for the notebooks' kernels and for everything else. Linux only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
KPI = str(Path(sys.executable).with_name("kpi"))
QUARTER = "2019Q4"


def kinds(run: psutil.Process) -> dict[psutil.Process, str]:
    """Tell what each process of a run is: a kernel hangs on the notebook's process that forked it.

    The run starts the server of kernels; the server forks first the process that works beside the
    run, then one a notebook, and that its kernel.
    """
    found = {run: "the run"}
    for child in run.children():
        found[child] = "server of kernels"
        forked = sorted(child.children(), key=psutil.Process.create_time)
        found |= dict.fromkeys(forked[:1], "process beside")
        for notebook in forked[1:]:
            found[notebook] = "notebooks' processes"
            found |= dict.fromkeys(notebook.children(), "kernels")
    return found


def memory(run: psutil.Process) -> Counter[str]:
    """Add up the megabytes of each kind of process."""
    used: Counter[str] = Counter()
    for process, kind in kinds(run).items():
        with suppress(psutil.Error):
            used[kind] += process.memory_full_info().pss // 1_000_000
    return used


def main() -> None:
    """Print the most that was used at once, and by what."""
    most: Counter[str] = Counter()
    kernels = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run([KPI, "demo", "--out", str(work / "data" / "demo")], check=True, cwd=ROOT)
        shutil.copytree(ROOT / "data" / "published", work / "data" / "published")
        places = ("--data", str(work / "data"), "--reports", str(work / "reports"))
        with psutil.Popen([KPI, "run", QUARTER, "--force", *places], cwd=ROOT) as run:
            while run.poll() is None:
                with suppress(psutil.Error):
                    used = memory(psutil.Process(run.pid))
                    kernels = max(kernels, used.pop("kernels", 0))
                    most = max(most, used, key=lambda one: one.total())
                time.sleep(0.1)
    parts = ", ".join(f"{kind} {megabytes}" for kind, megabytes in most.most_common())
    print(
        f"beside kernels at most {most.total()} MB at once ({parts}); kernels at most {kernels} MB"
    )


if __name__ == "__main__":
    main()
