"""The shapes that stand beside each status word, so that no status rests on colour alone."""

from __future__ import annotations

from markupsafe import Markup

_FRAME = Markup(
    '<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" '
    'aria-hidden="true">{}</svg>'
)
_SOLID = 'fill="currentColor" stroke="none"'
_RING = '<circle cx="8" cy="8" r="5.2"/>'
_SQUARE = '<path d="M3 3h10v10H3z"/>'

_SHAPES = {
    "met": f'<circle cx="8" cy="8" r="6" {_SOLID}/>',
    "not_met": f'<path d="M8 1.5 15 14H1z" {_SOLID}/>',
    "not_documented": f'{_RING}<path d="M8 2.8a5.2 5.2 0 0 0 0 10.4z" {_SOLID}/>',
    "accepted_deviation": '<path d="M8 3.2 13.6 13H2.4z" stroke-linejoin="round"/>',
    "attested": '<path d="M2.5 8.5 6.5 12.5 13.5 4" stroke-width="2.2"/>',
    "not_assessable": _RING,
    "no_target": '<path d="M3 8h10"/>',
    "no_data": _SQUARE,
    "hidden": f'{_SQUARE}<path d="M3 9 9 3M3 13 13 3M7 13 13 7" stroke-width="1.2"/>',
    "not_due": f'{_RING}<path d="M8 4.5V8l2.6 2" stroke-width="1.4"/>',
    "retired": '<path d="M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5"/>',
}


def icon(status: str) -> Markup:
    """Return a status' shape as a small SVG that assistive technology passes over."""
    return _FRAME.format(Markup(_SHAPES[status]))  # noqa: S704  # our own shapes


def shape(status: str) -> Markup:
    """Return a status' shape alone, 16 by 16, for a picture that sets its place and colour."""
    return Markup(_SHAPES[status])  # noqa: S704  # our own shapes
