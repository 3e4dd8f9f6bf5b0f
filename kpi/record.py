"""What a run leaves behind: the record of how its report was made, and the folder it lies in.

The record is run.json: what a report was made from, how, and with what verdicts. A run writes it
once; pages, forms, approval, archive and comparison read it, through the types that stand here and
nowhere else. Its JSON schema is docs/run.schema.json.

The folder is a bag (RFC 8493): what people open lies at its top, what it is made from in the
payload, `data/`. It is written in a temporary folder beside its place, and moved there in one
rename.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from kpi.definitions.statuses import STATUSES
from kpi.definitions.words import CASES as ANY_CASES
from kpi.definitions.words import Forms, Text
from kpi.errors import RunError
from kpi.files import harmless, replace_folder, work_beside
from kpi.params.carried_over import CarriedOver
from kpi.params.quarter_file import QuarterFile
from kpi.params.strict import QuarterField, Strict
from kpi.params.targets_file import MetricParams
from kpi.periods import Period

if TYPE_CHECKING:
    from io import BytesIO

    import pandas as pd


Cause = Literal["late_data", "correction", "definition"]
"""Why a published figure is another now."""


class Recorded(Strict):
    """A part of run.json; it can be made of any object that has the same attributes."""

    model_config = ConfigDict(from_attributes=True)


class Translations(Recorded):
    """How many texts a page has in one language beside the report's own, and which are not ready.

    A missing one falls back to another language; a `stale` one was made from an earlier text.
    """

    texts: int
    missing: int
    stale: tuple[str, ...] = ()


class Unit(Recorded):
    """What a rate is divided by, in words: see kpi.definitions.kinds."""

    unit: str
    means: Text
    short: Text
    basis: Text
    too_few: Text
    too_many: Text


class SubjectWords(Recorded):
    """What people call a subject's extract and its cases: see kpi.definitions.words.

    `first` is the step with which a case comes in, `waiting` the stage in which it waits.
    """

    title: Text = ""
    cases: tuple[Text, Text] = ANY_CASES.cases
    ended: Text = ANY_CASES.ended
    steps: dict[str, Text] = Field(default_factory=dict)
    groups: dict[str, Text] = Field(default_factory=dict)
    said: dict[str, Text] = Field(default_factory=dict)
    first: str = ""
    gate: str = ""
    gate_word: str = ""
    waiting: str = ""


class _Defined(Recorded):
    """What the definition says of a metric; `days` is the limit that its title names.

    `days_unit` is that of its times in the reported quarter, `amount_unit` that of what its cases
    are worth; both are empty where it has none. It is made of rows of `tables` and `rests_on` these
    and on those that give their dates and waits. `lacks` says which extracts or columns it would
    need to be measured.
    `late` and `unknown` are own words for cases that were late or of which nobody can tell, and
    `last_step` is where the clock stops. The figure of a duration is its `percentile`; a value that
    is reported is `measured_in` a unit. `passes` are the stages of its cases, as far as the
    extracts tell.
    """

    id: str
    title: Text
    own_title: str = ""
    days: int | None = None
    days_unit: str = ""
    amount_unit: Text = ""
    words: Text
    late: Forms | None = None
    unknown: Forms | None = None
    last_step: str = ""
    percentile: int = 50
    measured_in: Text = ""
    per: Unit | None = None
    passes: tuple[str, ...] = ()
    kind: str
    unit: str
    is_target: bool
    tables: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    lacks: tuple[Text, ...] = ()


class Metric(MetricParams, _Defined):
    """A reported metric: what its definition says, then what the parameters decide.

    `title` is the definition's, `own_title` that of the parameters.
    """

    title: Text  # type: ignore[assignment]  # by language, where an administration declares it


class Change(Recorded):
    """What changed in how a metric is counted or what it must reach: see kpi.figures."""

    metric: str
    kind: Literal["counting", "target", "introduced", "retired"]
    what: str
    valid_from: dt.date
    reason: str
    decided_by: str
    source: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    since_last_report: bool


class Doubt(Recorded):
    """What was odd or mended in reading an extract: how many rows of which of its columns.

    `rows` is null where few rows are not told.
    """

    reading: str
    rows: int | None = 0
    columns: tuple[str, ...] = ()


class Input(Recorded):
    """An extract that was read: file or database, checksum, rows, and how it was written.

    `written` has also what was declared of it: words for nothing (`missing`), the zone of its
    times, and which of several rows of a case stays (`latest`). `detected` names what was not
    declared. Of its rows `not_asked_for` were left out, and `other_rows`, which stand beside the
    one taken of a case. `files` has the SHA-256 of the files that a query put together.
    """

    table: str
    file: str
    sha256: str
    rows: int
    first_row: int = 1
    not_asked_for: int = 0
    other_rows: int = 0
    files: dict[str, str] = Field(default_factory=dict)
    written: dict[str, str] = Field(default_factory=dict)
    detected: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def asked_for(self) -> int:
        """The rows that were asked for, one of each case where one is taken."""
        return self.rows - self.not_asked_for - self.other_rows


class Finding(Recorded):
    """A rule that was broken, by how many rows, and among how many that could break it.

    `rows` is null where few rows are not told, `among` where these are all the rows of the table.
    `where` names files and columns, if the rule is about these; `remedy` says what to do. Figures
    that rest on the table may be wrong as a whole where it `casts_doubt`.
    """

    rule: str
    severity: Literal["stop", "set_aside", "note"]
    words: str
    rows: int | None
    is_broken: bool = True
    among: int | None = None
    where: str = ""
    remedy: str = ""
    casts_doubt: bool = False


class CheckedTable(Recorded):
    """What became of a table's rows, and the rules that they broke.

    Each row set aside is counted in `reasons` once, by the first rule it breaks. Rows in a quarter
    are counted by the table's date; null for a table without one. In run.json rows are told in
    multiples, rounded down, and null stands for few that were set aside (kpi.disclosure.rows).
    """

    table: str
    rows_read: int
    rows_accepted: int
    rows_set_aside: int | None
    rows_in_quarter: int | None = None
    rows_in_previous_quarter: int | None = None
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[str, ...] = ()
    reasons: dict[str, int | None] = Field(default_factory=dict)
    rules_checked: int = 0


class Quality(Recorded):
    """What the checks found; `override` is why the report was made though `stops` were broken.

    `confirmed_by` names what counted the broken rows a second time; null where nothing did.
    """

    confirmed_by: str | None = None
    override: str = ""
    stops: tuple[str, ...] = ()
    tables: tuple[CheckedTable, ...] = ()


class PublishedFigure(Recorded):
    """A figure that was published before this program made reports, as its text reads."""

    metric: str
    period: str
    text: str
    low: str = ""
    high: str = ""
    source: str = ""
    note: str = ""
    title: Text = ""


class Engine(Recorded):
    """The engine that held the tables; where it is and who uses it stays untold."""

    name: str
    version: str


class Figure(Recorded):
    """A metric's figure of one quarter, null where it is hidden or there is none."""

    status: str
    unit: str
    value: int | float | None
    lower: int | float | None
    upper: int | float | None
    n: int | float | None
    version: str | None


