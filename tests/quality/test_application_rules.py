"""Which applications and waits break which rule."""

from __future__ import annotations

from tests.quality.extracts import breaking


def test_decided_before_received() -> None:
    """An earlier day breaks the rule; the same day does not."""
    applications = """
        application_id | received_at         | decided_at
        day before     | 2019-10-02          | 2019-10-01
        same day       | 2019-10-02T12:00:00 | 2019-10-02T08:00:00
        open           | 2019-10-02          |
        """
    assert breaking("decided_before_received", "applications", applications) == {"day before"}


def test_reopened() -> None:
    """Reopened cases are listed; not knowing is no finding."""
    applications = """
        application_id | received_at | is_reopened
        reopened       | 2019-10-02  | yes
        plain          | 2019-10-02  | no
        unknown        | 2019-10-02  |
        """
    assert breaking("reopened", "applications", applications) == {"reopened"}


def test_several_open() -> None:
    """Received while the citizen's previous one of that kind was undecided; renewals may be."""
    applications = """
        application_id | citizen | kind            | received_at | decided_at | is_rollover
        first          | ane     | housing_benefit | 2019-01-01  | 2019-03-01 |
        meanwhile      | ane     | housing_benefit | 2019-02-01  | 2019-02-02 | no
        afterwards     | ane     | housing_benefit | 2019-04-01  |            |
        renewal        | ane     | housing_benefit | 2019-05-01  |            | yes
        other kind     | ane     | other           | 2019-02-01  |            |
        other citizen  | bo      | housing_benefit | 2019-02-01  |            |
        nobody         |         | housing_benefit | 2019-02-01  |            |
        nobody again   |         | housing_benefit | 2019-02-01  |            |
        """
    assert breaking("several_open", "applications", applications) == {"meanwhile"}


def test_error_left_standing() -> None:
    """FEJL is no decision."""
    applications = """
        application_id | received_at | result
        granted        | 2019-10-02  | granted
        wrong          | 2019-10-02  | error
        none           | 2019-10-02  |
        """
    assert breaking("error_left_standing", "applications", applications) == {"wrong"}


def test_bulk_closing() -> None:
    """Twenty decisions on one day where one a day is usual; of another kind it may be usual."""
    usual = [(f"usual {day}", "other", f"2019-12-{day:02}") for day in range(2, 9)]
    piled = [(f"piled {number}", "other", "2019-12-30") for number in range(20)]
    busy = [
        (f"busy {day} {number}", "housing_benefit", f"2019-12-{day:02}")
        for day in (2, 30)
        for number in range(20)
    ]
    lines = [
        f"{name} | {kind} | 2019-10-01 | {day}T10:00:00" for name, kind, day in usual + piled + busy
    ]
    applications = "\n".join(["application_id | kind | received_at | decided_at", *lines])
    found = breaking("bulk_closing", "applications", applications)
    assert found == {name for name, _, _ in piled}


def test_wait_ends_before_it_begins() -> None:
    """A wait may last one day."""
    waits = """
        application_id | from_date  | to_date
        backward       | 2019-10-02 | 2019-10-01
        one day        | 2019-10-02 | 2019-10-02
        running        | 2019-10-02 |
        """
    assert breaking("wait_ends_before_it_begins", "application_waits", waits) == {"backward"}


def test_several_on_one_case() -> None:
    """The first application on a case is fine; no case number is no finding."""
    applications = """
        application_id | received_at | case_number
        first          | 2019-10-02  | EMN-1
        second         | 2019-10-03  | EMN-1
        alone          | 2019-10-03  | EMN-2
        without        | 2019-10-03  |
        without too    | 2019-10-03  |
        """
    assert breaking("several_on_one_case", "applications", applications) == {"second"}


def test_application_not_found() -> None:
    """A wait of an application that the extract does not have."""
    waits = """
        application_id | from_date
        known          | 2019-10-02
        strange        | 2019-10-02
        """
    applications = "application_id | received_at\nknown | 2019-10-01"
    broken = breaking(
        "application_not_found", "application_waits", waits, applications=applications
    )
    assert broken == {"strange"}
