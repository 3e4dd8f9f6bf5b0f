"""The drawings of the page, as lean inline SVG."""
