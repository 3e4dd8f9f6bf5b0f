"""Service targets of a municipality: from extracts to the page that goes to the committee."""
