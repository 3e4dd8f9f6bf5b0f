"""Mutate a good extract a thousand times, and count what gives another figure in silence.

    python benchmarks/mutations.py [--times 1000] [--seed 1] [--show]

A small town has 60 bills, of which 40 are due in the quarter and 30 of these are paid on time. Each
mutation does to its extract what happens to extracts: a byte or a bit flips, the file is cut off, a
line is cut or lost, a cell, a row or a column is exchanged, a word becomes another, a sign comes in
or goes. What comes of it is one of

    right     the figure is the right one
    stop      the run ends with a message
    finding   the figure is another, and a finding that the good extract has not tells of it
    sound     the figure is another, and so are the sound values of the extract: a day that became
              another day, a line that is not there. Nothing in the file shows it
    silent    the figure is another, and nothing tells of it
    crash     an error that is none of the program's own
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from kpi.engine import open_engine
from kpi.errors import KpiError
from kpi.figures.cases import measure
from kpi.params import load_params
from kpi.periods import Period
from kpi.quality import QualityReport
from kpi.run import Places
from kpi.run.figures import accept

QUARTER = Period(2019, 4)
PARAMETERS = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2019Q3
organisation: {name: A small town}
calendar: {country: GL, timezone: America/Nuuk}
sources:
  bills:
    file: bills.csv
    columns:
      bill_id: Nr
      supplier: Leverandør
      invoice_number: Faktura
      amount_dkk: Beløb
      kind: Bilagstype
      received_at: Modtaget
      due_at: Forfald
      approved_at: Godkendt
      paid_at: Betalt
      is_paid: Er betalt
      is_cancelled: Annulleret
      office: Kontor
    values: {kind: {Regning: bill, Kreditnota: credit_note}}
"""
TARGETS = """
metrics:
  payments_on_time:
    counting:
      - {due: {column: due_at}, quarter_by: due}
    targets:
      - {direction: at_least, value: 0.75}
    groups: [office]
"""
COUNTED = """
SELECT group_office, outcome, count(*) FROM cases_payments_on_time WHERE quarter = ? GROUP BY ALL
"""
HEADER = (
    "Nr;Leverandør;Faktura;Beløb;Bilagstype;Modtaget;Forfald;Godkendt;Betalt;Er betalt;"
    "Annulleret;Kontor"
)
WORDS = ("Ja", "Nej", "Regning", "Kreditnota", "Nuuk", "Tasiilaq", "Maniitsoq", "")
SIGNS = ('"', "'", ";", ",", "\n", "\r", "\t", "\0", "\ufeff", "\u200b", "\u00a0", "\x1a", "-", ".")


