"""Text files that nobody should make figures of."""

from __future__ import annotations

import gzip
import io
import zipfile

from tests.sources.broken.town import HEADER, Broken, Town


def wrong_separator(town: Town) -> None:
    town.write(town.text.replace(";", "\t"))


def cut_off(town: Town) -> None:
    town.write(town.text[:-40])


def cut_in_a_quoted_text(town: Town) -> None:
    town.set("Kontor", '"Nuuk\r\ncentrum"')
    town.write(town.text[: -len('centrum"\r\n')])


def binary(town: Town) -> None:
    (town.data / "bills.csv").write_bytes(bytes(range(256)) * 80)


def two_encodings(town: Town) -> None:
    town.detect()
    lines = town.text.splitlines(keepends=True)
    parts = [line.encode("utf-8" if place % 2 else "cp1252") for place, line in enumerate(lines)]
    (town.data / "bills.csv").write_bytes(b"".join(parts))


def another_encoding(town: Town) -> None:
    town.source["format"]["encoding"] = "utf-8"
    town.write()


def unknown_encoding(town: Town) -> None:
    town.source["format"]["encoding"] = "windows-dansk"
    town.write()


def column_twice(town: Town) -> None:
    town.write(town.text.replace("Navn", "Betalt", 1))


def no_header(town: Town) -> None:
    town.write(town.text.partition("\r\n")[2])


def header_only(town: Town) -> None:
    town.write(HEADER + "\r\n")


def empty(town: Town) -> None:
    town.write("")


def renamed(town: Town) -> None:
    text = town.text.replace("Modtaget", "Modtagelsesdato", 1).replace("Forfald", "Forfaldsdato", 1)
    town.write(text)


def all_renamed(town: Town) -> None:
    names = "Bilagsnummer;Personnr;Navn;Sum;Ind;Frist;Ok;Ud;Afsluttet;Sted"
    town.write(town.text.replace(HEADER, names))


def words_renamed(town: Town) -> None:
    town.source["constants"] = {}
    town.source["columns"]["kind"] = "Er betalt"
    town.source["values"] = {"kind": {"Regning": "bill", "Kreditnota": "credit_note"}}
    town.set("Er betalt", "Kreditnota", 1, 2)
    town.write()


def names_for_numbers(town: Town) -> None:
    town.source["columns"]["citizen"] = "Navn"
    town.write()


def unnamed_columns(town: Town) -> None:
    town.write(town.text.replace("Modtaget;Forfald", ";", 1))


def rows_end_in_a_separator(town: Town) -> None:
    head, _, rest = town.text.partition("\r\n")
    town.write(head + "\r\n" + rest.replace("\r\n", ";\r\n"))


def separator_in_a_text(town: Town) -> None:
    town.set("Kontor", "Nuuk; centrum", 31)
    town.write()


def quote_not_closed(town: Town) -> None:
    town.set("Kontor", '"Nuuk', 30)
    town.write()


def zero_bytes(town: Town) -> None:
    town.set("Kontor", "Nu\0uk", 30)
    town.write()


def a_line_of_a_gigabyte(town: Town) -> None:
    """Packed: sixty-four times the same sixteen megabytes, one after the other."""
    town.source["file"] = "bills.csv.gz"
    part = gzip.compress(b"x" * (16 << 20), compresslevel=1)
    with (town.data / "bills.csv.gz").open("wb") as file:
        file.write(gzip.compress(f"{HEADER}\r\n".encode("cp1252")))
        for _ in range(64):
            file.write(part)


def a_gigabyte_of_zeros(town: Town) -> None:
    """Sparse, as a crashed copy leaves it."""
    town.write()
    with (town.data / "bills.csv").open("r+b") as file:
        file.truncate(1 << 30)


def packed_and_cut_off(town: Town) -> None:
    town.source["file"] = "bills.csv.gz"
    (town.data / "bills.csv.gz").write_bytes(gzip.compress(town.text.encode("cp1252"))[:-30])


