"""The audit log: one line for each act, each carrying the checksum of the line before.

A line that is changed, removed or moved breaks the chain after it. Lines cut off at the end break
nothing, so every report and every copy made of the log keeps the checksum of the last line it saw:
`Log.seal`.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from kpi.errors import RunError

LOG_FILE = "log.jsonl"
FIRST = "0" * 64
_SECONDS_TO_WAIT = 30
Act = Literal["run", "override", "approve", "withdraw", "publish", "export", "translate"]


@dataclass(frozen=True)
class Entry:
    """One act: when (UTC), who, what was done, to which report, and what belongs to it.

    `before` is the SHA-256 of the line before, sixty-four zeros in the first line.
    """

    at: str
    who: str
    act: Act
    report: str
    details: dict[str, Any] = field(default_factory=dict)
    before: str = FIRST

    def line(self) -> str:
        """Return the line of the log, without its end."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    def checksum(self) -> str:
        """Return the checksum of the line, which the next line carries."""
        return _checksum(self.line())


class Log:
    """The log of a folder of reports; it only ever grows."""

    def __init__(self, reports: Path) -> None:
        self.path = reports / LOG_FILE

    def add(self, act: Act, report: str, who: str = "", **details: Any) -> Entry:
        """Append an act and return its entry; without `who`, it is the machine's user.

        Raises RunError where the log is broken, locked for long, or cannot be written.
        """
        moment = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock"), timeout=_SECONDS_TO_WAIT):
                entry = Entry(moment, who or user(), act, report, details, self.verify())
                with self.path.open("a", encoding="utf-8", newline="\n") as file:
                    file.write(entry.line() + "\n")
                    file.flush()
                    os.fsync(file.fileno())
        except Timeout:
            raise _not_writable("another program has held it for half a minute") from None
        except OSError as error:
            raise _not_writable(error.strerror or type(error).__name__) from None
        return entry

    def entries(self) -> Iterator[Entry]:
        """Yield the acts in their order; RunError where the chain is broken."""
        before = FIRST
        for number, line in enumerate(self._lines(), start=1):
            entry = _read(line, number)
            if entry.before != before:
                raise _broken(number, "does not continue the line before")
            before = _checksum(line)
            yield entry

    def verify(self) -> str:
        """Return the checksum of the last line; RunError where the chain is broken."""
        for _ in self.entries():
            pass
        return self.seal()

    def seal(self) -> str:
        """Return the checksum of the last line, sixty-four zeros for an empty log."""
        lines = self._lines()
        return _checksum(lines[-1]) if lines else FIRST

    def holds(self, seal: str) -> bool:
        """Tell whether the log still has the line that a seal was taken of."""
        return seal == FIRST or seal in map(_checksum, self._lines())

    def _lines(self) -> list[str]:
        text = self.path.read_text(encoding="utf-8") if self.path.is_file() else ""
        return text.removesuffix("\n").split("\n") if text else []


def _read(line: str, number: int) -> Entry:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        raise _broken(number, "cannot be read") from None


def _checksum(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


def user() -> str:
    """Return the name of the machine's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _broken(number: int, how: str) -> RunError:
    return RunError(
        "Each line of the audit log carries the checksum of the line before.",
        f"line {number} {how}",
        "Somebody changed the log. Compare it with a copy, and put the copy back.",
    )


def _not_writable(reason: str) -> RunError:
    return RunError(
        "Every act is written to the audit log.",
        reason,
        f"Free {LOG_FILE} in the folder of reports, then try again.",
    )
