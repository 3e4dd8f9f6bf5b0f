"""Pages, pictures, alternative texts and forms tell no more than the disclosed frames do.

Two towns differ in what became of a person in a hidden quarter, and in how many rows were set aside
(three, four). Their disclosed frames are the same. So every file of their reports must be, to the
byte, but for the checksum of the extract and what follows from it: whoever has the one report
cannot tell which of the towns it is about.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from kpi.periods import Period
from kpi.record import payload, read_run
from kpi.run import Places, run
from tests.town import QUARTER_FILE, TARGETS_FILE, build_town

pytestmark = pytest.mark.slow

QUARTER = Period(2019, 4)
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
HEADER = "Nr;CPR;Kontor;Received;Due;Approved;Sent;Posted;Paid;Is paid"
STEPS = {"approved_at": "Approved", "sent_at": "Sent", "posted_at": "Posted", "office": "Kontor"}
OF_CHECKSUMS = re.compile(r"(tag)?manifest-sha(256|512)\.txt|approval\.json")
"""Files that hold checksums of other files, or of the report's content, and nothing else."""


def bill(number: int, month: int, took: tuple[int, int, int, int], due: int = 14) -> str:
    """Return a bill received on the 2nd of a month, and the day of each step after it."""
    days = [2, due, *(2 + sum(took[: place + 1]) for place in range(len(took)))]
    dates = [f"{day:02d}-{month:02d}-2019" for day in days]
    person = f"{number % 28 + 1:02d}0170-{1000 + number}"
    office = "ABC"[number % 3] if month > 9 else "A"
    return ";".join([str(number), person, office, *dates, "Ja"])


def bills(*, is_late: bool, aside: int) -> str:
    """Return three bills of a hidden quarter, the last late or not, and ninety of the quarter."""
    hidden = [bill(number, 8, (1, 1, 1, 1)) for number in (1, 2)]
    hidden.append(bill(3, 8, (4, 4, 4, 8) if is_late else (1, 1, 1, 1)))
    shown = [
        bill(number, 10 + number % 3, (number % 4, number % 3, number % 5, 1 + number % 7))
        for number in range(11, 101)
    ]
    twice = shown[:aside]
    return "\r\n".join([HEADER, *hidden, *shown, *twice]) + "\r\n"


def report_of(folder: Path, extract: str) -> Path:
    """Make the report of a town with all forms but those of paper, and the real notebooks."""
    folder.mkdir()
    places = build_town(folder)
    (places.data / "bills.csv").write_text(extract, encoding="cp1252", newline="")
    names = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if path.stem != "03_payments")
    for name in names:
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", places.notebooks)
    columns = "\n      ".join(f"{name}: {column}" for name, column in STEPS.items())
    quarter = QUARTER_FILE.replace("approved_at: Approved", columns)
    quarter = quarter.replace("notebooks: [committee]", f"notebooks: [{', '.join(names)}]")
    quarter = quarter.replace("forms: [html]", "forms: [html, docx, xlsx, csv]")
    (places.params / "2019Q4.yaml").write_text(quarter, encoding="utf-8")
    targets = TARGETS_FILE + "    groups: [office]\n"
    (places.params / "targets.yaml").write_text(targets, encoding="utf-8")
    return made(places)


def made(places: Places) -> Path:
    """Make a report."""
    return run(QUARTER, places, lambda _: None)


def told(folder: Path) -> dict[str, bytes]:
    """Return every file of a report, also within others, without the checksums of its extract."""
    (extract,) = read_run(folder).inputs
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not OF_CHECKSUMS.fullmatch(path.name):
            for name, content in parts(path):
                found[f"{path.relative_to(folder)}{name}"] = without(content, extract.sha256)
    return found


def parts(path: Path) -> list[tuple[str, bytes]]:
    """Return the content of a file, or of what is packed in it."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(BytesIO(content)):
        return [("", content)]
    with zipfile.ZipFile(BytesIO(content)) as packed:
        return [(f"/{name}", packed.read(name)) for name in sorted(packed.namelist())]


def without(content: bytes, checksum: str) -> bytes:
    """Take the checksum of the extract out, in full or as its beginning."""
    for length in (64, 16, 12, 8):
        content = content.replace(checksum[:length].encode(), b"checksum")
    return content


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The reports of both towns."""
    folder = tmp_path_factory.mktemp("towns")
    one = report_of(folder / "one", bills(is_late=False, aside=3))
    return one, report_of(folder / "other", bills(is_late=True, aside=4))


def test_the_extracts_differ_and_the_disclosed_frames_do_not(reports: tuple[Path, Path]) -> None:
    """What is shown is of many cases; the hidden quarter is hidden in both."""
    one, other = reports
    assert read_run(one).inputs[0].sha256 != read_run(other).inputs[0].sha256
    frames = sorted(path.name for path in payload(one).glob("*.parquet"))
    assert len(frames) > 10
    for name in frames:
        assert (payload(one) / name).read_bytes() == (payload(other) / name).read_bytes(), name
    shown = (payload(one) / "results.csv").read_text(encoding="utf-8")
    assert re.search(r"^payments_on_time,1,2019Q3,quarter,.*hidden", shown, re.MULTILINE)
    assert re.search(r"^payments_on_time,1,2019Q4,quarter,,[^,]*,90,", shown, re.MULTILINE)


def test_no_file_of_a_report_tells_which_town_it_is(reports: tuple[Path, Path]) -> None:
    """Pages with their pictures and alternative texts, notebooks, run.json, workbook, open data."""
    one, other = map(told, reports)
    assert len(one) > 40
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    page = one["annex.en.html"].decode()
    assert "<svg" in page
    assert 'role="img"' in page
