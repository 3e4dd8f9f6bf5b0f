"""What the administration writes: a little markdown, and nothing else becomes HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.page.fragments import PlainAttributes, plain
from kpi.page.prose import inline, prose

ALLOWED = re.compile(
    r'</?(?:p|br|em|strong|ul|ol|li|bdi)(?: dir="auto")?>|<a href="https://[^"<>]*">|</a>'
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Sygdom.\n\nFerie.", "<p>Sygdom.</p>\n<p>Ferie.</p>"),
        ("*nu* og **straks**", "<p><em>nu</em> og <strong>straks</strong></p>"),
        ("- én\n- to", "<ul>\n<li>én</li>\n<li>to</li>\n</ul>"),
        ("1. én\n2. to", "<ol>\n<li>én</li>\n<li>to</li>\n</ol>"),
        ("[ordningen](https://a.gl/b?c=1&d=2)",
         '<p><a href="https://a.gl/b?c=1&amp;d=2">ordningen</a></p>'),
        ("4. kvartal var roligt", "<p>4. kvartal var roligt</p>"),
        ("+ 5 dage", "<p>+ 5 dage</p>"),
        ("sags_nummer_1 og 2 * 3 * 4", "<p>sags_nummer_1 og 2 * 3 * 4</p>"),
        ("👩‍👩‍👧 og 🇬🇱", "<p>👩‍👩‍👧 og 🇬🇱</p>"),
    ],
)  # fmt: skip
def test_what_is_written(text, html):
    assert prose(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<b>fed</b>",
        "[klik](javascript:alert(1))",
        "[klik](http://example.org)",
        "[klik](/etc/passwd)",
        "![billede](https://example.org/x.png)",
        "<https://example.org>",
        "# Overskrift",
        "| a | b |\n|---|---|",
        "```\nkode\n```",
        "&lt;script&gt; &#60;",
    ],
)
def test_nothing_else_becomes_html(text):
    written = prose(text)
    assert ALLOWED.sub("", written).count("<") == 0
    assert "<img" not in written
    assert 'href="http:' not in written
    assert "javascript" not in re.sub(r">[^<]*<", "><", written)


@given(st.text(alphabet=st.sampled_from("<>&\"'*_[]()!-+1. \n\\`#/:=abæ🙂שּ\u202e")))
def test_whatever_is_written_only_these_elements_come_out(text):
    written = prose(text)
    assert "<" not in ALLOWED.sub("", written)
    assert "<" not in ALLOWED.sub("", inline(text))


def test_one_paragraph_follows_a_word_and_more_stand_alone():
    assert inline("Sygdom & *ferie*") == "Sygdom &amp; <em>ferie</em>"
    assert inline("En.\n\nTo.") == "<p>En.</p>\n<p>To.</p>"
    assert inline("- en").startswith("<ul>")


def test_right_to_left_text_keeps_to_itself():
    assert prose("מחיר: 5") == '<p dir="auto">מחיר: 5</p>'
    assert inline("מחיר: 5") == "<bdi>מחיר: 5</bdi>"


def test_values_in_attributes_are_plain():
    template = '<td data-label="{{ t(\'x\') }}" class="a{{ \' b\' if c }}">{{ t("x") }}</td>'
    assert PlainAttributes.plain_in_attributes(template) == (
        "<td data-label=\"{{ (t('x')) | plain }}\" class=\"a{{ (' b' if c) | plain }}\">"
        '{{ t("x") }}</td>'
    )
    assert plain(5) == 5
