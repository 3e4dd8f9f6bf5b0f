"""Disclosed results as people see them: words, tables, charts and the sections of the page."""
