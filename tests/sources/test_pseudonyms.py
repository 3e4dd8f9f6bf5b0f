"""Persons' numbers at the door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.sources.pseudonyms import Pseudonyms, read_cpr


@pytest.mark.parametrize(
    ("number", "digits", "finding"),
    [
        ("070761-4285", "0707614285", ""),
        ("0707614285", "0707614285", ""),
        (" 070761 4285 ", "0707614285", ""),
        ("707614285", "0707614285", "nine_digits"),
        ("310290-1234", "3102901234", "impossible_date"),
        ("070761-4286", "0707614286", "modulus_11"),
        ("010107-5123", "0101075123", "modulus_11"),
        ("07076-4285", "0070764285", "impossible_date"),
        ("070761-42855", None, "malformed"),
        ("070761-428X", None, "malformed"),
        ("", None, "malformed"),
    ],
)
def test_reads_a_cpr_number(number: str, digits: str | None, finding: str) -> None:
    """A lost leading zero is put back; a failed modulus 11 is information, 31 February is not."""
    assert read_cpr(number) == (digits, finding)


def test_a_pseudonym_depends_on_the_key_alone() -> None:
    """The same key gives the same pseudonym, another key another."""
    first, again, other = (Pseudonyms(key) for key in (b"a" * 16, b"a" * 16, b"b" * 16))
    person = first.of_person("070761-4285", numbers="cpr")
    assert person == again.of_person("0707614285", numbers="cpr")
    assert person != other.of_person("070761-4285", numbers="cpr")
    assert first.of_staff("ab") == again.of_staff("AB ")


def test_without_a_key_two_runs_cannot_be_linked() -> None:
    """Each run draws a key of its own and forgets it."""
    runs = [Pseudonyms().of_person("070761-4285", numbers="cpr") for _ in range(2)]
    assert runs[0] != runs[1]


@given(st.text(max_size=30))
def test_no_text_breaks_it_and_none_comes_out(text: str) -> None:
    """Whatever stands in the column, what leaves is a pseudonym of 24 signs, or nothing."""
    pseudonym, finding = Pseudonyms().of_person(text, numbers="cpr")
    assert pseudonym is None or len(pseudonym) == 24
    assert finding in {"", "malformed", "nine_digits", "impossible_date", "modulus_11"}
