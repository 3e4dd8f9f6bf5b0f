"""A page is read without what it draws: no word is lost, and doubtful content is read whole."""

from __future__ import annotations

import pytest

from kpi.publication.gate_reading import without_drawing

DRAWS = b"q\n1 0 0 1 10 20 cm\n0 0 9.5 9 re\nf\n10 20 m\n-3 4 l\nS\n0.1 0.2 0.3 rg\n"
SAYS = b"BT\n1 0 0 -1 60 76 Tm\n/F1 12 Tf\n[<0035>0<0048>35<0056>] TJ\nET\nQ\n"


def test_lines_and_colours_go_and_texts_and_places_stay():
    kept = b"q\n1 0 0 1 10 20 cm\n"
    assert without_drawing(DRAWS + SAYS) == kept + SAYS.replace(b">0<", b"")


@pytest.mark.parametrize(
    "text", [b"(\n1 2 l\n) Tj\n", b"<00\n12 0 l\n> Tj\n", b"(a>0<b) Tj\n", b"BI ID 1 2 l\n EI\n"]
)
def test_a_text_that_looks_like_drawing_is_kept_with_all_else(text):
    assert without_drawing(DRAWS + text) == DRAWS + text