class Restated(Recorded):
    """A published figure that is another now, and why: see kpi.publication.restatements."""

    metric: str
    period: str
    published_in: str
    old: Figure
    new: Figure
    cause: Cause
    reason: str


class UsedNotebook(Recorded):
    """A notebook that was executed, and whether it is the one that was committed.

    `is_committed` is null where no repository tells.
    """

    name: str
    sha256: str
    is_committed: bool | None


class AddsUp(Recorded):
    """Cases of metrics that are those of others, as kpi.definitions.shared_cases tells.

    Each is a metric, and which of its cases: n, met, missed, unknown. With `rest` some of the whole
    may be left over.
    """

    whole: tuple[str, str]
    parts: tuple[tuple[str, str], ...]
    rest: bool


class Run(Recorded):
    """What a report was made from, how, and with what verdicts.

    It holds no path of a machine, no user and no secret. `texts` are the translations of the
    parameters' texts, by language; `verdicts` the statuses of the quarter's figures, by metric.
    `shown_persons` are columns of persons that were read though no small count is hidden.
    `adds_up` tells which metrics count each other's cases, declared ones among them.
    """

    quarter: QuarterField
    parameters: QuarterFile
    texts: dict[str, dict[str, str]] = Field(default_factory=dict)
    translations: dict[str, Translations] = Field(default_factory=dict)
    metrics: tuple[Metric, ...]
    subjects: dict[str, SubjectWords] = Field(default_factory=dict)
    adds_up: tuple[AddsUp, ...] = ()
    changes: tuple[Change, ...] = ()
    working_days: dict[str, int] = Field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    quality: Quality = Quality()
    published: tuple[PublishedFigure, ...] = ()
    verdicts: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    notebooks: tuple[UsedNotebook, ...] = ()
    engine: Engine | None = None
    restatements: tuple[Restated, ...] = ()
    carried_over: tuple[CarriedOver, ...] = ()
    shown_persons: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Metric]:
        """The reported metrics by id, in the committee's order."""
        return {metric.id: metric for metric in self.metrics}

    @property
    def name(self) -> str:
        """What the report is called: 2019Q4, or <unit>/2019Q4 for a named unit."""
        return "/".join(filter(None, (self.parameters.unit, self.quarter.file_name)))


