"""What Great Expectations judges by itself: a rule of ours that is wrong is not confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import ibis
import pytest

from kpi.definitions.rules import Promise, Rule
from kpi.definitions.subject import Subject
from kpi.definitions.subjects import SUBJECTS
from kpi.errors import DefinitionError
from kpi.periods import Period
from kpi.quality import check_tables
from kpi.quality.witness import promises
from tests.quality.extracts import read

README = Path(__file__).resolve().parents[2] / "README.md"
BILLS = """
    bill_id | supplier | invoice_number | kind        | received_at | approved_at | paid_at    | is_paid
    b1      | 10       | i-1            | bill        | 2019-10-03  | 2019-10-02  | 2019-10-01 | yes
    b1      | 10       | i-1            | bill        | 2019-10-03  | 2019-10-02  | 2019-10-01 | yes
    b2      | 10       | i-2            | credit_note | 2019-10-03  | 2019-10-04  |            | yes
            | 10       | i-3            | gift        | 2019-10-03  |             |            |
    """  # noqa: E501 - as wide as its columns
STEPS = """
    bill_id | step | happened_at
    b1      | paid | 2019-10-01T08:00:00
    b9      | paid |
    """


class Blind(Subject):
    """A subject of which some rules find nothing, though they promise the same as before."""

    def all_rules(self):
        """Yield the rules, the blind ones among them."""
        for rule in super().all_rules():
            yield replace(rule, broken=_nothing) if rule.id in self.grain.split() else rule


def _nothing(*_: object) -> ibis.expr.types.BooleanValue:
    return ibis.literal(False)


def blind(table: str, rules: Iterable[str]) -> Subject:
    """Return a subject that is blind to some rules."""
    known = SUBJECTS[table]
    names = ("name", "columns", "key", "found_by", "rules", "steps")
    fields = {name: getattr(known, name) for name in names}
    return Blind(**fields, grain=" ".join(rules), dated_by=known.dated_by)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (
            "bills",
            {
                "bill_id_missing": 1,
                "kind_unknown": 1,
                "paid_before_approved": 2,
                "repeated_key": 2,
                "invoice_recorded_twice": 1,
                "paid_without_date": 1,
            },
        ),
        ("bill_steps", {"bill_not_found": 1}),
    ],
)
def test_a_rule_that_finds_nothing_is_not_confirmed(
    table: str, rows: dict[str, int], tmp_path: Path
) -> None:
    """One of each kind: filled, known, in order, once, once among some, never, refers."""
    backend, context = read({"bills": BILLS, "bill_steps": STEPS})
    tables = {name: SUBJECTS[name] for name in ("bills", "bill_steps")}
    with pytest.raises(DefinitionError) as told:
        check_tables(
            backend,
            tables | {table: blind(table, rows)},
            context,
            quarter=Period(2019, 4),
            docs=tmp_path,
            override="drawn rows",
        )
    assert set(told.value.found.split("; ")) == {
        f"{table}.{rule}: Great Expectations finds {number} rows, not 0"
        for rule, number in rows.items()
    }


def test_the_readme_lists_the_rules_without_a_second_witness() -> None:
    """Those that are made of code, and what the reading found."""
    alone = {
        rule.removeprefix("citizen_") if rule.startswith("citizen_") else rule
        for table in SUBJECTS.values()
        for rule, promise in promises(table.all_rules(), "duckdb").items()
        if promise is None
    }
    section = README.read_text(encoding="utf-8").partition("no second witness")[2]
    listed = set(re.findall(r"`([a-z_0-9]+)`", section.partition("\n\n")[0]))
    assert listed == alone


@pytest.mark.parametrize("when", ["amount_dkk / 2 > 5", "office LIKE '%{x}%'"])
def test_what_a_query_may_read_otherwise_is_not_asked(when: str) -> None:
    """A division by nothing is null with us and an error elsewhere."""
    rule = Rule("odd", "note", "", _nothing, promise=Promise("never", when=when))
    assert promises([rule], "duckdb") == {"odd": None}


def test_spark_is_asked_for_values_alone() -> None:
    found = promises(SUBJECTS["bills"].all_rules(), "pyspark")
    assert found["paid_without_date"] is None
    assert found["repeated_key"] is None
    assert found["bill_id_missing"] == Promise("filled", ("bill_id",))
