"""A small page with one of everything that the committee's page has, for tests of other forms."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from kpi.page.fragments import icon, stylesheet
from kpi.publication.document import TEMPLATES, About

ABOUT = About("Targets, Q4 2019", "A small town, Benefits", "en", dt.date(2020, 1, 15))
ALT = "Month by month from October to December; last value: 91.2%, the target is 95%"


def chart(width: str) -> str:
    """Return a chart drawn for a width."""
    return f"""<svg class="chart {width}" viewBox="0 0 336 176" role="img">
<title>Payments on time</title><desc>{ALT}</desc>
<path d="M6 80L200 20" style="fill: none; stroke: var(--blue); stroke-width: 1.6"/>
<text x="210" y="20" style="font-size: 11.5px; fill: var(--ink)">Dec 91.2%</text></svg>"""


BODY = f"""
<header><div class="kpi" lang="en">
<a class="skip" href="#content">Skip</a>
<nav><a href="committee.da.html">Dansk</a></nav>
<p class="marks standing"><strong class="mark">Draft</strong> <span>Not yet approved.</span></p>
<h1>Targets</h1></div></header>
<main id="content"><div class="kpi" lang="en">
<h2 id="summary">Summary</h2>
<p class="lead"><strong>One of two targets
 is not met.</strong> Half-written &lt;b&gt; stays &amp; text.</p>
<ul class="tally"><li class="not_met"><b>1</b> {icon("not_met")} <span>not met</span></li>
<li class="met"><b>1</b> {icon("met")} <span>met</span></li></ul>
<article class="card not_met"><div class="facts"><h4>Payments on time</h4>
<p class="figure">91.2% <span class="basis">951 of 1,043</span></p></div>
<div class="shown">{chart("wide")}{chart("narrow")}</div>
<div class="rest"><p class="comment"><b>Cause:</b> <em>Two</em> posts were
<a href="https://example.org/posts">vacant</a>; <span lang="da">stillinger</span>.</p>
<details><summary>Definition and numbers</summary><p>Folded words.</p>
<table class="numbers"><caption>Month by month</caption>
<thead><tr><th scope="col">Month</th><th scope="col">Figure</th></tr></thead>
<tbody><tr><th scope="row">Oct 2019</th><td>90.1%</td></tr>
<tr><th scope="row">Nov 2019</th><td>hidden</td></tr></tbody></table></details></div></article>
<h3>All targets</h3>
<table class="targets"><caption>In the committee’s order.</caption>
<thead><tr><th scope="col">Target</th><th scope="col" class="number">Q4 2019</th>
<th scope="col">Trend</th><th scope="col">Status</th></tr></thead>
<tbody><tr><th scope="rowgroup" colspan="4" class="table-name">Benefits</th></tr>
<tr><th scope="row"><a href="#def">Payments on time</a><span class="reason">52 late.</span></th>
<td class="number main">91.2%<span class="basis">951 of 1,043</span></td>
<td><svg class="spark" viewBox="0 0 88 26" role="img" aria-label="Q3: 90%; Q4: 91%">
<path class="trend" d="M4 20L80 10"/></svg></td>
<td><span class="status not_met">{icon("not_met")}&nbsp;Not met</span>
<span class="earlier"><span class="met">{icon("met")}<span class="unseen">Q3: met.</span></span>
</span></td></tr></tbody></table>
<ol><li>Received</li><li>Approved</li></ol>
<ol><li>Sent</li></ol>
<ul class="dashes"><li>that it is noted</li></ul>
<details><summary>How it is made</summary><p>Made with care.</p></details>
<table><thead><tr><th scope="col">Stage</th><th scope="col">Days</th></tr></thead>
<tbody><tr><th scope="row">Approved</th><td class="bar"><svg class="late" viewBox="0 0 100 10"
 aria-hidden="true"><rect height="10" width="40"/></svg> <span>4</span></td></tr></tbody></table>
<dl class="signs"><div><dt>0</dt><dd>Counted, and there were none.</dd></div></dl>
</div></main><footer><div class="kpi"><p class="note">As of 15 January 2020</p></div></footer>
"""


def drawn_page(folder: Path, body: str = BODY) -> Path:
    """Write the page with the committee's look, and return its path."""
    look = stylesheet() + (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    header = '@page { @top-left { content: "Draft \\b7  Targets"; } }'
    head = f'<meta charset="utf-8"><title>Targets</title><style>{look}\n{header}</style>'
    page = folder / "committee.en.html"
    page.write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>',
        encoding="utf-8",
    )
    return page
