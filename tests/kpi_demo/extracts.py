"""How the tests read the synthetic extracts: as text, then each column on its own."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

PARAMS = Path(__file__).resolve().parents[2] / "params" / "2019Q4.yaml"
SOURCES = {
    name: source
    for name, source in yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["sources"].items()
    if "file" in source
}
CSV = [name for name, source in SOURCES.items() if source["file"].endswith(".csv")]
AS_OF = pd.Timestamp("2020-01-15")
QUARTERS = [f"{year}Q{number}" for year in (2018, 2019) for number in (1, 2, 3, 4)]


def read_texts(data, source):
    path = data / source["file"]
    if "sheet" in source:
        table = pd.read_excel(path, sheet_name=source["sheet"], dtype=object, engine="openpyxl")
        table = table.astype(object).where(table.notna(), "")
    else:
        form = source["format"]
        table = pd.read_csv(
            path,
            sep=form["separator"],
            encoding=form["encoding"],
            dtype=str,
            keep_default_na=False,
        )
    table = table.rename(columns={danish: name for name, danish in source["columns"].items()})
    for column, words in source.get("values", {}).items():
        table[column] = table[column].map(lambda word, words=words: words.get(word, word))
    return table


def days(column: pd.Series) -> pd.Series:
    """Read dd-mm-yyyy, or real dates of a workbook; everything else is missing."""
    texts = column.map(lambda cell: f"{cell:%d-%m-%Y}" if isinstance(cell, dt.date) else str(cell))
    return pd.to_datetime(texts, format="%d-%m-%Y", errors="coerce").dt.as_unit("s")


def form_of(number) -> str:
    """Tell what is found of a CPR number's form."""
    digits = re.sub(r"[\s-]", "", str(number))
    if not re.fullmatch(r"\d{9,10}", digits):
        return "malformed" if digits else ""
    whole = digits.zfill(10)
    day, month, year = int(whole[:2]), int(whole[2:4]), int(whole[4:6])
    try:
        dt.date(1900 + year, month, day)
    except ValueError:
        return "impossible_date"
    if len(digits) == 9:
        return "nine_digits"
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    total = sum(weight * int(digit) for weight, digit in zip(weights, whole, strict=True))
    return "modulus_11" if total % 11 else ""


def persons(column: pd.Series) -> pd.Series:
    """Read CPR numbers as ten digits; what is no number is missing."""
    digits = column.map(lambda number: re.sub(r"[\s-]", "", str(number)))
    return digits.where(digits.str.fullmatch(r"\d{9,10}")).str.zfill(10)


def of_citizens(table: pd.DataFrame) -> pd.Series:
    """Tell the rows whose citizen has a number that can be one."""
    forms = table["citizen"].map(form_of)
    return (table["citizen"] != "") & ~forms.isin(["malformed", "impossible_date"])


def quarter(moments: pd.Series) -> pd.Series:
    return moments.dt.to_period("Q").astype(str)


def in_group_3(group_3, people, moments):
    """Tell who was in match group 3 on their day."""
    joined = pd.DataFrame({"person": people, "day": moments}).reset_index().merge(group_3, "left")
    there = joined["day"].between(joined["first"], joined["last"])
    return there.groupby(joined["index"]).any()


def outcomes(bills: pd.DataFrame) -> pd.Series:
    unknown = bills["is_paid"] & bills["Betalt"].isna()
    met = bills["Betalt"] <= bills["due_at"]
    return pd.Series(np.select([unknown, met], ["unknown", "met"], "missed"), bills.index)
