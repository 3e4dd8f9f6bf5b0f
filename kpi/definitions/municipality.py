"""What the declarations of the municipality share."""

from __future__ import annotations

from kpi.definitions.rules import belongs_to

OFFICE = {"office": "Office"}
OFFICES = {
    "groups": "Offices with {n} cases or more: from {low} on time ({worst}) to {high} ({best}); "
    "{chance}.",
}

of_the_municipality = belongs_to(
    "municipality_code",
    id="another_municipality",
    words="A row belongs to the municipality of the report",
)
