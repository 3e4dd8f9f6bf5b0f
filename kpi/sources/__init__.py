"""Extracts, from files and queries of every form to typed tables (kpi/sources/reading.py)."""
