"""Rules that follow from the declared columns, and that every rule of every table runs."""

from __future__ import annotations

import pytest

from kpi.definitions.subject import Context
from kpi.definitions.subjects import SUBJECTS
from kpi.quality.flags import FLAG, applicable_rules, store_flags
from tests.quality.extracts import AS_OF, breaking, read


def test_unreadable_value() -> None:
    """What could not be read as a date or number sets the row aside."""
    waits = """
        application_id | from_date  | unreadable
        read           | 2019-10-01 |
        not read       |            | from_date
        """
    assert breaking("unreadable_value", "application_waits", waits) == {"not read"}


def test_a_row_of_a_later_day() -> None:
    """What it cannot be without, or all that it tells, happened after the day of extraction."""
    bills = """
        bill_id       | received_at         | approved_at | due_at
        that day      | 2020-01-15T23:59:00 |             | 2020-03-01
        the day after | 2020-01-16          |             |
        odd           | 2020-01-16          | 2020-01-10  |
        not dated     |                     |             | 2020-03-01
        """
    assert breaking("after_extraction", "bills", bills) == {"the day after", "odd"}
    conversations = """
        conversation_id | contact_at | ordered_at | offered_at | held_at
        to come         | 2020-01-14 | 2020-01-15 | 2020-01-20 | 2020-01-20
        of later        |            | 2020-01-16 | 2020-01-10 | 2020-01-20
        planned         |            |            | 2020-01-20 |
        """
    assert breaking("after_extraction", "conversations", conversations) == {"of later"}
    steps = """
        bill_id       | happened_at
        that day      | 2020-01-15T14:00:00
        the day after | 2020-01-16T00:00:01
        no time       |
        """
    assert breaking("after_extraction", "bill_steps", steps) == {"the day after"}


def test_dates_after_extraction() -> None:
    """They are noted on the rows that were there; a date set beforehand may lie ahead."""
    bills = """
        bill_id  | received_at | approved_at | due_at     | paid_at
        in order | 2020-01-14  | 2020-01-15  | 2020-03-01 |
        later    | 2020-01-14  | 2020-01-15  | 2020-03-01 | 2020-01-16
        not here | 2020-01-16  | 2020-01-17  | 2020-03-01 | 2020-01-18
        """
    assert breaking("dates_after_extraction", "bills", bills) == {"later"}
    groups = """
        citizen | from_date  | to_date
        open    | 2019-10-01 | 9999-12-31
        old     | 2019-10-01 | 1900-01-01
        ends    | 2019-10-01 | 2020-01-16
        """
    assert breaking("dates_after_extraction", "match_groups", groups) == {"ends"}


def test_no_other_rule_is_asked_of_a_row_of_a_later_day() -> None:
    """Nor does it make another row a repetition: the extract of that day did not have it."""
    bills = """
        citizen   | bill_id | received_at | citizen_check
        later     | one     | 2020-01-16  | malformed
        there     | one     | 2020-01-15  |
        again     | one     | 2020-01-15  |
        """
    assert breaking("repeated_key", "bills", bills) == {"again"}
    assert breaking("citizen_malformed", "bills", bills) == set()


def test_missing_and_unknown_values() -> None:
    """A value that must be there, and one that must be one of several."""
    roster = """
        office | caseworker | date       | duty
        fine   | abc        | 2019-10-01 | casework
        blank  |            | 2019-10-01 | casework
        odd    | abc        | 2019-10-02 | lunch
        """
    assert breaking("caseworker_missing", "duty_roster", roster) == {"blank"}
    assert breaking("duty_unknown", "duty_roster", roster) == {"odd"}


def test_rows_of_one_key_that_tell_different_things() -> None:
    """Both are named, for nobody knows which is the case's present state; rows alike are not."""
    bills = """
        bill_id | received_at | paid_at
        other   | 2019-10-01  |
        other   | 2019-10-01  | 2019-10-05
        alike   | 2019-10-01  | 2019-10-05
        alike   | 2019-10-01  | 2019-10-05
        """
    assert breaking("key_with_other_content", "bills", bills) == {"other"}


def test_repeated_key() -> None:
    """The first row of a key stays; a row without a complete key is not a repetition."""
    roster = """
        office         | caseworker | date       | duty
        first          | abc        | 2019-10-01 | casework
        again          | abc        | 2019-10-01 | absent
        another day    | abc        | 2019-10-02 | casework
        nobody         |            | 2019-10-01 | casework
        nobody, either |            | 2019-10-01 | casework
        """
    assert breaking("repeated_key", "duty_roster", roster) == {"again"}


def test_checks_of_a_persons_number() -> None:
    """What the reading found of the number's form becomes a finding of its own."""
    groups = """
        citizen    | match_group | from_date  | citizen_check
        fine       | 1           | 2019-01-01 |
        malformed  | 1           | 2019-01-01 | malformed
        impossible | 1           | 2019-01-01 | impossible_date
        short      | 1           | 2019-01-01 | nine_digits
        modulus    | 1           | 2019-01-01 | modulus_11
        """
    assert breaking("citizen_malformed", "match_groups", groups) == {"malformed"}
    assert breaking("citizen_impossible_date", "match_groups", groups) == {"impossible"}
    assert breaking("citizen_nine_digits", "match_groups", groups) == {"short"}
    assert breaking("citizen_modulus_11", "match_groups", groups) == {"modulus"}


def test_damaged_letters() -> None:
    """Letters that went through the wrong encoding."""
    roster = """
        caseworker | date       | duty     | office
        whole      | 2019-10-01 | casework | Paamiut Ærø Århus
        damaged    | 2019-10-01 | casework | Ã†rø
        lost       | 2019-10-01 | casework | \ufffdrø
        none       | 2019-10-01 | casework |
        """
    assert breaking("damaged_letters", "duty_roster", roster) == {"damaged", "lost"}


def test_another_municipality() -> None:
    """The report is of 956; a row that does not say is accepted."""
    groups = """
        citizen | match_group | from_date  | municipality_code
        own     | 1           | 2019-01-01 | 956
        other   | 1           | 2019-01-01 | 957
        silent  | 1           | 2019-01-01 |
        """
    assert breaking("another_municipality", "match_groups", groups) == {"other"}


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_rule_runs_on_the_engine(name: str) -> None:
    """All rules of a table become flags in one statement, with and without a municipality."""
    backend, context = read({each: f"{SUBJECTS[each].columns[0].name}\n" for each in SUBJECTS})
    rules, not_checked = applicable_rules(SUBJECTS[name], context)
    assert not not_checked
    for code in ("956", ""):
        asked = Context(AS_OF, context.calendar, context.tables, code)
        store_flags(backend, SUBJECTS[name], rules, asked)
        expected = {"row_no": "int64"} | {FLAG + rule.id: "boolean" for rule in rules}
        schema = backend.table(f"flags_{name}").schema()
        assert {column: str(kind).lstrip("!") for column, kind in schema.items()} == expected


def test_a_rule_whose_other_table_is_absent_is_not_checked() -> None:
    """It is named, so that nobody takes it for kept."""
    _, context = read({"follow_ups": "plan_id\n"})
    _, not_checked = applicable_rules(SUBJECTS["follow_ups"], context)
    assert not_checked == ["follow_up_before_plan", "plan_not_found"]