def without_comment(run: Run) -> list[str]:
    """Return the missed targets whose cause nobody has said; they stand in the way of approval.

    A target that cannot be documented, and a deviation that the committee has accepted, may do
    without.
    """
    comments = run.parameters.comments
    targets = {metric.id for metric in run.metrics if metric.is_target}
    return [
        metric
        for metric, status in run.verdicts.items()
        if metric in targets
        and STATUSES[status].must_be_explained
        and not (metric in comments and comments[metric].cause.strip())
    ]


def changed_parameters(then: QuarterFile, now: QuarterFile) -> list[str]:
    """Name the parameters that were recorded with another value than they have now."""
    recorded, current = (one.model_dump(mode="json") for one in (then, now))
    return [name for name, value in recorded.items() if current[name] != value]


def schema() -> str:
    """Return the JSON schema of run.json, as it stands in docs/run.schema.json."""
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(draft | Run.model_json_schema(mode="serialization"), indent=2) + "\n"


class MadeFrom(Recorded):
    """What a report's figures were made from: the part of the record that is kept with them."""

    extracts: tuple[Input, ...]
    quality: Quality
    engine: Engine


RUN_FILE = "run.json"
MADE_FROM_FILE = "made_from.json"


def write_run(run: Run, folder: Path) -> None:
    """Write the run.json of a report folder."""
    write_json(run.model_dump(mode="json"), payload(folder) / RUN_FILE)


def read_run(folder: Path) -> Run:
    """Read the run.json of a report folder; RunError where there is none that can be read.

    What a later program wrote beside what is known here is passed over.
    """
    path = payload(folder) / RUN_FILE
    if not path.is_file():
        raise RunError(
            "A report folder holds run.json.",
            f"none in {folder.name}",
            f"Make the report first: kpi run {folder.name}",
        )
    try:
        return Run.model_validate_json(path.read_bytes(), extra="ignore")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "its text"
        raise RunError(
            "A report's run.json is as a run wrote it.",
            f"{where} in {folder.name}: {first['msg']}",
            "Restore it from its archive, or make the report again.",
        ) from None


