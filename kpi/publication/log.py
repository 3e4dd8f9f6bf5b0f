"""The audit log: one line for each act, each carrying the checksum of the line before.

A line that is changed, removed or moved breaks the chain after it. Whoever may write the file can
write all of it anew, or cut off its end: that breaks nothing. So each published report keeps the
checksum of the last line there was (`Log.seal`), and a signed act says which line came before it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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

    @property
    def statement(self) -> str:
        """What is signed: the act, its moment, whose report of which quarter, content, who, why.

        The line before is named, so that the signature holds at this place of this log alone. The
        name of the machine's user is not: what is signed is published.
        """
        unit, _, quarter = self.report.rpartition("/")
        by, _, role = str(self.details["by"]).partition(",")
        said = {
            "act": self.act,
            "at": self.at,
            "unit": unit,
            "quarter": quarter,
            "content": self.details["content"],
            "who": by.strip(),
            "role": role.strip(),
            "note": self.details["note"],
            "before": self.before,
        }
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    def line(self) -> str:
        """Return the line of the log, without its end."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    def checksum(self) -> str:
        """Return the checksum of the line, which the next line carries."""
        return _checksum(self.line())


class Log:
    """The log of a folder of reports; it only ever grows.

    `signers` is the list of who may sign approvals, where the parameters ask for signatures.
    """

    def __init__(self, reports: Path, signers: Path | None = None) -> None:
        self.path = reports / LOG_FILE
        self.signers = signers

    def add(self, act: Act, report: str, who: str = "", **details: Any) -> Entry:
        """Append an act and return its entry; without `who`, it is the machine's user.

        Raises RunError where the log is broken, locked for long, or cannot be written.
        """
        with self._locked():
            entry = self.next(act, report, who, **details)
            self._write(entry)
        return entry

    def next(self, act: Act, report: str, who: str = "", **details: Any) -> Entry:
        """Return the entry that an act would have now; nothing is written."""
        moment = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
        return Entry(moment, who or user(), act, report, details, self.verify())

    def append(self, entry: Entry) -> None:
        """Append the entry of an act that was signed; RunError where the log has grown since."""
        with self._locked():
            if entry.before != self.verify():
                raise RunError(
                    "A signed act follows the line of the log that it names.",
                    "another act in between",
                    "Do it again.",
                )
            self._write(entry)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock"), timeout=_SECONDS_TO_WAIT):
                yield
        except Timeout:
            raise _not_writable("another program has held it for half a minute") from None
        except OSError as error:
            raise _not_writable(error.strerror or type(error).__name__) from None

    def _write(self, entry: Entry) -> None:
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(entry.line() + "\n")
            file.flush()
            os.fsync(file.fileno())

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
    """Return the name of the machine's user, as the system has it, whatever a variable says."""
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


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
