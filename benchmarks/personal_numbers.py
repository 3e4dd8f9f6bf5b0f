"""How often the gate finds a personal number, and how often it takes something else for one.

Run: python benchmarks/personal_numbers.py [--demo FOLDER] [--texts 100000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kpi.publication.contents import contents
from kpi.publication.gate import hits
from kpi.publication.gate_persons import personal_numbers, plain
from kpi.publication.gate_reading import texts_of
from kpi.sources.encodings import detect_encoding
from kpi.sources.pseudonyms import read_cpr

EPOCH = dt.datetime(2010, 1, 1)
WORDS = ("sagen", "er", "sendt", "til", "Økonomi", "og", "regninger", "i", "alt", "uge", "kroner")
SPELLINGS: dict[str, str] = {
    "DDMMYYSSSS": "{0}{1}{2}{3}{4}",
    "DDMMYY-SSSS": "{0}{1}{2}-{3}{4}",
    "DDMMYY SSSS": "{0}{1}{2} {3}{4}",
    "DDMMYY–SSSS, no-break space, soft hyphen": "{0}{1}{2}\u00a0–\u00a0{3}\u00ad{4}",
    "DDMMYY.SSSS, /, _": "{0}{1}{2}{6}{3}{4}",
    "DD.MM.YY-SSSS": "{0}.{1}.{2}-{3}{4}",
    "DD/MM/YY SSSS": "{0}/{1}/{2} {3}{4}",
    "DD-MM-YYYY-SSSS": "{0}-{1}-{5}{2}-{3}{4}",
    "DD MM YY SS SS": "{0} {1} {2} {3} {4}",
    "nrDDMMYYSSSS_": "nr{0}{1}{2}{3}{4}_",
}


def person(draw: random.Random) -> tuple[str, str]:
    """Draw a valid number and the century of its year."""
    while True:
        born = dt.date(1930, 1, 1) + dt.timedelta(days=draw.randrange(365 * 90))
        first = draw.choice("0123" if born.year < 2000 else "49")
        number = f"{born:%d%m%y}{first}{draw.randrange(1000):03d}"
        if number.startswith("0101") or not read_cpr(number)[1]:
            return number, str(born.year)[:2]


def digits(draw: random.Random, count: int) -> str:
    """Draw so many digits, the first not zero."""
    return str(draw.randrange(10 ** (count - 1), 10**count))


def in_words(draw: random.Random, number: str) -> str:
    """Put a number among words."""
    words = draw.choices(WORDS, k=12)
    words.insert(draw.randrange(12), number)
    return " ".join(words)


def _day(draw: random.Random) -> dt.datetime:
    return EPOCH + dt.timedelta(draw.randrange(4000))


ORDINARY: dict[str, Callable[[random.Random], str]] = {
    "case numbers EMN-2020-00627": lambda d: f"EMN-{digits(d, 4)}-{digits(d, 5)}",
    "case numbers of 6 to 9 digits": lambda d: digits(d, d.randrange(6, 10)),
    "case numbers of ten digits, alone": lambda d: digits(d, 10),
    "twenty case numbers of ten digits": lambda d: ", ".join(digits(d, 10) for _ in range(20)),
    "amounts 1.234.567,89": lambda d: f"{d.randrange(10**9):,}".replace(",", ".") + ",50",
    "amounts 1234567.89": lambda d: f"{d.uniform(0, 10**10):.2f}",
    "numbers with many decimals": lambda d: repr(d.uniform(0, 10 ** d.randrange(7))),
    "four counts in a row": lambda d: " ".join(digits(d, d.randrange(1, 5)) for _ in range(4)),
    "days and moments": lambda d: str(EPOCH + dt.timedelta(seconds=d.randrange(4 * 10**8))),
    "moments with their zone": lambda d: (EPOCH + dt.timedelta(seconds=d.randrange(4 * 10**8)))
    .astimezone(dt.UTC)
    .isoformat(d.choice(" T")),
    "a date and a count": lambda d: f"{_day(d):%d.%m.%Y} {digits(d, 4)}",
    "telephones": lambda d: " ".join(digits(d, 2) for _ in range(4)),
    "checksums": lambda d: hashlib.sha256(d.randbytes(8)).hexdigest(),
    "random signs": lambda d: "".join(d.choices("0123456789-. /_ab", k=80)),
}  # fmt: skip


def is_found(text: str) -> bool:
    """Tell whether the gate would stop a text."""
    return bool(personal_numbers(plain(text)))


def of_random_text(texts: int) -> None:
    """Print both rates on random text."""
    draw = random.Random(18)  # noqa: S311 - the same texts each time
    print(f"Personal numbers found, of {texts} in each spelling")
    for name, spelling in SPELLINGS.items():
        found = 0
        for _ in range(texts):
            ten, century = person(draw)
            parts = (ten[:2], ten[2:4], ten[4:6], ten[6:8], ten[8:], century, draw.choice("./_"))
            found += is_found(in_words(draw, spelling.format(*parts)))
        print(f"  {name:<42} {found / texts:9.4%}")
    print(f"Taken for one, of {texts} texts with something else")
    for name, ordinary in ORDINARY.items():
        found = sum(is_found(in_words(draw, ordinary(draw))) for _ in range(texts))
        print(f"  {name:<42} {found / texts:9.4%}")


def of_extracts(demo: Path) -> None:
    """Print which columns of the demo's extracts hold personal numbers, as the gate sees it."""
    print("Columns of the demo's extracts: values taken for personal numbers")
    for path in sorted(demo.glob("*.csv")):
        encoding = detect_encoding(path.name, [path.read_bytes()]).name
        frame = pd.read_csv(path, sep=None, engine="python", dtype=str, encoding=encoding)
        for column in frame:
            values = frame[column].dropna().drop_duplicates()
            found = sum(map(is_found, values))
            if found or values.str.contains(r"\d{5}").any():
                print(f"  {path.name} {column}: {found} of {len(values)}")


def of_reports(reports: Path) -> None:
    """Print what the gate finds in the demo's reports."""
    print("Files of reports: what the gate finds")
    for run in sorted(reports.glob("*/data/run.json")):
        folder = run.parents[1]
        files = [folder / place for place in contents(folder)]
        found = sum(1 for path in files for _ in hits(texts_of(path, path.name), {}))
        size = sum(path.stat().st_size for path in files)
        print(f"  {folder.name}: {found} in {len(files)} files, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--demo", type=Path, default=Path("data/demo"))
    reading.add_argument("--reports", type=Path, default=Path("reports"))
    reading.add_argument("--texts", type=int, default=20_000)
    asked = reading.parse_args()
    of_random_text(asked.texts)
    of_extracts(asked.demo)
    of_reports(asked.reports)
