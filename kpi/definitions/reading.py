"""What may be doubtful in how an extract was read, and what its owner can do about it.

A reading is a finding about whole columns or files, where a rule is about rows. Most are notes; a
reading that stops the run may be made a note in the parameters (`rules:`), by who has looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpi.definitions.rules import Severity


@dataclass(frozen=True)
class Reading:
    """A promise of an extract's writing: its words, and what to do where it is not kept.

    `casts_doubt` tells that a figure made of these columns may be another one than the system's.
    """

    id: str
    words: str
    remedy: str = ""
    severity: Severity = "note"
    casts_doubt: bool = False


READINGS = {
    one.id: one
    for one in (
        Reading(
            "doubtful_encoding",
            "It is certain in which encoding an extract is written",
            "Declare format.encoding when you have seen that its letters are right.",
        ),
        Reading(
            "doubtful_separator",
            "It is certain what separates the columns of an extract",
            "Declare format.separator.",
        ),
        Reading(
            "doubtful_dates",
            "The dates of an extract can be read in one way only",
            "Declare format.date when you have seen whether day or month stands first.",
            casts_doubt=True,
        ),
        Reading(
            "two_orders_of_days",
            "A column of dates has the day before the month throughout, or after it",
            "A spreadsheet program may have turned some of them around, or two systems write them "
            "differently. Draw the extract again as csv and open it in no spreadsheet program.",
            severity="stop",
            casts_doubt=True,
        ),
        Reading(
            "doubtful_numbers",
            "The numbers of an extract can be read in one way only",
            "Declare format.decimal when you have seen which sign stands before the decimals.",
            casts_doubt=True,
        ),
        Reading(
            "dates_as_numbers",
            "Dates are written as dates, not as day numbers (they were read)",
            "Format the column as dates, or declare format.date: excel.",
        ),
        Reading(
            "formulas",
            "The cells of a workbook hold values, not formulas (their values were read)",
            "Have values drawn: a formula may not have been computed anew.",
        ),
        Reading(
            "error_cells",
            "The cells of a workbook hold values, not errors such as #N/A",
            "Mend the formulas in the workbook, or have values drawn.",
            severity="stop",
            casts_doubt=True,
        ),
        Reading(
            "errors_unseen",
            "A workbook is of a kind in which errors such as #N/A can be told from empty cells",
            "Save it as xlsx or ods.",
            casts_doubt=True,
        ),
        Reading(
            "hidden_rows",
            "A sheet hides no rows (they were read)",
            "Take the filter or the hiding back, or leave the rows out of the extract.",
        ),
        Reading(
            "zeros_put_back",
            "Identifiers kept their leading zeros (they were put back)",
            "Have identifiers drawn as text.",
        ),
        Reading(
            "identifiers_as_numbers",
            "Identifiers are written as text, not as numbers with decimals (these were taken off)",
            "Have identifiers drawn as text.",
        ),
        Reading(
            "identifiers_cut",
            "Identifiers are whole, not numbers with an exponent",
            "A spreadsheet program has rounded them; what is lost cannot be put back. Draw the "
            "extract again and open it in no spreadsheet program.",
            severity="stop",
            casts_doubt=True,
        ),
        Reading(
            "identifiers_in_other_letters",
            "A case is written with the same capitals in every row (they were counted apart)",
            "Correct the log where two spellings are one case.",
        ),
        Reading(
            "groups_in_other_letters",
            "A group is written with the same capitals in every row (they were counted apart)",
            "Translate the spellings into one in `values` of that source: {office: {NUUK: Nuuk}}.",
        ),
        Reading(
            "groups_spelled_nearly_alike",
            "A group is spelled in one way (a rare spelling lacks or doubles a letter of a "
            "frequent one; they were counted apart)",
            "Where they are one, translate the rare one in `values` of that source: {office: {Nuk: "
            "Nuuk}}.",
        ),
        Reading(
            "rows_within_quotes",
            "No text in quotation marks holds whole rows",
            "A quotation mark that is no bracket swallows the rows up to the next. Have quotation "
            "marks within texts doubled, or declare format: {quote: none} if texts are in none.",
            severity="stop",
            casts_doubt=True,
        ),
        Reading(
            "last_line_without_end",
            "The last line of an extract has its end (it may be cut off)",
            "Compare its number of rows with the system's, or draw it again.",
            casts_doubt=True,
        ),
        Reading(
            "invisible_letters",
            "Texts have no letters that cannot be seen (they were taken out)",
            "Tell the system's owner; nothing else needs to be done.",
        ),
        Reading(
            "words_for_nothing",
            "What is missing is an empty cell, not a word or date (they were read as missing)",
            "Declare format.missing, or have empty cells drawn.",
        ),
        Reading(
            "zone_assumed",
            "It is said in which zone the times of an extract are (the report's was taken)",
            "Declare timezone of that source.",
        ),
        Reading(
            "one_row_tied",
            "Of the rows of a case one comes first (else the first in the file was taken)",
            "Name a column that tells the order of a case's rows as `by` of one_row.",
        ),
        Reading(
            "unread_in_query",
            "Each value that a query's files declare as a date or a number can be read as one",
            "Mend the extract, or read the column as text and let the query say what it means.",
            casts_doubt=True,
        ),
        Reading(
            "days_as_moments",
            "Days are written as days, not as midnights (no zone was applied to them)",
            "Have days drawn without a time.",
        ),
    )
}
READING_WORDS = {name: one.words for name, one in READINGS.items()}
