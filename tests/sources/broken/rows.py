"""Rows that are set aside or noted, and writing that is guessed: the run goes on and says so."""

from __future__ import annotations

from tests.sources.broken.town import Broken, Town


def changed(column: str, value: str, *numbers: int):
    """Return a breaking that writes a value into some rows."""

    def break_it(town: Town) -> None:
        town.set(column, value, *numbers)
        town.write()

    break_it.__name__ = f"{column}_is_{value}"
    return break_it


def mixed_dates(town: Town) -> None:
    for number in range(1, 11):
        town.set("Betalt", lambda date: date.replace("-", "/"), number)
    town.write()


def a_second_header(town: Town) -> None:
    lines = town.text.splitlines(keepends=True)
    town.write("".join([*lines[:31], lines[0], *lines[31:]]))


def a_line_thrice(town: Town) -> None:
    lines = town.text.splitlines(keepends=True)
    town.write("".join([*lines, lines[7], lines[7]]))


def no_break_spaces(town: Town) -> None:
    town.set("Beløb", lambda amount: f"\u00a0{amount.replace('.', chr(0xA0))} ")
    town.write()


def mixed_line_ends(town: Town) -> None:
    lines = town.text.split("\r\n")
    town.write("\r\n".join(lines[:20]) + "\n" + "\n".join(lines[20:]))


def separators_at_every_end(town: Town) -> None:
    town.write(town.text.replace("\r\n", ";\r\n"))


def vague_thousands(town: Town) -> None:
    town.detect()
    town.set("Beløb", lambda amount: amount.partition(",")[0])
    town.write()


def vague_days(town: Town) -> None:
    town.detect()
    for column, day in (("Modtaget", 3), ("Forfald", 9), ("Godkendt", 4), ("Betalt", 5)):
        for number, cells in enumerate(town.rows, start=1):
            month = cells[4][3:5]
            town.set(column, f"{day:02d}/{month}/2019", number)
    town.write()


def both_ways_of_days(town: Town) -> None:
    town.detect()
    town.set("Betalt", "11-20-2019", 41, 42)
    town.write()


def guessed_encoding(town: Town) -> None:
    town.detect()
    town.write()


def dos_encoding(town: Town) -> None:
    town.detect()
    town.write(encoding="cp850")


def utf_16_without_mark(town: Town) -> None:
    town.detect()
    town.write(encoding="utf-16-le")


def day_numbers_in_text(town: Town) -> None:
    town.detect()
    town.set("Betalt", "43789")
    town.write()


def lost_zeros_in_text(town: Town) -> None:
    town.source["widths"] = {"bill_id": 5}
    town.set("Nr", lambda number: number.lstrip("0"))
    town.write()


ROWS = [
    Broken(changed("Modtaget", "31-02-2019", 5), rule="unreadable_value", rows=1),
    Broken(changed("Modtaget", "01-11-19", 41, 42), rule="unreadable_value", rows=2),
    Broken(changed("Modtaget", "i går", 41), rule="unreadable_value", rows=1),
    Broken(changed("Modtaget", "01-11-1899", 41), rule="unreadable_value", rows=1),
    Broken(changed("Modtaget", "31-12-9999", 41), rule="words_for_nothing", rows=1),
    Broken(changed("Modtaget", "01-03-2020", 41, 42), rule="after_extraction", rows=2),
    Broken(changed("Beløb", "1.234,50 kr.", 7, 8, 9), rule="value_set_aside", rows=3),
    Broken(changed("Beløb", "12.50", 7), rule="value_set_aside", rows=1),
    Broken(changed("Er betalt", "måske", 7), rule="unreadable_value", rows=1),
    Broken(changed("CPR", "70170-1006", 6), rule="citizen_nine_digits", rows=1),
    Broken(changed("CPR", "310270-1006", 6, 7), rule="citizen_impossible_date", rows=2),
    Broken(changed("CPR", "Åse Ørsted06", 6), rule="citizen_malformed", rows=1),
    Broken(changed("Kontor", "TasiilaqÃ¦", 3, 4), rule="damaged_letters", rows=2),
    Broken(
        changed("Nr", "00001", 2, 3),
        5,
        ("key_with_other_content, 3 rows, in bills.csv", "Say which of them holds"),
    ),
    Broken(a_line_thrice, rule="repeated_key", rows=2),
    Broken(changed("Nr", "", 2), rule="bill_id_missing", rows=1),
    Broken(changed("Modtaget", "", 2), rule="received_at_missing", rows=1),
    Broken(mixed_dates, rule="unreadable_value", rows=10),
    Broken(a_second_header, rule="unreadable_value", rows=1),
    Broken(no_break_spaces),
    Broken(mixed_line_ends),
    Broken(separators_at_every_end),
    Broken(vague_thousands, rule="doubtful_numbers", rows=60),
    Broken(vague_days, rule="doubtful_dates", rows=240),
    Broken(both_ways_of_days, 5, ("bills.csv: Betalt", "two_orders_of_days, 2 rows", "as csv")),
    Broken(guessed_encoding, rule="doubtful_encoding"),
    Broken(dos_encoding, rule="doubtful_encoding"),
    Broken(utf_16_without_mark, rule="doubtful_encoding"),
    Broken(day_numbers_in_text, rule="dates_as_numbers", rows=60),
    Broken(lost_zeros_in_text, rule="zeros_put_back", rows=60),
]