def bill(number: int) -> str:
    """Return a bill: 20 of the quarter before, then 40, of which 5 are late and 5 unpaid."""
    month, day = (8, number) if number <= 20 else (10 + number % 2, (number - 20) // 2 + 1)
    is_late, is_open = 50 < number <= 55, number > 55
    dates = [f"{day:02}-{month:02}", f"{day + 7:02}-{month:02}", f"{day + 1:02}-{month:02}"]
    paid = f"{day + 6:02}-{month:02}" if not is_late else f"{day + 3:02}-{month + 1:02}"
    dates.append("" if is_open else paid)
    written = [f"{one}-2019" if one else "" for one in dates]
    office = ("Nuuk", "Tasiilaq", "Maniitsoq")[number % 3]
    return ";".join(
        [
            f"B{number:04}",
            f"L{number % 7:03}",
            f"F-{number:03}",
            f"1.{number:03},50",
            "Regning",
            *written,
            "Nej" if is_open else "Ja",
            "Nej",
            office,
        ]
    )


GOOD = "\r\n".join([HEADER, *(bill(number) for number in range(1, 61))]) + "\r\n"
Lines = list[str]
Mutation = Callable[[random.Random], bytes]
MUTATIONS: dict[str, Mutation] = {}


def _of_bytes(change: Callable[[random.Random, bytearray, int], None]) -> None:
    def mutate(draw: random.Random) -> bytes:
        data = bytearray(GOOD.encode())
        change(draw, data, draw.randrange(len(data)))
        return bytes(data)

    MUTATIONS[change.__name__] = mutate


def _of_cells(change: Callable[[random.Random, list[Lines]], None]) -> None:
    def mutate(draw: random.Random) -> bytes:
        rows = [line.split(";") for line in GOOD.splitlines()]
        change(draw, rows)
        return ("\r\n".join(";".join(row) for row in rows) + "\r\n").encode()

    MUTATIONS[change.__name__] = mutate


def _of_lines(change: Callable[[random.Random, Lines], None]) -> None:
    def mutate(draw: random.Random) -> bytes:
        lines = GOOD.splitlines()
        change(draw, lines)
        return ("\r\n".join(lines) + "\r\n").encode()

    MUTATIONS[change.__name__] = mutate


@_of_bytes
def flip_a_bit(draw: random.Random, data: bytearray, at: int) -> None:
    data[at] ^= 1 << draw.randrange(8)


@_of_bytes
def another_byte(draw: random.Random, data: bytearray, at: int) -> None:
    data[at] = draw.randrange(256)


@_of_bytes
def lose_a_byte(_: random.Random, data: bytearray, at: int) -> None:
    del data[at]


@_of_bytes
def cut_off(_: random.Random, data: bytearray, at: int) -> None:
    del data[at:]


@_of_bytes
def lose_a_piece(draw: random.Random, data: bytearray, at: int) -> None:
    del data[at : at + draw.randrange(2, 400)]


@_of_bytes
def a_sign_comes_in(draw: random.Random, data: bytearray, at: int) -> None:
    data[at:at] = draw.choice(SIGNS).encode()


@_of_bytes
def two_signs_come_in(draw: random.Random, data: bytearray, at: int) -> None:
    sign = draw.choice(SIGNS).encode()
    for place in (at, draw.randrange(len(data))):
        data[place:place] = sign


@_of_lines
def cut_a_line(draw: random.Random, lines: Lines) -> None:
    at = draw.randrange(len(lines))
    lines[at] = lines[at][: draw.randrange(len(lines[at]))]


@_of_lines
def repeat_a_line(draw: random.Random, lines: Lines) -> None:
    lines.insert(draw.randrange(1, len(lines)), draw.choice(lines))


@_of_lines
def lose_a_line(draw: random.Random, lines: Lines) -> None:
    del lines[draw.randrange(len(lines))]


@_of_lines
def join_two_lines(draw: random.Random, lines: Lines) -> None:
    at = draw.randrange(len(lines) - 1)
    lines[at : at + 2] = [lines[at] + lines[at + 1]]


@_of_lines
def a_title_or_a_total(draw: random.Random, lines: Lines) -> None:
    at = draw.choice([0, 1, len(lines)])
    lines.insert(
        at, draw.choice(["Regninger 2019", "I alt;;;61.830,00", "", "-----;-----", "sep=;"])
    )


@_of_cells
def exchange_two_cells(draw: random.Random, rows: list[Lines]) -> None:
    row = draw.choice(rows)
    one, other = draw.sample(range(len(row)), 2)
    row[one], row[other] = row[other], row[one]


@_of_cells
def exchange_two_headings(draw: random.Random, rows: list[Lines]) -> None:
    one, other = draw.sample(range(len(rows[0])), 2)
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]


@_of_cells
def exchange_two_columns(draw: random.Random, rows: list[Lines]) -> None:
    one, other = draw.sample(range(len(rows[0])), 2)
    for row in rows:
        row[one], row[other] = row[other], row[one]


@_of_cells
def shift_a_row(draw: random.Random, rows: list[Lines]) -> None:
    row = draw.choice(rows)
    at = draw.randrange(len(row))
    if draw.random() < 0.5:
        row.insert(at, "")
    else:
        del row[at]


@_of_cells
def another_word(draw: random.Random, rows: list[Lines]) -> None:
    row = draw.choice(rows[1:])
    words = [at for at, cell in enumerate(row) if cell in WORDS]
    row[draw.choice(words)] = draw.choice([*WORDS, "NULL", "N/A", "Ukendt", "SAND", "0", "x"])


@_of_cells
def a_word_throughout(draw: random.Random, rows: list[Lines]) -> None:
    at = draw.randrange(len(rows[0]))
    old = draw.choice(rows[1:])[at]
    new = draw.choice(["NULL", "", "Ja", "Nej", "01-01-1900", "31-12-9999", "x", "#N/A", "Rykker"])
    for row in rows[1:]:
        row[at] = new if row[at] == old else row[at]


@_of_cells
def dates_in_another_form(draw: random.Random, rows: list[Lines]) -> None:
    """Write the dates of a column, or of some rows of it, as another system does."""
    at, part = draw.randrange(5, 9), draw.choice([0.05, 0.5, 1.0])
    form = draw.choice([r"\3-\2-\1", r"\2-\1-\3", r"\1.\2.\3", r"\2/\1/\3", r"\1-\2-19", r"\3\2\1"])
    for row in rows[1:]:
        if draw.random() < part:
            row[at] = re.sub(r"(\d\d)-(\d\d)-(20\d\d)", form, row[at])


