"""Comparing runs: recipes, verdicts, tables, the report, and reproduction."""
