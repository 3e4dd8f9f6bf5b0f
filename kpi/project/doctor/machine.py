"""The machine, examined: packages, kernel, fonts, PDF, time zones, disk."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from kpi.errors import KpiError

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True)
class Check:
    """One subject, what was found of it, and what to do; a warning keeps no report from being made.

    `found` holds names and counts, never a value of a person or a secret.
    """

    subject: str
    state: State
    found: str
    remedy: str = ""


def broken(subject: str, error: KpiError) -> Check:
    """Return what an error of the family says, as a finding."""
    found = f"{error.rule} Found: {error.found}" if error.found else error.rule
    return Check(subject, "broken", found, error.remedy)


ROOM_NEEDED = 2_000_000_000  # bytes: extracts as tables, in a temporary folder
KERNEL = "python3"


def packages() -> Check:
    """See that every package that kpi needs is there."""
    needed = [line for line in metadata.requires("kpi") or () if "extra ==" not in line]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Check(
            "packages", "broken", f"not installed: {', '.join(missing)}", "pip install kpi"
        )
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("packages", "ok", f"{len(names)} of {len(names)}, Python {version}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def kernel() -> Check:
    """See that the kernel of the notebooks is that of this environment."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return Check(
            "kernel", "broken", f"no kernel {KERNEL}", "python -m ipykernel install --sys-prefix"
        )
    started = Path(spec.argv[0])
    if started.is_absolute() and started.parent.resolve() != Path(sys.executable).parent.resolve():
        return Check(
            "kernel",
            "broken",
            f"the kernel {KERNEL} starts another Python than this one",
            "python -m ipykernel install --sys-prefix",
        )
    return Check("kernel", "ok", KERNEL)


def fonts() -> Check:
    """See that the font that charts are measured with can be found."""
    from matplotlib import font_manager

    family = "DejaVu Sans"
    try:
        font_manager.findfont(family, fallback_to_default=False)
    except ValueError:
        return Check("fonts", "broken", f"no {family}", "pip install --force-reinstall matplotlib")
    return Check("fonts", "ok", family)


def pdf() -> Check:
    """See that what PDF needs from the system is there; all other forms do without."""
    try:
        import weasyprint
    except ModuleNotFoundError:
        return Check(
            "pdf",
            "warning",
            "WeasyPrint is not installed",
            'pip install "kpi[pdf]". All other forms are made.',
        )
    except OSError:
        return Check(
            "pdf",
            "warning",
            "Pango is not installed",
            "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0. All other forms are made.",
        )
    return Check("pdf", "ok", f"WeasyPrint {weasyprint.__version__}")


def time_zone(name: str) -> Check:
    """See that the calendar's zone is known."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return Check("time zone", "broken", f"no zone {name}", "Correct calendar.timezone.")
    return Check("time zone", "ok", name)


def room(reports: Path) -> Check:
    """See that reports and the tables of a run have room, and can be written."""
    for folder, what in (
        (reports, "the reports folder"),
        (Path(tempfile.gettempdir()), "temporary"),
    ):
        existing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
        try:
            with tempfile.TemporaryFile(dir=existing):
                pass
        except OSError as error:
            reason = error.strerror or "cannot be written to"
            return Check("disk", "broken", f"{what}: {reason}", "Free it, or name another.")
        free = shutil.disk_usage(existing).free
        if free < ROOM_NEEDED:
            return Check(
                "disk", "warning", f"{what}: {free / 1e9:.1f} GB free", "Make room before a run."
            )
    return Check("disk", "ok", f"{shutil.disk_usage(tempfile.gettempdir()).free / 1e9:.0f} GB free")
