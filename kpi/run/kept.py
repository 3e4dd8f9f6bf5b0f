"""What is kept of a run beside the reports: each finished step's product, for the next run.

`reports/.work/2019Q4/` holds a folder for each step, and beside it a record of its key and of the
checksum of every file. A product takes its place before its record is written, so that a run that
was killed leaves none that is taken for whole. Rows about persons are not kept here: only what is
in the report, too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kpi.store import checksums, payload, write_json

KEPT = ".work"


class Kept:
    """The products kept of the runs of one report."""

    def __init__(self, target: Path) -> None:
        self.folder = target.parent / KEPT / target.name
        self._used: set[str] = {"report"}

    def take(self, step: str, key: str, into: Path) -> bool:
        """Copy the kept product of a step into a folder; False where it was made of other things.

        A product whose files are no longer what was written counts as none.
        """
        self._used.add(step)
        product, record = self.folder / step, self._record(step)
        if record.get("key") != key or checksums(product) != record["files"]:
            return False
        shutil.copytree(product, into, dirs_exist_ok=True)
        return True

    def make(self, step: str, key: str, into: Path, work: Callable[[Path], None]) -> None:
        """Let `work` fill a folder with the product of a step, keep it, and copy it into `into`."""
        with self.unfinished("product") as product:
            work(product)
            self._file(step).unlink(missing_ok=True)
            shutil.rmtree(self.folder / step, ignore_errors=True)
            product.rename(self.folder / step)
        self.note(step, key, checksums(self.folder / step))
        self.take(step, key, into)

    @contextmanager
    def unfinished(self, name: str) -> Iterator[Path]:
        """Give an empty folder to work in, without what a run that was killed left there."""
        folder = self.folder / f"unfinished-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def is_unchanged(self, target: Path, key: str, pages: list[str]) -> bool:
        """Tell whether a report is still what was made of the same things.

        Its pages need only be there: approval makes them anew, without the mark of a draft.
        """
        record = self._record("report")
        if record.get("key") != key or not all((target / page).is_file() for page in pages):
            return False
        return bool(checksums(payload(target)) == record["files"])

    def note(self, step: str, key: str, files: dict[str, str]) -> None:
        """Write down what a product was made of, and its files."""
        unfinished = self._file(step).with_suffix(".unfinished")
        write_json({"key": key, "files": files}, unfinished)
        unfinished.replace(self._file(step))

    def forget(self) -> None:
        """Remove every product."""
        for record in self.folder.glob("*.json"):
            self._remove(record)

    def forget_others(self) -> None:
        """Remove the products of steps that this run did not have."""
        for record in self.folder.glob("*.json"):
            if record.stem not in self._used:
                self._remove(record)

    def _remove(self, record: Path) -> None:
        record.unlink()
        shutil.rmtree(self.folder / record.stem, ignore_errors=True)

    def _file(self, step: str) -> Path:
        return self.folder / f"{step}.json"

    def _record(self, step: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._file(step).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if "files" in content else {}