_LIBRARIES = (
    "duckdb", "great-expectations", "ibis-framework", "matplotlib", "nbconvert", "pandas",
    "papermill", "holidays", "babel",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions that run.json records."""
    return {
        "kpi": _installed("kpi"),
        "commit": commit(),
        "python": platform.python_version(),
        **{name: _installed(name) for name in _LIBRARIES},
    }


_installed = cache(metadata.version)
"""A package's version; reading it from the disk takes a while."""


UNKNOWN = "unknown"
"""The commit of a program that was installed as a package: its version tells what it is."""


def commit() -> str:
    """Return the commit of the checked-out code, with "+" where files were changed since."""
    folder = Path(__file__).parent
    try:
        # installed into an environment inside another's repository, it is not of that
        _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return commit + ("+" if changed else "")


def used_notebooks(folder: Path, names: Sequence[str]) -> tuple[UsedNotebook, ...]:
    """Return the notebooks of these names in a folder, each compared with the committed one."""
    files = [f"{name}.ipynb" for name in names]
    try:
        listed = _git(folder, "ls-tree", "HEAD", "--", *files).splitlines()
        committed = {line.partition("\t")[2]: line.split()[2] for line in listed}
        now = dict(zip(files, _git(folder, "hash-object", "--", *files).splitlines(), strict=True))
    except (OSError, subprocess.CalledProcessError):
        committed, now = None, {}
    return tuple(
        UsedNotebook(
            name=name,
            sha256=sha256_of(folder / file),
            is_committed=None if committed is None else committed.get(file) == now[file],
        )
        for name, file in zip(names, files, strict=True)
    )


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - constant arguments
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is found on the path
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


COMMITTEE, ANNEX = "committee", "annex"
INJECTED = "injected-parameters"
"""The tag of the cell in which papermill writes the parameters of a run."""
CASES = "set_aside_cases"
"""The rows set aside with their case numbers: a working paper, which only the office gets."""
OFFICE = "office"
"""What the folder of the office's papers is called while a report is made; see `office`."""


def report_folder(reports: Path, unit: str, quarter: Period) -> Path:
    """Return where a report lands: reports/2019Q4, or reports/<unit>/2019Q4 for a named unit."""
    return (reports / unit if unit else reports) / quarter.file_name


def payload(folder: Path) -> Path:
    """Return where a report's figures, notebooks and working papers lie: data/ in its folder."""
    return folder / "data"


def page_name(language: str, part: str = COMMITTEE) -> str:
    """Return what the committee's page is called in a language, and its executed notebook."""
    return f"{part}.{language}"


def office(folder: Path) -> Path:
    """Return where a report's papers for the office alone lie: 2019Q4.office, beside it.

    They tell of single rows: all that lies in the report itself may be published.
    """
    return folder.with_name(f"{folder.name}.{OFFICE}")


def sha256_of(path: Path) -> str:
    """Return the checksum of a file; empty where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file in a folder and below, by its path inside."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


@contextmanager
def replacing(target: Path, *, private: bool = False) -> Iterator[Path]:
    """Give an empty folder to work in; after success it takes the target's place.

    After an error the target is as it was and the work is gone. With `private`, only its owner can
    read the target.
    """
    with ExitStack() as entered:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            work = entered.enter_context(work_beside(target))
        except OSError as error:
            raise not_writable(error) from None
        yield work
        replace_folder(work, target, private=private)


def not_writable(error: OSError, remedy: str = "Free it, or name another folder.") -> RunError:
    """Return the error for a reports folder that cannot be written to, with the system's reason."""
    return RunError(
        "The reports folder can be written to.",
        error.strerror or "an error of the file system",
        remedy,
    )


def write_frame(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a frame as `<name>.parquet` and `<name>.csv`."""
    write_parquet(frame, folder, name)
    write_csv(frame, folder / f"{name}.csv")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as csv: UTF-8, comma, null empty, a text like a formula with an apostrophe."""
    texts = frame.select_dtypes(include=["object", "string", "category"]).columns
    plain = frame.assign(**{one: frame[one].map(harmless) for one in texts})
    plain.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_parquet(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a frame as `<name>.parquet` alone."""
    frame.to_parquet(folder / f"{name}.parquet", index=False)


def read_frame(folder: Path, name: str) -> pd.DataFrame:
    """Read a frame that `write_frame` wrote."""
    return from_parquet(folder / f"{name}.parquet")


def from_parquet(source: Path | BytesIO) -> pd.DataFrame:
    """Return the frame of a Parquet file, of which pandas' own reader takes twice as long."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(source) as file:
        frame: pd.DataFrame = file.read().to_pandas()
    return frame


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write readable JSON: UTF-8, indented, dates as ISO text."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