def packed_and_damaged(town: Town) -> None:
    town.source["file"] = "bills.csv.gz"
    packed = bytearray(gzip.compress(town.text.encode("cp1252")))
    packed[len(packed) // 2] ^= 0xFF
    (town.data / "bills.csv.gz").write_bytes(bytes(packed))


def a_zip_named_csv(town: Town) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bills.csv", town.text)
    (town.data / "bills.csv").write_bytes(buffer.getvalue())


def a_pdf_named_csv(town: Town) -> None:
    town.write("%PDF-1.7\n" + town.text)


def a_web_page_named_csv(town: Town) -> None:
    town.write("<!DOCTYPE html><html><body>Log ind</body></html>")


def two_files_in_one(town: Town) -> None:
    town.source["format"]["encoding"] = "utf-8-sig"
    text = town.text.encode("utf-8-sig")
    (town.data / "bills.csv").write_bytes(text + text)


def utf_16_declared_otherwise(town: Town) -> None:
    town.write(encoding="utf-16-le")


def years_of_two_digits(town: Town) -> None:
    for column in ("Modtaget", "Forfald", "Godkendt", "Betalt"):
        town.set(column, lambda date: date.replace("2019", "19"))
    town.write()


def decimal_points(town: Town) -> None:
    town.set("Beløb", lambda amount: amount.replace(".", "").replace(",", "."))
    town.write()


def units(town: Town) -> None:
    town.set("Beløb", lambda amount: f"{amount} kr.")
    town.write()


def json_named_csv(town: Town) -> None:
    town.write('{"bills": [{"Nr": 1, "Navn": "Åse Ørsted01"}]}\n')


def another_table(town: Town) -> None:
    town.write("Plan;Medarbejder;Fra\r\nA1;ab;01-10-2019\r\n")


TEXTS = [
    Broken(wrong_separator, 3, ("bills.csv", "one column only", r"'\t'")),
    Broken(cut_off, 3, ("bills.csv", "1 row", "line 61", "cut off")),
    Broken(cut_in_a_quoted_text, 3, ("bills.csv", "quotation mark", "cut off")),
    Broken(binary, 3, ("bills.csv", "open it and see")),
    Broken(two_encodings, 3, ("bills.csv", "UTF-8 and others in Windows-1252", "one encoding")),
    Broken(another_encoding, 3, ("bills.csv", "another encoding", "cp1252")),
    Broken(unknown_encoding, 3, ("bills.csv", "windows-dansk", "Declare utf-8")),
    Broken(column_twice, 4, ("bills.csv", '"Betalt" stands twice', "different names")),
    Broken(no_header, 4, ("bills.csv", "first row has values", "Draw it with a header")),
    Broken(header_only, 3, ("bills.csv", "never a zero", "Draw the extract again")),
    Broken(empty, 3, ("bills.csv is empty", "never a zero")),
    Broken(
        renamed,
        4,
        (
            "bills.csv",
            '"Modtaget" (Did you mean "Modtagelsesdato"?)',
            '"Forfaldsdato"',
            "`columns`",
        ),
    ),
    Broken(all_renamed, 4, ('no column "Nr"', 'no column "Kontor"', '"Bilagsnummer"', "`columns`")),
    Broken(words_renamed, 3, ("Er betalt", "58 of 60", 'it has no "Regning"', "values: {kind:")),
    Broken(names_for_numbers, 3, ("Navn", "60 of 60", "ten digits", "person_numbers: any")),
    Broken(unnamed_columns, 4, ('no column "Modtaget"', "2 of its columns have no name")),
    Broken(rows_end_in_a_separator, 3, ("60 rows", "10 of the header", "with 11", "separator")),
    Broken(separator_in_a_text, 3, ("1 row", "line 32", "quotation marks")),
    Broken(quote_not_closed, 3, ("bills.csv", "quotation mark", "quote: none")),
    Broken(zero_bytes, 3, ("bills.csv", "zero bytes", "utf-16")),
    Broken(a_line_of_a_gigabyte, 3, ("bills.csv.gz", "at most 1 MiB", "draw it again")),
    Broken(a_gigabyte_of_zeros, 3, ("bills.csv", "zero bytes")),
    Broken(packed_and_cut_off, 3, ("bills.csv.gz is cut off or damaged", "Copy or draw it again")),
    Broken(packed_and_damaged, 3, ("bills.csv.gz", "draw it again")),
    Broken(a_zip_named_csv, 3, ("bills.csv", "a zip archive", "Unpack it")),
    Broken(a_pdf_named_csv, 3, ("bills.csv", "a PDF")),
    Broken(a_web_page_named_csv, 3, ("bills.csv", "a web page")),
    Broken(two_files_in_one, 3, ("bills.csv", "put together", "pattern")),
    Broken(utf_16_declared_otherwise, 3, ("bills.csv", "zero bytes", "utf-16")),
    Broken(years_of_two_digits, 3, ("Modtaget", "60 of 60", "99-99-99", "four digits")),
    Broken(decimal_points, 3, ("Beløb", "60 of 60", "9999.99", "Declare decimal")),
    Broken(units, 3, ("Beløb", "60 of 60", "9.999,99 aa.", "unit")),
    Broken(json_named_csv, 3, ("bills.csv", "one column only")),
    Broken(another_table, 4, ("bills.csv", 'no column "Nr"', '"Medarbejder"')),
]
