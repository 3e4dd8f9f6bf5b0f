"""Time what an analyst waits for: `kpi run 2019Q4` on demo data after one thing was changed.

    python benchmarks/editing.py                        three rounds of every change
    python benchmarks/editing.py --only comment,target  some of them
    python benchmarks/editing.py --beside ../before     another checkout, taking turns with this one

Each change is made to copies, each way has its own reports, and every run is after a whole one.
Where other programs keep the machine busy, processor time says more than the clock, and ratios more
than both.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUARTER = "2019Q4"
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Way:
    """A checkout of the program, and a project that it makes reports of."""

    program: Path
    work: Path

    def __post_init__(self) -> None:
        for name in ("params", "notebooks"):
            shutil.copytree(self.program / name, self.work / name)
        shutil.copytree(self.program / "data" / "published", self.work / "data" / "published")
        self.call("demo", "--out", "data/demo")

    def call(self, *arguments: str) -> tuple[float, float]:
        """Call `kpi`; return the seconds of the clock, and those of all processors."""
        before, start = _processor(), time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "kpi", *arguments],
            cwd=self.work,
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(self.program)},
        )
        seconds = time.perf_counter() - start
        with suppress(ChildProcessError):
            while True:
                os.wait()
        return seconds, _processor() - before

    def edit(self, name: str, pattern: str, new: str) -> None:
        """Replace the first place in a file that a pattern fits."""
        path = self.work / name
        text = path.read_bytes().decode("utf-8")
        changed = re.sub(pattern, new, text, count=1)
        assert changed != text, f"{name}: {pattern}"
        path.write_text(changed, encoding="utf-8", newline="")


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


RUN = ("run", QUARTER)
ONE = ("run", QUARTER, "--lang", "da", "--reports", "reports_in_one")
PAGES, TARGETS = f"params/{QUARTER}.yaml", "params/targets.yaml"
Change = Callable[[Way, int], None]
COMMENT: Change = lambda way, n: way.edit(  # noqa: E731
    PAGES, r"(cause:\s+da: )(Punkt \d+\. )?", rf"\g<1>Punkt {n}. "
)
CHANGES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "force": (lambda _, __: None, (*RUN, "--force")),
    "comment": (COMMENT, RUN),
    "comment in one language": (COMMENT, ONE),
    "notebook": (
        lambda way, n: way.edit(
            "notebooks/03_payments.ipynb", r'"# ([^0-9"]+)[0-9]*', rf'"# \g<1>{n}'
        ),
        RUN,
    ),
    "committee's notebook": (
        lambda way, n: way.edit(
            "notebooks/committee.ipynb",
            r'"report.presentation\(\) *',
            '"report.presentation()' + " " * n,
        ),
        RUN,
    ),
    "target": (lambda way, n: way.edit(TARGETS, r"value: 0\.9\d*", f"value: 0.9{n + 10}"), RUN),
    "owner": (lambda way, n: way.edit(TARGETS, r"owner: .*", f"owner: Nr. {n}"), RUN),
    "row": (
        lambda way, n: way.edit("data/demo/regninger.csv", r";(\d+),\d\d;", rf";\g<1>,{n + 10};"),
        RUN,
    ),
    "nothing": (lambda _, __: None, RUN),
    "check": (lambda _, __: None, ("check", QUARTER)),
}


def main() -> None:
    """Print the seconds of each change, and of a checkout beside this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CHANGES))
    parser.add_argument("--beside", type=Path)
    asked = parser.parse_args()
    if sys.platform == "linux":  # processes whose starter has ended count, too
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    programs = [ROOT, *([asked.beside.resolve()] if asked.beside else [])]
    with tempfile.TemporaryDirectory() as folder:
        ways = []
        for number, program in enumerate(programs):
            work = Path(folder) / str(number)
            work.mkdir()
            ways.append(Way(program, work))
            for command in {CHANGES[name][1] for name in asked.only.split(",")} - {
                (*RUN, "--force")
            }:
                ways[-1].call(*command)
        numbers = itertools.count(1)
        for name in asked.only.split(","):
            change, command = CHANGES[name]
            spent: list[list[tuple[float, float]]] = [[] for _ in ways]
            for way in ways:  # what was changed before belongs to no round of this one
                way.call(*command)
            for _ in range(asked.rounds):
                number = next(numbers)
                for way, told in zip(ways, spent, strict=True):
                    change(way, number)
                    told.append(way.call(*command))
            _tell(name, spent)


def _tell(name: str, spent: list[list[tuple[float, float]]]) -> None:
    medians = [[statistics.median(column) for column in zip(*one, strict=True)] for one in spent]
    told = "; before ".join(
        f"{clock:.1f} s, {processor:.1f} s of processors" for clock, processor in medians
    )
    ratio = (
        f"; ratio {medians[0][1] / medians[1][1]:.2f} of processor time" if len(medians) > 1 else ""
    )
    print(f"{name}: {told}{ratio}", flush=True)


if __name__ == "__main__":
    main()
