"""From an executed notebook to a page: what goes where, and what is refused."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kpi.errors import ExportError
from kpi.publication.document import check_page
from kpi.publication.html import css_string, export_page, prose, read_notebook


def cell(html, *tags, about=None):
    """An executed cell that shows a piece of HTML."""
    shown = new_output(
        "execute_result", {"text/html": html, "text/plain": "plain"}, metadata=about or {}
    )
    return new_code_cell("report.shown()", outputs=[shown], metadata={"tags": list(tags)})


@pytest.fixture
def export(tmp_path):
    """Give what exports cells and returns the page."""

    def exported(*cells, title="A title", language="en", **standing):
        book = tmp_path / "committee.ipynb"
        nbformat.write(new_notebook(cells=list(cells)), book)
        notebook = read_notebook(book)
        export_page(notebook, tmp_path / "page.html", language=language, title=title, **standing)
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return exported


def test_cells_go_where_their_tags_say(export):
    page = export(
        cell("<p>foot</p>", "footer"), cell("<p>middle</p>"), cell("<p>head</p>", "header")
    )
    shown = [
        page.index(mark)
        for mark in ("<header>", "head</p>", "<main", "middle</p>", "<footer>", "foot</p>")
    ]
    assert shown == sorted(shown)


def test_code_parameters_and_the_analyst_s_cells_are_left_out(export):
    page = export(
        new_markdown_cell("# For you", metadata={"tags": ["analyst"]}),
        new_code_cell("quarter = '2019Q4'", metadata={"tags": ["parameters"]}),
        cell("<p>shown</p>"),
    )
    assert "For you" not in page
    assert "2019Q4" not in page
    assert "report.shown" not in page
    assert "shown</p>" in page


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (new_output("display_data", {"image/png": "aGVq", "text/plain": "Figure"}), "a picture"),
        (new_output("execute_result", {"text/plain": "42"}), "plain text"),
        (new_output("stream", text="printed"), "plain text"),
        (
            new_output("execute_result", {"text/html": "<table><tr><td>1</td></tr></table>"}),
            "a table without a caption",
        ),
    ],
)
def test_an_output_that_could_not_be_shown_stops_the_export(export, tmp_path, output, found):
    """An analyst's own figures never vanish in silence; the message names the cell."""
    own = new_code_cell("figure", outputs=[output])
    with pytest.raises(ExportError) as raised:
        export(cell("<p>before</p>"), own)
    assert raised.value.found == f"{found}, cell 2 of committee.ipynb"
    assert "report.own_chart(figure, alt=...)" in raised.value.remedy
    assert not (tmp_path / "page.html").exists()
    own.metadata["tags"] = ["analyst"]
    assert "before" in export(cell("<p>before</p>"), own)


def test_what_an_analyst_writes_is_printed_at_its_place(export):
    page = export(
        cell("<p>before</p>"), new_markdown_cell("### Why\n\nBecause *so*."), cell("<p>after</p>")
    )
    assert page.index("before</p>") < page.index("Why</h3>") < page.index("after</p>")
    assert "<em>so</em>" in page


def test_markup_in_an_analyst_s_words_is_shown_as_text():
    assert "&lt;script&gt;" in prose("A <script>alert(1)</script> sign")
    assert "javascript:" not in prose("[a link](javascript:alert(1))")


def test_an_analyst_s_headings_stand_below_the_page_s_own():
    assert prose("# Why").startswith("<h3>")
    assert prose("#### Why").startswith("<h4>")


def test_the_page_has_its_language_and_title(export):
    page = export(title="Mål & <status>", language="da")
    assert '<html lang="da">' in page
    assert "<title>Mål &amp; &lt;status&gt;</title>" in page


def test_the_running_header_is_a_safe_string(export):
    about = {"text/html": {"running_header": 'Draft "1" </style>'}}
    page = export(cell("<p>head</p>", "header", about=about), draft=False)
    assert 'content: "Draft \\22 1\\22  \\3c \\2f style\\3e "' in page


def test_a_page_is_a_draft_until_somebody_approves_it(export):
    """Above, below, and on each printed page; without the mark nothing else changes."""
    head = cell("<p>head</p>", "header", about={"text/html": {"running_header": "A town"}})
    draft, approved = export(head, language="da"), export(head, language="da", draft=False)
    assert 'content: "Kladde \\b7  A town"' in draft
    assert draft.count("Endnu ikke godkendt.") == 2
    assert 'content: "A town"' in approved
    assert "Kladde" not in approved
    unmarked = [line for line in draft.splitlines() if "Kladde" not in line]
    assert unmarked == [
        line for line in approved.splitlines() if "content" not in line or "A town" not in line
    ]


def test_a_correction_says_that_it_is_one_and_why(export):
    page = export(cell("<p>head</p>"), draft=False, correction="An <office> was missing.")
    assert page.count("An &lt;office&gt; was missing.") == 2
    assert 'content: "Corrected report"' in page


@pytest.mark.parametrize(
    ("text", "string"), [("Kladde · æ", '"Kladde \\b7  æ"'), ("a\\b\n", '"a\\5c b\\a "')]
)
def test_a_css_string_holds_letters_digits_and_spaces_only(text, string):
    assert css_string(text) == string


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>a</p><script>1</script>", "a script, line 2"),
        ('<img alt="" src="https://example.org/a.png">', "a file to fetch"),
        ('<link rel="stylesheet" href="a.css">', "a file to fetch"),
        ("<p style=\"background: url('//example.org/a')\">", "an address to fetch"),
        ("<style>@import 'a.css'</style>", "a style sheet to fetch"),
        ('<a href="javascript:alert(1)">x</a>', "a script in an attribute"),
        ('<p onclick="alert(1)">x</p>', "a script in an attribute"),
        ('<pre class="output stderr">x</pre>', "an error stream"),
        ("<p>/home/someone/data.csv</p>", "a path of a machine"),
        ("<p>010170-1234</p>", "a number like a person's"),
    ],
)
def test_a_page_that_breaks_a_rule_is_refused(html, found):
    with pytest.raises(ExportError) as raised:
        check_page(f"<p>fine</p>\n{html}", "page.html")
    assert found.split(",")[0] in raised.value.found
    assert raised.value.found.endswith("in page.html, line 2")
    assert "010170" not in str(raised.value)


def test_a_refused_page_is_not_written(export, tmp_path):
    with pytest.raises(ExportError):
        export(cell("<script>1</script>"))
    assert not (tmp_path / "page.html").exists()