class Read(NamedTuple):
    """What came of an extract: the figures of the quarter, and the findings."""

    figures: frozenset[tuple[object, ...]]
    findings: frozenset[tuple[object, ...]]


def town(folder: Path) -> Places:
    """Write the parameters of the town; return where its files are."""
    places = Places(folder / "params", folder / "data", folder / "notebooks", folder / "reports")
    for place in (places.params, places.data, places.reports):
        place.mkdir()
    (places.params / "2019Q4.yaml").write_text(PARAMETERS, encoding="utf-8")
    (places.params / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    return places


def read(places: Places, data: bytes) -> Read:
    """Read an extract and count its cases by outcome; KpiError where the run stops."""
    (places.data / "bills.csv").write_bytes(data)
    params = load_params(places.params, QUARTER, places.unit)
    with open_engine(places.reports / "tables", few_rows=True) as backend:
        quality = accept(backend, params, places, None, lambda _: None)
        measure(backend, params)
        counted = backend.con.execute(COUNTED, [str(QUARTER)]).fetchall()
    return Read(frozenset(counted), told(quality))


def told(quality: QualityReport) -> frozenset[tuple[object, ...]]:
    """Return what was found, by rule, number of rows and place."""
    return frozenset(
        (table.table, one.rule, one.rows, one.where)
        for table in quality.tables
        for one in table.broken
    )


def sound_values(data: bytes) -> bool:
    """Tell whether what differs from the good extract are whole lines with sound values alone."""
    try:
        lines = data.decode().split("\r\n")
    except UnicodeDecodeError:
        return False
    if lines[0] != HEADER or lines.pop() != "":
        return False
    day, yes_no = r"\d\d-\d\d-20(19|20)", "(Ja|Nej|SAND|0|)"
    sound = re.compile(
        rf"[^;]+;[^;]*;[^;]*;[\d.]+,\d\d;(Regning|Kreditnota);{day};{day};{day};({day}|);"
        rf"{yes_no};{yes_no};[^;]*"
    )
    return all(sound.fullmatch(line) for line in lines[1:])


def outcome(places: Places, data: bytes, good: Read) -> str:
    """Tell what came of a mutated extract."""
    try:
        found = read(places, data)
    except KpiError:
        return "stop"
    except Exception as error:  # noqa: BLE001 - what a benchmark looks for
        print(f"{type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
        return "crash"
    if found.figures == good.figures:
        return "right"
    if found.findings - good.findings:
        return "finding"
    return "sound" if sound_values(data) else "silent"


OUTCOMES = ("right", "stop", "finding", "sound", "silent", "crash")


def main() -> None:
    """Mutate, count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="show what is silent or crashes")
    asked = parser.parse_args()
    counts: dict[str, Counter[str]] = {name: Counter() for name in MUTATIONS}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        places = town(Path(folder))
        good = read(places, GOOD.encode())
        for number, name in zip(range(asked.times), cycle(MUTATIONS), strict=False):
            draw = random.Random(f"{asked.seed} {number}")  # noqa: S311 - nothing secret
            data = MUTATIONS[name](draw)
            came = outcome(places, data, good)
            counts[name][came] += 1
            if asked.show and came in ("silent", "crash", "sound"):
                print(f"{came}: {name} {number}", *differing(data), sep="\n    ")
    print(f"{'':24}" + "".join(f"{one:>9}" for one in OUTCOMES))
    for name, of_it in counts.items():
        print(f"{name:24}" + "".join(f"{of_it[one] or '':>9}" for one in OUTCOMES))
    total = sum(counts.values(), Counter())
    print(f"{'all':24}" + "".join(f"{total[one]:>9}" for one in OUTCOMES))
    print(f"{time.perf_counter() - start:.0f} s")
    sys.exit(bool(total["silent"] + total["crash"]))


def differing(data: bytes) -> list[str]:
    """Return the lines that the good extract has not, and how many of its lines are gone."""
    good, lines = GOOD.splitlines(), data.decode(errors="replace").splitlines()
    new = [repr(line) for line in lines if line not in good]
    return [*new[:4], f"{len(set(good) - set(lines))} lines are gone"]


if __name__ == "__main__":
    main()
